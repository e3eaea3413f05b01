import { Worker } from 'node:worker_threads';
import { type Canvas, type FrameRate, StepError } from '@polyreel/core';
import { openFrameEncoder } from '@polyreel/media';
import type { WarpScene } from './kernel.ts';
import { abortedError } from './vision.ts';
import type { FrameReply, FrameRequest } from './warp-worker.ts';

export interface FilmOptions {
  readonly scene: WarpScene;
  readonly canvas: Canvas;
  readonly frameRate: FrameRate;
  readonly frameCount: number;
  /** Parameters of frame `index`, asked in order, once each. The array may be reused by the next call. */
  readonly frameParams: (index: number) => Float32Array;
  readonly ffmpegPath: string;
  /** The MP4 to write. */
  readonly path: string;
  /** Renderer threads; they change speed, never pixels. */
  readonly threads: number;
  readonly signal: AbortSignal;
  onFrame(framesDone: number): void;
}

/** Finer than the house's default: the given pictures must be found again in the film (SSIM 0.98), even richly textured ones. */
const CRF = 15;
/** Frames that one thread may be ahead of the encoder. */
const FRAMES_AHEAD = 3;

/**
 * Draws all frames in worker threads and encodes them in order. Memory does not grow with the film's length.
 * However it ends, the threads and the encoder are gone, and without success the file too.
 */
export const renderFilm = async (options: FilmOptions): Promise<void> => {
  const { ffmpegPath, path, canvas, frameRate, signal } = options;
  const stop = new AbortController();
  const encoder = openFrameEncoder({
    ffmpegPath,
    path,
    canvas,
    frameRate,
    pixelFormat: 'yuv420p',
    crf: CRF,
    signal: AbortSignal.any([signal, stop.signal]),
  });
  const renderer = startRenderer(options);
  try {
    for (let index = 0; index < options.frameCount; index++) {
      const frame = await renderer.next();
      await encoder.write(new Uint8Array(frame));
      renderer.giveBack(frame);
      options.onFrame(index + 1);
    }
    await encoder.finish();
  } finally {
    stop.abort();
    await Promise.all([renderer.close(), encoder.discard()]);
  }
};

interface Renderer {
  /** The next frame in order. */
  next(): Promise<ArrayBuffer>;
  giveBack(frame: ArrayBuffer): void;
  close(): Promise<void>;
}

const startRenderer = ({ scene, frameCount, frameParams, threads, signal }: FilmOptions): Renderer => {
  const workers = Array.from(
    { length: Math.max(1, Math.min(threads, frameCount)) },
    () => new Worker(new URL('./warp-worker.ts', import.meta.url), { workerData: scene }),
  );
  const drawn = new Map<number, ArrayBuffer>();
  const spare: ArrayBuffer[] = [];
  let asked = 0;
  let taken = 0;
  let failure: unknown;
  let wake = (): void => undefined;
  const fail = (error: unknown): void => {
    failure ??= error;
    wake();
  };
  const onAbort = (): void => fail(abortedError(signal.reason));

  const askFor = (worker: Worker): void => {
    if (asked >= frameCount || failure !== undefined) return;
    const request: FrameRequest = { index: asked, params: frameParams(asked), buffer: spare.pop() };
    asked += 1;
    worker.postMessage(request, request.buffer === undefined ? [] : [request.buffer]);
  };
  /** Threads that wait because the encoder is behind. */
  const idle: Worker[] = [];
  const askOrRest = (worker: Worker): void => {
    if (asked - taken < workers.length * FRAMES_AHEAD) askFor(worker);
    else idle.push(worker);
  };
  for (const worker of workers) {
    worker.on('message', (reply: FrameReply) => {
      drawn.set(reply.index, reply.buffer);
      askOrRest(worker);
      wake();
    });
    worker.on('error', (cause) => fail(renderError(cause)));
    worker.on('exit', (code) => fail(renderError(new Error(`a renderer thread ended with ${code}`))));
    askOrRest(worker);
  }
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });

  return {
    async next() {
      for (;;) {
        if (failure !== undefined) throw failure;
        const frame = drawn.get(taken);
        if (frame !== undefined) {
          drawn.delete(taken);
          taken += 1;
          for (const worker of idle.splice(0)) askOrRest(worker);
          return frame;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    giveBack(frame) {
      spare.push(frame);
    },
    async close() {
      signal.removeEventListener('abort', onAbort);
      for (const worker of workers) worker.removeAllListeners();
      // Without a listener an 'error' event would end the process.
      for (const worker of workers) worker.on('error', () => undefined);
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
};

const renderError = (cause: unknown): StepError =>
  new StepError({ code: 'render_failed', publicMessage: 'The frames could not be drawn', permanent: false, cause });
