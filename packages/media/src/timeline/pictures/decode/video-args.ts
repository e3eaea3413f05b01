import type { FrameRate } from '@polyreel/core';
import { buildInputArgs } from '../../../foreign-input.ts';
import { formatFrameRate } from '../../../frame-rate.ts';
import type { MediaKind } from '../../../media-kinds.ts';
import { sourceClock } from '../../source-clock.ts';
import type { FrameFormat } from '../colour/colour-kernel.ts';
import type { SourcePart } from './source-part.ts';

export interface VideoFile {
  readonly path: string;
  readonly kind: MediaKind;
  /** Upright, square pixels. */
  readonly width: number;
  readonly height: number;
  /** Decoders that drop transparency by default are replaced. */
  readonly decoder: string | null;
}

/**
 * Decodes `count` frames to raw pixels: for k = 0.. the frame on screen at startSeconds + k * stepSeconds (step above 0), the last one
 * again after the end. The seek starts at a key frame before, so that the frame which covers the start is always among them.
 */
export const buildVideoArgs = (options: {
  file: VideoFile;
  part: SourcePart;
  format: FrameFormat;
  frameRate: FrameRate;
  startSeconds: number;
  stepSeconds: number;
  count: number;
}): string[] => {
  const { file, part, format, frameRate, startSeconds } = options;
  const clock = sourceClock({
    startSeconds,
    // Seconds of the source for one second of frames.
    speed: (options.stepSeconds * frameRate.numerator) / frameRate.denominator,
    rate: formatFrameRate(frameRate),
  });
  const filters = [
    ...clock.filters,
    ...cropFilter(file, part),
    `scale=${part.pixelWidth}:${part.pixelHeight}:flags=${scalerFlags(part, format)}`,
    `format=${format}`,
  ];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats'],
    ...clock.seek,
    ...(file.decoder === null ? [] : ['-c:v', file.decoder]),
    ...buildInputArgs(file.kind, file.path, { threads: 2 }),
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-vf', filters.join(','), '-frames:v', String(options.count)],
    ...['-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', format, 'pipe:1'],
  ];
};

/**
 * The scaler darkens what it converts by two levels unless it is told to be precise. That costs a third more; where nothing is scaled
 * it would cost four times as much, and the quick conversion that is used there is right within one level.
 */
const scalerFlags = (part: SourcePart, format: FrameFormat): string => {
  const isScaled = part.pixelWidth !== part.crop.width || part.pixelHeight !== part.crop.height;
  return isScaled && format === 'rgba' ? 'bicubic+accurate_rnd+full_chroma_int' : 'bicubic';
};

const cropFilter = (file: VideoFile, part: SourcePart): string[] => {
  const { x, y, width, height } = part.crop;
  if (x === 0 && y === 0 && width === file.width && height === file.height) return [];
  // As shares: the stored picture may have pixels that are not square.
  const share = (value: number, whole: number): string => (value / whole).toFixed(9);
  const w = `iw*${share(width, file.width)}`;
  const h = `ih*${share(height, file.height)}`;
  return [`crop=w=round(${w}):h=round(${h}):x=round(iw*${share(x, file.width)}):y=round(ih*${share(y, file.height)}):exact=1`];
};
