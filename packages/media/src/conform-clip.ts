import type { Canvas, FrameRate } from '@polyreel/core';
import { buildInputArgs } from './foreign-input.ts';
import { formatFrameRate, trackTimescale } from './frame-rate.ts';
import { buildH264Args, CLEAN_MP4_ARGS } from './h264.ts';
import type { MediaKind } from './media-kinds.ts';
import type { VideoFacts } from './probe.ts';

const isSameRate = (a: FrameRate, b: FrameRate): boolean => a.numerator * b.denominator === b.numerator * a.denominator;

/** True when a clip is encoded as ours are, on this canvas at this rate: then it may be joined by copy. */
export const isConforming = (video: VideoFacts, target: { canvas: Canvas; frameRate: FrameRate }): boolean =>
  video.codec === 'h264' &&
  video.profile === 'High' &&
  video.pixelFormat === 'yuv420p' &&
  video.colorSpace === 'bt709' &&
  video.colorRange === 'tv' &&
  video.width === target.canvas.width &&
  video.height === target.canvas.height &&
  video.rotation === 0 &&
  !video.hasBFrames &&
  video.timeBase === `1/${trackTimescale(target.frameRate)}` &&
  video.frameRate !== null &&
  isSameRate(video.frameRate, target.frameRate);

export interface ConformClipOptions {
  readonly kind: MediaKind;
  readonly input: string;
  readonly output: string;
  /** Rate of the input, when it differs from the wanted one the frames are chosen anew by time. */
  readonly inputFrameRate: FrameRate | null;
  readonly canvas: Canvas;
  readonly frameRate: FrameRate;
  /** Left out at the start, counted at the wanted rate. */
  readonly skipFrames: number;
  readonly frameCount: number;
  /** How often the last frame may be repeated to reach `frameCount`. */
  readonly holdFrames: number;
}

/**
 * Encodes a clip anew as ours are: exactly `frameCount` frames if the input has them, filling the canvas, what sticks out cut evenly.
 * The sound is dropped.
 */
export const buildConformClipArgs = (options: ConformClipOptions): string[] => {
  const { canvas, frameRate, skipFrames, frameCount } = options;
  const size = `${canvas.width}:${canvas.height}`;
  const needsRate = options.inputFrameRate === null || !isSameRate(options.inputFrameRate, frameRate);
  const filters = [
    ...(needsRate ? [`fps=${formatFrameRate(frameRate)}`] : []),
    ...(options.holdFrames > 0 ? [`tpad=stop_mode=clone:stop=${options.holdFrames}`] : []),
    `trim=start_frame=${skipFrames}:end_frame=${skipFrames + frameCount}`,
    `settb=${frameRate.denominator}/${frameRate.numerator}`,
    'setpts=N',
    `scale=${size}:force_original_aspect_ratio=increase:flags=bicubic+accurate_rnd:out_color_matrix=bt709:out_range=tv`,
    `crop=${size}`,
    'setsar=1',
    'format=yuv420p',
  ];
  return [
    ...buildInputArgs(options.kind, options.input, { threads: 2 }),
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-vf', filters.join(','), '-frames:v', String(frameCount)],
    ...buildH264Args({ frameRate }),
    ...CLEAN_MP4_ARGS,
    options.output,
  ];
};
