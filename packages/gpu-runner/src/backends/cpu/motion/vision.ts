import { MessageChannel, Worker } from 'node:worker_threads';
import { StepError } from '@polyreel/core';
import type { VisionReply, VisionRequest, VisionWork, VisionWorkName } from './vision-worker.ts';

/**
 * One thread for learned models and optical flow, so that the event loop lives while they run. It starts with the first request,
 * keeps its models loaded, serves one request at a time and never keeps the process alive by itself.
 */
export interface Vision {
  /** Throws StepError. An abort rejects at once; if the thread was at this very work it is replaced. */
  run<Name extends VisionWorkName>(
    name: Name,
    input: VisionWork[Name]['input'],
    signal: AbortSignal,
  ): Promise<VisionWork[Name]['output']>;
  close(): Promise<void>;
}

interface QueuedWork {
  start(worker: Worker): void;
  fail(error: StepError): void;
}

export const createVision = (): Vision => {
  const queue: QueuedWork[] = [];
  let worker: Worker | undefined;
  let active: QueuedWork | undefined;

  const startWorker = (): Worker => {
    const started = new Worker(new URL('./vision-worker.ts', import.meta.url));
    const onEnd = (cause: unknown): void => {
      if (worker !== started) return;
      worker = undefined;
      const lost = active;
      next();
      lost?.fail(visionError(cause));
    };
    started.on('error', onEnd);
    started.on('exit', (code) => onEnd(new Error(`the vision thread ended with ${code}`)));
    return started;
  };
  const stopWorker = async (): Promise<void> => {
    const stopped = worker;
    worker = undefined;
    await stopped?.terminate();
  };
  const next = (): void => {
    active = queue.shift();
    if (active === undefined) {
      worker?.unref();
      return;
    }
    worker ??= startWorker();
    worker.ref();
    active.start(worker);
  };
  const add = (work: QueuedWork): void => {
    queue.push(work);
    if (active === undefined) next();
  };
  const remove = (work: QueuedWork): void => {
    const waiting = queue.indexOf(work);
    if (waiting >= 0) queue.splice(waiting, 1);
    if (active !== work) return;
    void stopWorker();
    next();
  };

  return {
    run(name, input, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<VisionWork[typeof name]['output']>();
      const { port1, port2 } = new MessageChannel();
      const work: QueuedWork = {
        start(thread) {
          const request: VisionRequest<typeof name> = { name, input, replyTo: port2 };
          thread.postMessage(request, [port2]);
        },
        fail: reject,
      };
      port1.once('message', (reply: VisionReply<typeof name>) => {
        if (active === work) next();
        if ('error' in reply) reject(visionError(new Error(reply.error)));
        else resolve(reply.output);
      });
      const onAbort = (): void => {
        remove(work);
        reject(abortedError(signal.reason));
      };
      if (signal.aborted) onAbort();
      else add(work);
      signal.addEventListener('abort', onAbort, { once: true });
      return promise.finally(() => {
        signal.removeEventListener('abort', onAbort);
        port1.close();
      });
    },
    async close() {
      const lost = [...queue.splice(0), ...(active === undefined ? [] : [active])];
      active = undefined;
      await stopWorker();
      for (const work of lost) work.fail(visionError(new Error('closed')));
    },
  };
};

export const abortedError = (cause: unknown): StepError =>
  new StepError({ code: 'aborted', publicMessage: 'The work was stopped', permanent: false, cause });

const visionError = (cause: unknown): StepError =>
  new StepError({ code: 'vision_failed', publicMessage: 'The picture could not be analysed', permanent: false, cause });
