import type { Canvas, FrameRate } from '@polyreel/core';
import { StepError } from '@polyreel/core';
import { type FramePixelFormat, openFrameEncoder } from '@polyreel/media';
import type { RunWarning } from '../../runner.ts';

export interface WriteFilmOptions {
  readonly ffmpegPath: string;
  readonly path: string;
  readonly canvas: Canvas;
  readonly frameRate: FrameRate;
  readonly frameCount: number;
  readonly pixelFormat: FramePixelFormat;
  /** The last one may be held for so many without a word. Default 1. */
  readonly framesAfterLast?: number;
  readonly signal: AbortSignal;
  onProgress(ratio: number): void;
}

/** Finer than the house's default: what is refined was encoded once before. */
const CRF = 17;

/**
 * Writes exactly `frameCount` frames: what comes beyond is left, and where fewer come the last one is held and the caller is told. A film
 * without any frame is refused. A failure leaves no file.
 */
export const writeFilm = async (frames: AsyncIterable<Uint8Array>, options: WriteFilmOptions): Promise<RunWarning[]> => {
  const { frameCount, onProgress } = options;
  const stop = new AbortController();
  const encoder = openFrameEncoder({ ...options, crf: CRF, signal: AbortSignal.any([options.signal, stop.signal]) });
  try {
    let last: Uint8Array | undefined;
    for await (const frame of frames) {
      await encoder.write(frame);
      last = frame;
      onProgress((encoder.framesWritten / frameCount) * 0.99);
      if (encoder.framesWritten === frameCount) break;
    }
    if (last === undefined)
      throw new StepError({ code: 'no_pictures', publicMessage: 'The video shows no pictures', permanent: true });
    const held = frameCount - encoder.framesWritten;
    for (let index = 0; index < held; index++) await encoder.write(last);
    await encoder.finish();
    onProgress(1);
    return held > (options.framesAfterLast ?? 1) ? [{ code: 'held_last_frame', details: { frames: String(held) } }] : [];
  } finally {
    stop.abort();
    await encoder.discard();
  }
};
