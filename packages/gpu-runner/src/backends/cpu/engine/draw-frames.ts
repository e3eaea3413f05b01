/// <reference path="../webassembly.d.ts" />
import { Worker } from 'node:worker_threads';
import type { Canvas } from '@polyreel/core';
import { loadKernels } from './kernels.ts';

/** One frame to draw: a scene of the kernels and its packed uniforms. */
export interface FrameOrder {
  readonly scene: number;
  readonly uniforms: Float32Array;
}

export interface DrawFramesOptions {
  readonly canvas: Canvas;
  readonly frameCount: number;
  /** Pure: the same index gives the same order. */
  readonly orderAt: (index: number) => FrameOrder;
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** Orders that wait in a thread while it draws: it never idles, and few frames lie in memory. */
const ORDERS_PER_THREAD = 2;

/**
 * Draws the frames of a film in their order, spread over worker threads. The frames do not depend on the number of threads.
 * All threads have ended when the generator returns or throws; an abort makes it throw at once.
 */
export async function* drawFrames(options: DrawFramesOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { canvas, frameCount, orderAt, signal } = options;
  signal.throwIfAborted();
  const kernels = await loadKernels();
  const threadCount = Math.max(1, Math.min(options.threads, frameCount));
  const waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();
  let failure: { reason: unknown } | undefined;
  const fail = (reason: unknown) => {
    failure ??= { reason };
    for (const frame of waiting.values()) frame.reject(reason);
  };
  const onAbort = () => fail(signal.reason);
  signal.addEventListener('abort', onAbort);
  const threads = Array.from({ length: threadCount }, () => startThread({ kernels, canvas }, waiting, fail));
  const order = (index: number) => {
    const frame = Promise.withResolvers<Uint8Array>();
    frame.promise.catch(() => undefined); // a frame nobody came to wait for
    waiting.set(index, frame);
    if (failure !== undefined) frame.reject(failure.reason);
    threads[index % threadCount]?.postMessage({ index, ...orderAt(index) });
  };
  try {
    const ahead = Math.min(frameCount, threadCount * ORDERS_PER_THREAD);
    for (let index = 0; index < ahead; index += 1) order(index);
    for (let index = 0; index < frameCount; index += 1) {
      signal.throwIfAborted();
      const frame = await waiting.get(index)?.promise;
      waiting.delete(index);
      if (index + ahead < frameCount) order(index + ahead);
      if (frame !== undefined) yield frame;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

const startThread = (
  workerData: { kernels: WebAssembly.Module; canvas: Canvas },
  waiting: Map<number, PromiseWithResolvers<Uint8Array>>,
  fail: (reason: unknown) => void,
): Worker => {
  const thread = new Worker(new URL('./paint-worker.ts', import.meta.url), { workerData });
  thread.on('message', ({ index, frame }: { index: number; frame: Uint8Array }) => waiting.get(index)?.resolve(frame));
  thread.on('error', fail);
  thread.on('messageerror', fail);
  thread.on('exit', (code) => fail(new Error(`a drawing thread ended with ${code}`)));
  return thread;
};
