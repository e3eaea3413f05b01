import { randomUUID } from 'node:crypto';
import { DomainError } from '@polyreel/core';
import type { JsonBodyPool } from '@polyreel/surfaces';
import type { ScannedJson, ScanRequest } from '@polyreel/surfaces/json-body';
import { createScanThread, type ScanThread } from './scan-thread.ts';

export interface JsonBodyPoolOptions {
  /** Default 2. */
  readonly threads?: number;
  /** The longest wait for a free thread. Default 10 s. */
  readonly maxWaitMs?: number;
  /** The longest scan; a thread that takes longer is replaced. Default 120 s. */
  readonly maxScanMs?: number;
  /** The program of a thread. */
  readonly threadUrl?: URL;
}

export interface ClosableJsonBodyPool extends JsonBodyPool {
  close(): Promise<void>;
}

interface Waiting {
  readonly request: ScanRequest;
  readonly timer: NodeJS.Timeout;
  resolve(result: Promise<ScannedJson>): void;
  reject(error: unknown): void;
}

/** Who finds no thread in time is told to come back after this. */
const retryAfterSeconds = 10;

/**
 * A few threads that read large JSON bodies from disk. Each takes one body at a time and needs memory for a slice of it, so that many
 * large bodies at once cost neither memory nor the event loop. A thread that dies takes its own body with it and is replaced.
 */
export function createJsonBodyPool(options: JsonBodyPoolOptions = {}): ClosableJsonBodyPool {
  const { threads = 2, maxWaitMs = 10_000, maxScanMs = 120_000 } = options;
  const threadUrl = options.threadUrl ?? new URL('./thread-main.ts', import.meta.url);
  const idle: ScanThread[] = [];
  const waiting: Waiting[] = [];
  const running = new Set<ScanThread>();
  let isClosed = false;

  const scanWith = async (thread: ScanThread, request: ScanRequest): Promise<ScannedJson> => {
    running.add(thread);
    try {
      return await thread.scan(request, maxScanMs);
    } finally {
      running.delete(thread);
      if (thread.isAlive() && !isClosed) idle.push(thread);
      serveNext();
    }
  };
  const takeThread = (): ScanThread | undefined => {
    for (;;) {
      const thread = idle.pop();
      if (thread === undefined) break;
      if (thread.isAlive()) return thread;
    }
    return running.size < threads ? createScanThread(threadUrl) : undefined;
  };
  const serveNext = (): void => {
    const next = waiting[0];
    const thread = next === undefined || isClosed ? undefined : takeThread();
    if (next === undefined || thread === undefined) return;
    waiting.shift();
    clearTimeout(next.timer);
    next.resolve(scanWith(thread, next.request));
  };
  const wait = (request: ScanRequest): Promise<ScannedJson> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(entry), 1);
        reject(busy(`no thread was free for ${maxWaitMs} ms`));
      }, maxWaitMs);
      const entry: Waiting = { request, timer, resolve, reject };
      waiting.push(entry);
      serveNext();
    });
  return {
    async scan({ bodyPath, scratchPath, maxDataBytes }) {
      if (isClosed) throw busy('the server is stopping');
      return wait({ bodyPath, scratchPath, maxDataBytes, nonce: randomUUID() });
    },
    async close() {
      isClosed = true;
      for (const { reject, timer } of waiting.splice(0)) {
        clearTimeout(timer);
        reject(busy('the server is stopping'));
      }
      await Promise.all([...running, ...idle.splice(0)].map((thread) => thread.stop()));
    },
  };
}

const busy = (reason: string): DomainError =>
  new DomainError('overloaded', `The body could not be read: ${reason}`, { code: 'json_pool_busy', retryAfterSeconds });
