import { Worker } from 'node:worker_threads';
import { StepError } from '@polyreel/core';
import type { ChromaKey } from '../../scene-graph.ts';
import type { InputsById, PreparedContent } from '../prepared.ts';
import type { DrawAnswer, DrawnFrame, DrawRequest, DrawThreadData } from './draw-messages.ts';

export interface DrawPool {
  /** Hands what was prepared for a layer to every thread. */
  open(id: string, prepared: PreparedContent, chromaKey: ChromaKey | null): void;
  drop(id: string): void;
  /** Draws a frame into `target` or over an input. Throws StepError. */
  draw(frame: number, inputs: InputsById, target: SharedArrayBuffer): Promise<DrawnFrame>;
  /** Ends the threads at once; frames under way fail. */
  close(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, { resolve: (drawn: DrawnFrame) => void; reject: (error: unknown) => void }>;
}

/** Threads that draw frames of a scene side by side. */
export const openDrawPool = (threadCount: number, data: DrawThreadData): DrawPool => {
  const threads = Array.from({ length: threadCount }, () => startThread(data));
  const broadcast = (request: DrawRequest): void => {
    for (const { worker } of threads) worker.postMessage(request);
  };
  return {
    open: (id, prepared, chromaKey) => broadcast({ type: 'open', id, prepared, chromaKey }),
    drop: (id) => broadcast({ type: 'drop', id }),
    draw(frame, inputs, target) {
      const thread = threads.reduce((idlest, other) => (other.waiting.size < idlest.waiting.size ? other : idlest));
      const { promise, resolve, reject } = Promise.withResolvers<DrawnFrame>();
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
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
};

const startThread = (workerData: DrawThreadData): Thread => {
  const worker = new Worker(new URL('./draw-thread.ts', import.meta.url), { workerData, name: 'timeline-draw' });
  const waiting: Thread['waiting'] = new Map();
  let failure: unknown;
  const failAll = (error: unknown): void => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on('message', (answer: DrawAnswer) => {
    const request = waiting.get(answer.frame);
    waiting.delete(answer.frame);
    if (answer.type === 'drawn') request?.resolve(answer);
    else request?.reject(notDrawn(`frame ${answer.frame}: ${answer.message}`));
  });
  worker.on('error', (error) => failAll(notDrawn(String(error))));
  worker.on('exit', () => failAll(notDrawn('the thread that draws has ended')));
  return { worker, waiting };
};

const notDrawn = (detail: string): StepError =>
  new StepError({
    code: 'frame_not_drawn',
    publicMessage: 'A frame could not be drawn',
    permanent: false,
    cause: new Error(detail),
  });
