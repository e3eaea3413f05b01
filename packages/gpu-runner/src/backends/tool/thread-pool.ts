import { MessageChannel, type MessagePort, type TransferListItem, Worker } from 'node:worker_threads';
import { StepError } from '@polyreel/core';
import { abortedError } from '../cpu/run-errors.ts';

/** What a thread of the pool gets; `serveThread` answers it. */
export interface ThreadRequest<I> {
  readonly input: I;
  readonly replyTo: MessagePort;
}
export type ThreadReply<O> = { readonly output: O } | { readonly error: string };

export interface ThreadPool<I, O> {
  /** Waits for a free thread. Rejects with a StepError when the pool is stopped or its thread fails. */
  run(input: I, transfer?: readonly TransferListItem[]): Promise<O>;
  /** Ends all threads, whatever they are at. */
  close(): Promise<void>;
}

/**
 * Threads that do one kind of work for one run. They start with the pool, and an abort ends them at once: `run` then rejects. The caller
 * closes the pool in a `finally`.
 */
export const openThreadPool = <I, O>(
  script: URL,
  options: { threads: number; workerData?: unknown; signal: AbortSignal; maxOldGenerationSizeMb?: number },
): ThreadPool<I, O> => {
  const { signal } = options;
  const waiting: ((worker: Worker) => void)[] = [];
  const idle: Worker[] = [];
  const failures = new Set<(error: StepError) => void>();
  let failure: StepError | undefined;
  const fail = (error: StepError): void => {
    failure ??= error;
    for (const reject of failures) reject(failure);
    void end();
  };
  const workers = Array.from({ length: Math.max(1, options.threads) }, () => {
    const worker = new Worker(script, {
      workerData: options.workerData,
      resourceLimits: { maxOldGenerationSizeMb: options.maxOldGenerationSizeMb ?? 1024 },
    });
    worker.on('error', (cause) => fail(threadError(cause)));
    worker.on('exit', (code) => fail(threadError(new Error(`a thread ended with ${code}`))));
    idle.push(worker);
    return worker;
  });
  const end = async (): Promise<void> => {
    signal.removeEventListener('abort', onAbort);
    for (const worker of workers) worker.removeAllListeners('exit');
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  const onAbort = (): void => fail(abortedError(signal));
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });

  const take = (): Promise<Worker> | Worker => idle.pop() ?? new Promise((resolve) => waiting.push(resolve));
  const giveBack = (worker: Worker): void => {
    const next = waiting.shift();
    if (next === undefined) idle.push(worker);
    else next(worker);
  };

  return {
    async run(input, transfer = []) {
      if (failure !== undefined) throw failure;
      const stopped = Promise.withResolvers<never>();
      failures.add(stopped.reject);
      try {
        const worker = await Promise.race([take(), stopped.promise]);
        const { port1, port2 } = new MessageChannel();
        try {
          const answered = new Promise<ThreadReply<O>>((resolve) => {
            port1.once('message', resolve);
          });
          const request: ThreadRequest<I> = { input, replyTo: port2 };
          worker.postMessage(request, [port2, ...transfer]);
          const reply = await Promise.race([answered, stopped.promise]);
          giveBack(worker);
          if ('error' in reply) throw threadError(new Error(reply.error));
          return reply.output;
        } finally {
          port1.close();
        }
      } finally {
        failures.delete(stopped.reject);
      }
    },
    async close() {
      failure ??= threadError(new Error('closed'));
      for (const reject of failures) reject(failure);
      await end();
    },
  };
};

const threadError = (cause: unknown): StepError =>
  new StepError({ code: 'render_failed', publicMessage: 'The picture could not be worked on', permanent: false, cause });
