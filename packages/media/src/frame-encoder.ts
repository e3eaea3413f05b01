import { rm } from 'node:fs/promises';
import type { Canvas, FrameRate } from '@polyreel/core';
import { encoderMisuse, writeToEncoder } from './encoder-pipe.ts';
import { formatFrameRate } from './frame-rate.ts';
import { assertEncodableCanvas, buildH264Args, CLEAN_MP4_ARGS } from './h264.ts';
import { startProcess } from './run-process.ts';
import { RENDER_MEMORY_BYTES } from './tools.ts';

/** `rgba`: 8 bit, full range, alpha ignored. `yuv420p`: planes Y, U, V without padding, already BT.709 in TV range. */
export type FramePixelFormat = 'rgba' | 'yuv420p';

export interface FrameEncoderOptions {
  readonly ffmpegPath: string;
  /** The MP4 to write. */
  readonly path: string;
  /** Both sides even. */
  readonly canvas: Canvas;
  readonly frameRate: FrameRate;
  readonly signal: AbortSignal;
  /** Default `rgba`. */
  readonly pixelFormat?: FramePixelFormat;
  /** x264 constant quality; lower is better. */
  readonly crf?: number;
  /** From opening to the end of `finish`. Default 2 h. */
  readonly timeoutMs?: number;
}

export interface FrameEncoder {
  /** Bytes of one frame. */
  readonly frameSizeBytes: number;
  readonly framesWritten: number;
  /** Resolves when the encoder has taken the bytes: the array may be reused. One call at a time. Throws StepError. */
  write(frame: Uint8Array): Promise<void>;
  /** Resolves when the file is complete. Throws StepError, also when no frame was written; the file is then gone. */
  finish(): Promise<void>;
  /** Ends the encoder and removes its file unless `finish` has succeeded; never throws, so it may stand in a `finally`. */
  discard(): Promise<void>;
}

const TWO_HOURS_MS = 2 * 60 * 60 * 1000;

/** Bytes of one frame of raw pixels. */
export const frameSizeBytes = (canvas: Canvas, pixelFormat: FramePixelFormat): number =>
  pixelFormat === 'rgba' ? canvas.width * canvas.height * 4 : (canvas.width * canvas.height * 3) / 2;

export const buildFrameEncoderArgs = (
  options: Pick<FrameEncoderOptions, 'path' | 'canvas' | 'frameRate' | 'pixelFormat' | 'crf'>,
): string[] => {
  const pixelFormat = options.pixelFormat ?? 'rgba';
  const toBt709 =
    pixelFormat === 'rgba' ? ['-vf', 'scale=in_range=pc:out_color_matrix=bt709:out_range=tv:flags=accurate_rnd'] : [];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostats', '-y', '-protocol_whitelist', 'file,pipe'],
    ...['-f', 'rawvideo', '-pix_fmt', pixelFormat, '-s:v', `${options.canvas.width}x${options.canvas.height}`],
    ...['-framerate', formatFrameRate(options.frameRate), '-i', 'pipe:0', '-an', ...toBt709],
    ...buildH264Args({ frameRate: options.frameRate, ...(options.crf === undefined ? {} : { crf: options.crf }) }),
    ...CLEAN_MP4_ARGS,
    options.path,
  ];
};

/**
 * Opens an MP4 that is written frame by frame: H.264 High, yuv420p, BT.709, constant frame rate, closed GOPs of one second, exact
 * times; equal parameters for equal canvas and rate. A failure or an abort removes the file. Throws StepError for an odd canvas.
 */
export const openFrameEncoder = (options: FrameEncoderOptions): FrameEncoder => {
  assertEncodableCanvas(options.canvas);
  const frameBytes = frameSizeBytes(options.canvas, options.pixelFormat ?? 'rgba');
  const encoder = startProcess({
    command: options.ffmpegPath,
    args: buildFrameEncoderArgs(options),
    stdin: 'pipe',
    signal: options.signal,
    timeoutMs: options.timeoutMs ?? TWO_HOURS_MS,
    maxMemoryBytes: RENDER_MEMORY_BYTES,
  });
  let framesWritten = 0;
  let state: 'open' | 'finishing' | 'finished' | 'gone' = 'open';

  const discard = async (): Promise<void> => {
    if (state === 'finished' || state === 'gone') return;
    state = 'gone';
    encoder.stop();
    await encoder.finished.catch(() => undefined);
    await rm(options.path, { force: true }).catch(() => undefined);
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
      if (state !== 'open') throw encoderMisuse('a frame was written after the film was closed');
      if (frame.byteLength !== frameBytes) throw encoderMisuse(`a frame has ${frame.byteLength} bytes, expected ${frameBytes}`);
      await writeToEncoder(encoder, frame).catch(failWith);
      framesWritten += 1;
    },
    async finish() {
      if (state !== 'open') throw encoderMisuse('the film was closed twice');
      if (framesWritten === 0) await failWith(encoderMisuse('a film needs at least one frame'));
      state = 'finishing';
      encoder.stdin?.end();
      await encoder.finished.catch(failWith);
      state = 'finished';
    },
    discard,
  };
};
