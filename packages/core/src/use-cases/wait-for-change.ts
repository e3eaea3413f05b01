import { isFinalJobState, type JobView } from '../job.ts';
import type { JobSignals } from '../ports/job-signals.ts';

/** How long a lost signal can delay an answer. */
const lookEveryMs = 5000;

export interface WaitForChange {
  readonly job: JobView;
  readonly signals: JobSignals;
  /** The job now; null: it is gone. */
  read(): Promise<JobView | null>;
  readonly timeoutMs: number;
  /** Aborted when nobody wants the answer any more. */
  readonly gone: AbortSignal;
}

/**
 * The job once its state is another one than in `job`, or as it is after `timeoutMs`, when the process stops or the caller is gone. A
 * job that has ended is answered at once. Watches before it looks, so that no change falls between.
 */
export async function waitForChange({ job, signals, read, timeoutMs, gone }: WaitForChange): Promise<JobView | null> {
  if (isFinalJobState(job.state)) return job;
  const over = AbortSignal.any([gone, signals.stopped, AbortSignal.timeout(timeoutMs)]);
  let wake: () => void = () => undefined;
  const stopWatching = signals.watch(job.id, (change) => {
    if (change === null || change.state !== job.state) wake();
  });
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const now = await read();
      if (now === null || now.state !== job.state || over.aborted) return now;
      await waitUntil(woken, over);
    }
  } finally {
    stopWatching();
  }
}

/** Until it is woken, until it is over, or until it is time to look again. */
async function waitUntil(woken: Promise<void>, over: AbortSignal): Promise<void> {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const timer = setTimeout(release, lookEveryMs);
  over.addEventListener('abort', release);
  if (over.aborted) release();
  try {
    await Promise.race([woken, released]);
  } finally {
    clearTimeout(timer);
    over.removeEventListener('abort', release);
  }
}
