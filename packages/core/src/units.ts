/** Exact frame rate as a rational, e.g. { numerator: 30000, denominator: 1001 }. Both are positive integers. */
export interface FrameRate {
  readonly numerator: number;
  readonly denominator: number;
}

/** Size in pixels; both sides are positive even integers where the value describes an encoded film. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
}

export const framesPerSecond = (rate: FrameRate): number => rate.numerator / rate.denominator;

/** Frames that cover `seconds` of sound, at least one: the last begins while it still sounds, so that no end of a word is cut off. */
export const framesForSeconds = (seconds: number, rate: FrameRate): number =>
  Math.max(1, Math.ceil(seconds * framesPerSecond(rate) - measureSlack));

/** In frames: what a measured length may be too long without costing a frame. */
const measureSlack = 0.01;

/** Exact duration of `frameCount` frames at `rate`, in seconds. */
export const durationOfFrames = (frameCount: number, rate: FrameRate): number => (frameCount * rate.denominator) / rate.numerator;
