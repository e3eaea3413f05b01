import type { Worker } from 'node:worker_threads';
import { StepError } from '@polyreel/core';
import type { ChromaKey } from '../../scene-graph.ts';
import { IdleThreads } from '../idle-threads.ts';
import type { InputsById, PreparedContent } from '../prepared.ts';
import type { DrawAnswer, DrawnFilm, DrawnFrame, DrawRequest } from './draw-messages.ts';

export interface DrawPool {
  /** Hands what was prepared for a layer to every thread. */
  open(id: string, prepared: PreparedContent, chromaKey: ChromaKey | null): void;
  drop(id: string): void;
  /** Draws a frame into `target` or over an input. Throws StepError. */
  draw(frame: number, inputs: InputsById, target: SharedArrayBuffer): Promise<DrawnFrame>;
  /** Frames under way fail at once. Threads without any serve the next film. */
  close(): Promise<void>;
}

export const DRAW_THREADS_MAX = 8;
const idleThreads = new IdleThreads(new URL('./draw-thread.ts', import.meta.url), {
  ...{ name: 'timeline-draw', idleMax: DRAW_THREADS_MAX },
});

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, { resolve: (drawn: DrawnFrame) => void; reject: (error: unknown) => void }>;
  /** False once anything went wrong in it. */
  isSound(): boolean;
  /** Ends it, or gives it back. */
  leave(): Promise<void>;
}

/** Threads that draw frames of a scene side by side. */
export const openDrawPool = (threadCount: number, film: DrawnFilm): DrawPool => {
  const threads = Array.from({ length: threadCount }, () => startThread(film));
  const broadcast = (request: DrawRequest): void => {
    for (const { worker } of threads) worker.postMessage(request);
  };
  return {
    open: (id, prepared, chromaKey) => broadcast({ type: 'open', id, prepared, chromaKey }),
    drop: (id) => broadcast({ type: 'drop', id }),
    draw(frame, inputs, target) {
      const thread = threads.reduce((idlest, other) => (other.waiting.size < idlest.waiting.size ? other : idlest));
      const { promise, resolve, reject } = Promise.withResolvers<DrawnFrame>();
      if (!thread.isSound()) reject(notDrawn('the thread that draws has ended'));
      thread.waiting.set(frame, { resolve, reject });
      const request: DrawRequest = { type: 'draw', frame, inputs, target };
      thread.worker.postMessage(
        request,
        [...inputs.values()].map((input) => input.pixels),
      );
      // A frame that nobody waits for any more must not be an unhandled rejection.
      promise.catch(() => undefined);
      return promise;
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.leave()));
    },
  };
};

const startThread = (film: DrawnFilm): Thread => {
  const worker = idleThreads.take();
  const waiting: Thread['waiting'] = new Map();
  let isSound = true;
  let hasLeft = false;
  const failAll = (error: StepError): void => {
    isSound = false;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const onMessage = (answer: DrawAnswer): void => {
    const request = waiting.get(answer.frame);
    waiting.delete(answer.frame);
    if (answer.type === 'drawn') {
      request?.resolve(answer);
      return;
    }
    isSound = false;
    request?.reject(notDrawn(`frame ${answer.frame}: ${answer.message}`));
  };
  const onError = (error: unknown): void => failAll(notDrawn(String(error)));
  const onExit = (): void => failAll(notDrawn('the thread that draws has ended'));
  worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  const tell = (request: DrawRequest): void => worker.postMessage(request);
  tell({ type: 'begin', ...film });
  return {
    worker,
    waiting,
    isSound: () => isSound,
    async leave() {
      if (hasLeft) return;
      hasLeft = true;
      if (!isSound || waiting.size > 0) {
        await worker.terminate();
        return;
      }
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      tell({ type: 'end' });
      idleThreads.giveBack(worker);
    },
  };
};

const notDrawn = (detail: string): StepError =>
  new StepError({
    code: 'frame_not_drawn',
    publicMessage: 'A frame could not be drawn',
    permanent: false,
    cause: new Error(detail),
  });
