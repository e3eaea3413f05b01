import { Worker } from 'node:worker_threads';
import { DomainError } from '@polyreel/core';
import type { ScannedJson, ScanRequest } from '@polyreel/surfaces/json-body';
import { type ScanReply, scanReplySchema } from './messages.ts';

/** A thread that scans one body at a time. */
export interface ScanThread {
  /** Rejects with SyntaxError or DomainError; the thread is gone when `isAlive` is false afterwards. */
  scan(request: ScanRequest, timeoutMs: number): Promise<ScannedJson>;
  isAlive(): boolean;
  stop(): Promise<void>;
}

/** Far above the slice, the rest of a body and its text, far below what could hurt the process. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

export function createScanThread(threadUrl: URL): ScanThread {
  const worker = new Worker(threadUrl, { resourceLimits, execArgv: [], name: 'json-body' });
  worker.unref();
  let isAlive = true;
  let waiting: { settle(reply: ScanReply): void; fail(error: unknown): void } | null = null;
  const die = (error: unknown): void => {
    isAlive = false;
    waiting?.fail(error);
  };
  worker.on('message', (message: unknown) => waiting?.settle(scanReplySchema.parse(message)));
  worker.on('error', (error: unknown) => die(deathOf(error)));
  worker.on('exit', (code) => die(deathOf(new Error(`the thread ended with code ${code}`))));
  return {
    isAlive: () => isAlive,
    scan(request, timeoutMs) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          die(new DomainError('internal', `a body was not read within ${timeoutMs} ms`, { code: 'json_thread_hung' }));
          void worker.terminate();
        }, timeoutMs);
        const done = (): void => {
          clearTimeout(timer);
          waiting = null;
        };
        waiting = {
          settle(reply) {
            done();
            if (reply.type === 'scanned') resolve({ text: reply.text, moved: reply.moved });
            else reject(errorOf(reply));
          },
          fail(error) {
            done();
            reject(error);
          },
        };
        if (isAlive) worker.postMessage(request);
        else waiting.fail(deathOf(new Error('the thread is gone')));
      });
    },
    async stop() {
      await worker.terminate();
    },
  };
}

function errorOf(reply: Exclude<ScanReply, { type: 'scanned' }>): Error {
  switch (reply.type) {
    case 'syntax-error':
      return new SyntaxError(reply.message);
    case 'domain-error':
      return new DomainError(reply.kind, reply.message, { code: reply.code });
    case 'failed':
      return new Error(`a JSON body could not be read: ${reply.message}`);
  }
}

/** A thread out of memory met a body that is too much for it; any other death is our fault. */
function deathOf(error: unknown): DomainError {
  const isOutOfMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isOutOfMemory
    ? new DomainError('too_large', 'The JSON needs more memory than there is', { code: 'json_too_complex', cause: error })
    : new DomainError('internal', 'a thread that reads JSON bodies died', { code: 'json_thread_died', cause: error });
}
