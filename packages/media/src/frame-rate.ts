import type { FrameRate } from '@polyreel/core';

/** `30000/1001`, as ffmpeg reads it: exact, never a decimal. */
export const formatFrameRate = (rate: FrameRate): string => `${rate.numerator}/${rate.denominator}`;

/** Frames in one second, at least 1: the distance of key frames. */
export const framesPerGop = (rate: FrameRate): number => Math.max(1, Math.round(rate.numerator / rate.denominator));

/**
 * Ticks a second of the MP4 track: the smallest multiple of the numerator from 10,000 up. Every frame then starts on a whole tick,
 * and all clips of one rate share the time base, which joining by copy needs.
 */
export const trackTimescale = (rate: FrameRate): number => rate.numerator * Math.max(1, Math.ceil(10_000 / rate.numerator));
