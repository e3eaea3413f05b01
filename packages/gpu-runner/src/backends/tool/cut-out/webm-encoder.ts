import { rm } from 'node:fs/promises';
import type { Canvas, FrameRate } from '@polyreel/core';
import { StepError } from '@polyreel/core';
import {
  encoderMisuse,
  type FrameEncoder,
  formatFrameRate,
  frameSizeBytes,
  RENDER_MEMORY_BYTES,
  startProcess,
  writeToEncoder,
} from '@polyreel/media';

export interface WebmEncoderOptions {
  readonly ffmpegPath: string;
  readonly path: string;
  /** Both sides even. */
  readonly canvas: Canvas;
  readonly frameRate: FrameRate;
  readonly signal: AbortSignal;
}

const TWO_HOURS_MS = 2 * 60 * 60 * 1000;

/** VP9 with transparency, the one form of it that browsers play. No frame is hidden or reordered, so the number of frames is exact. */
export const buildWebmArgs = ({ path, canvas, frameRate }: Omit<WebmEncoderOptions, 'signal' | 'ffmpegPath'>): string[] => [
  ...['-hide_banner', '-loglevel', 'error', '-nostats', '-y', '-protocol_whitelist', 'file,pipe'],
  ...['-f', 'rawvideo', '-pix_fmt', 'rgba', '-s:v', `${canvas.width}x${canvas.height}`],
  ...['-framerate', formatFrameRate(frameRate), '-i', 'pipe:0', '-an'],
  ...['-vf', 'scale=in_range=pc:out_color_matrix=bt709:out_range=tv:flags=accurate_rnd,format=yuva420p'],
  ...['-c:v', 'libvpx-vp9', '-pix_fmt', 'yuva420p', '-auto-alt-ref', '0', '-crf', '24', '-b:v', '0'],
  ...['-deadline', 'good', '-cpu-used', '5', '-threads', '2', '-g', '120'],
  ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
  ...['-map_metadata', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact', '-f', 'webm'],
  path,
];

/** Throws a permanent StepError unless VP9 with yuva420p can carry the canvas. */
export const assertWebmCanvas = ({ width, height }: Canvas): void => {
  if (width % 2 === 0 && height % 2 === 0) return;
  throw new StepError({
    code: 'invalid_canvas',
    publicMessage: `A film of ${width} x ${height} cannot be encoded: both sides must be even`,
    permanent: true,
  });
};

/** As `openFrameEncoder` of the media package, for WebM with alpha from straight RGBA. A failure or an abort removes the file. */
export const openWebmEncoder = (options: WebmEncoderOptions): FrameEncoder => {
  const { canvas, path } = options;
  assertWebmCanvas(canvas);
  const frameBytes = frameSizeBytes(canvas, 'rgba');
  const encoder = startProcess({
    command: options.ffmpegPath,
    args: buildWebmArgs(options),
    stdin: 'pipe',
    signal: options.signal,
    timeoutMs: TWO_HOURS_MS,
    maxMemoryBytes: RENDER_MEMORY_BYTES,
  });
  let framesWritten = 0;
  let isFinished = false;
  const discard = async (): Promise<void> => {
    if (isFinished) return;
    encoder.stop();
    await encoder.finished.catch(() => undefined);
    await rm(path, { force: true }).catch(() => undefined);
  };
  const failWith = async (error: unknown): Promise<never> => {
    await discard();
    throw error;
  };
  return {
    frameSizeBytes: frameBytes,
    get framesWritten() {
      return framesWritten;
    },
    async write(frame) {
      if (frame.byteLength !== frameBytes) throw encoderMisuse(`a frame has ${frame.byteLength} bytes, expected ${frameBytes}`);
      await writeToEncoder(encoder, frame).catch(failWith);
      framesWritten += 1;
    },
    async finish() {
      if (framesWritten === 0) await failWith(encoderMisuse('a film needs at least one frame'));
      encoder.stdin?.end();
      await encoder.finished.catch(failWith);
      isFinished = true;
    },
    discard,
  };
};
