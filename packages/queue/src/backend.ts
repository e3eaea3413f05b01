import type { Job, JobsOptions } from 'bullmq';

/** The part of a BullMQ queue that wake-ups use; the same on both backends. */
export interface MessageQueue {
  addBulk(jobs: { name: string; data: unknown; opts: JobsOptions }[]): Promise<unknown>;
  getWaitingCount(): Promise<number>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

export interface MessageWorker {
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Stops taking messages and waits for the handlers in hand. */
  close(): Promise<void>;
  waitUntilReady(): Promise<void>;
}

export type MessageHandler = (job: Pick<Job, 'data'>) => Promise<void>;

export interface OpenedWorker {
  readonly worker: MessageWorker;
  /** Tears the connections down, so that a `close` that waits for a dead server comes to an end. */
  sever(): void;
}

/** Redis or PostgreSQL under BullMQ. */
export interface QueueBackend {
  openQueue(name: string): MessageQueue;
  openWorker(name: string, handle: MessageHandler, concurrency: number): OpenedWorker;
  /** Null when messages can be sent; else why not. */
  explainOutage(): string | null;
  /** Throws when the server does not answer within a few seconds. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Shared by both backends. A worker that lost its server tries again every second; a message whose worker died is offered again after 30 s. */
export const workerTimes = { runRetryDelay: 1000, lockDuration: 30_000, stalledInterval: 30_000, drainDelay: 5 };
