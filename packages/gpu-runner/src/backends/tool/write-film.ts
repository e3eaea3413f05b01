import { StepError } from '@polyreel/core';
import type { FrameEncoder } from '@polyreel/media';
import type { RunWarning } from '../../runner.ts';

export interface WriteFilmOptions {
  /** Opens the encoder; `signal` ends it. */
  openEncoder(signal: AbortSignal): FrameEncoder;
  readonly frameCount: number;
  /** The last one may be held for so many without a word. Default 1. */
  readonly framesAfterLast?: number;
  readonly signal: AbortSignal;
  onProgress(ratio: number): void;
}

/** Finer than the house's default: what is refined was encoded once before. */
export const REFINED_CRF = 17;

/**
 * Writes exactly `frameCount` frames: what comes beyond is left, and where fewer come the last one is held and the caller is told. A film
 * without any frame is refused. A failure leaves no file.
 */
export const writeFilm = async (frames: AsyncIterable<Uint8Array>, options: WriteFilmOptions): Promise<RunWarning[]> => {
  const { frameCount, onProgress } = options;
  const stop = new AbortController();
  const encoder = options.openEncoder(AbortSignal.any([options.signal, stop.signal]));
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
