import type { Canvas, FrameRate } from '@polyreel/core';
import { StepError } from '@polyreel/core';
import { formatFrameRate, framesPerGop, trackTimescale } from './frame-rate.ts';

/** Constant quality of our films: visually clean, about 2 Mbit/s for 832x480. */
export const DEFAULT_CRF = 20;

/**
 * The one way in which films are encoded, so that clips of equal canvas and rate can be joined by copy.
 * No B-frames: decoding order is showing order, so a copy can be cut after any frame and needs no edit list.
 * A fixed number of threads: x264 makes other bits with another number, and clips come from different machines.
 */
export const buildH264Args = (options: { frameRate: FrameRate; crf?: number; preset?: 'veryfast' | 'medium' }): string[] => {
  const gop = String(framesPerGop(options.frameRate));
  return [
    ...['-c:v', 'libx264', '-profile:v', 'high', '-pix_fmt', 'yuv420p'],
    ...['-preset', options.preset ?? 'veryfast', '-crf', String(options.crf ?? DEFAULT_CRF), '-threads', '4'],
    ...['-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-bf', '0', '-flags:v', '+cgop+bitexact'],
    ...['-r', formatFrameRate(options.frameRate), '-fps_mode', 'cfr'],
    ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
    ...['-movflags', '+faststart', '-video_track_timescale', String(trackTimescale(options.frameRate))],
    ...['-movie_timescale', String(trackTimescale(options.frameRate))],
  ];
};

/** No metadata of an input, no writer's name, no clock: equal input gives equal bytes. */
export const CLEAN_MP4_ARGS = ['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact', '-f', 'mp4'] as const;

/** Throws unless H.264 with yuv420p can carry the canvas. */
export const assertEncodableCanvas = (canvas: Canvas): void => {
  for (const [side, pixels] of [['width', canvas.width] as const, ['height', canvas.height] as const]) {
    if (Number.isInteger(pixels) && pixels >= 16 && pixels <= 8192 && pixels % 2 === 0) continue;
    throw new StepError({
      code: 'invalid_canvas',
      publicMessage: `${side} ${pixels} is not an even number from 16 to 8192`,
      permanent: true,
    });
  }
};
