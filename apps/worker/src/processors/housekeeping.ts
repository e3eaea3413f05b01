import { setInterval as every } from 'node:timers';
import type { FileStore, LibraryStore, ObjectStore, StepStore, WakeupSender, WorkerStore } from '@polyreel/core';
import { stepRetryPolicy } from '@polyreel/core';

export interface HousekeepingDeps {
  readonly steps: StepStore;
  readonly files: FileStore;
  readonly library: Pick<LibraryStore, 'failOverdue' | 'archiveTemporary' | 'listWaiting'>;
  /** Lets a worker look into an uploaded file. */
  submitProcessing(file: { id: string; accountId: string }): Promise<void>;
  readonly workers: WorkerStore;
  readonly objects: ObjectStore;
  readonly wakeups: WakeupSender;
  /** Removes what has run out in the database. */
  maintain(): Promise<void>;
  /** Removes ended windows of the rate limits. */
  removeWindows(): Promise<unknown>;
  /** What this process says of itself. */
  readonly self: Parameters<WorkerStore['beat']>[0];
  onError(error: unknown, task: string): void;
  onSwept(report: { lapsed: number; failedJobs: number; expiredFiles: number; orphans: number }): void;
}

const sweepBatch = 500;
/** An object that no row claims after this time was left by a crash: its row would have come first. */
const orphanAgeSeconds = 24 * 3600;

/** Lapsed leases become due again; wake-ups are sent anew for everything due. */
export async function sweepSteps(deps: Pick<HousekeepingDeps, 'steps' | 'wakeups' | 'onSwept'>): Promise<void> {
  const { due, lapsed, failedJobs } = await deps.steps.sweep({ maxAttempts: stepRetryPolicy.maxAttempts });
  for (const step of due) await deps.wakeups.notify(step.resource, step);
  if (lapsed > 0 || failedJobs > 0) deps.onSwept({ lapsed, failedJobs, expiredFiles: 0, orphans: 0 });
}

/** Removes objects of expired rows, then the rows: a death in between repeats the removal. */
export async function sweepFiles(deps: Pick<HousekeepingDeps, 'files' | 'objects' | 'onSwept'>): Promise<number> {
  let removed = 0;
  for (;;) {
    const expired = await deps.files.listExpired(sweepBatch);
    if (expired.length > 0) {
      await deps.objects.deleteMany(expired.map((file) => file.objectKey));
      await deps.files.remove(expired.map((file) => file.id));
      removed += expired.length;
    }
    if (expired.length < sweepBatch) break;
  }
  if (removed > 0) deps.onSwept({ lapsed: 0, failedJobs: 0, expiredFiles: removed, orphans: 0 });
  return removed;
}

/** How long a temporary file is kept at least. */
const temporarySeconds = 24 * 3600;
/** An upload that nobody looks into by then: its process died before it could ask. */
const waitingSeconds = 30;

/** Ends uploads whose bytes did not come, archives temporary files, and asks again for uploads that nobody looks into. */
export async function sweepLibrary(deps: Pick<HousekeepingDeps, 'library' | 'submitProcessing'>): Promise<void> {
  await deps.library.failOverdue();
  await deps.library.archiveTemporary(temporarySeconds);
  const waiting = await deps.library.listWaiting({ olderThanSeconds: waitingSeconds, limit: sweepBatch });
  for (const file of waiting) await deps.submitProcessing(file);
}

/** Removes objects older than a day that no row claims, and what interrupted writes left. Never one that a row claims. */
export async function sweepOrphans(
  deps: Pick<HousekeepingDeps, 'files' | 'objects' | 'onSwept'> & { now(): Date },
  signal: AbortSignal,
): Promise<number> {
  let removed = await deps.objects.removeLeftovers({ olderThanSeconds: orphanAgeSeconds, signal });
  for (const prefix of ['inputs/', 'jobs/', 'uploads/', 'renditions/']) {
    for (let after: string | undefined; ; ) {
      const page = await deps.objects.list(prefix, { limit: sweepBatch, ...(after !== undefined && { after }) });
      const old = page.objects.filter((object) => deps.now().getTime() - object.modifiedAt.getTime() > orphanAgeSeconds * 1000);
      const claimed = await deps.files.claimedKeys(old.map((object) => object.key));
      const orphans = old.filter((object) => !claimed.has(object.key)).map((object) => object.key);
      if (orphans.length > 0) await deps.objects.deleteMany(orphans);
      removed += orphans.length;
      after = page.next;
      if (after === undefined || signal.aborted) break;
    }
  }
  if (removed > 0) deps.onSwept({ lapsed: 0, failedJobs: 0, expiredFiles: 0, orphans: removed });
  return removed;
}

const schedule = {
  sweepStepsMs: 5000,
  beatMs: 10_000,
  sweepFilesMs: 60_000,
  sweepLibraryMs: 30_000,
  sweepOrphansMs: 6 * 3600_000,
  maintainMs: 3600_000,
  removeWindowsMs: 60_000,
} as const;

/** Runs every task now and then at its interval, never the same one twice at once. `look` lets the loops look for due steps. */
export function startHousekeeping(deps: HousekeepingDeps & { look(): void; now(): Date }): { stop(): Promise<void> } {
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const timers = (
    [
      ['sweep-steps', schedule.sweepStepsMs, () => sweepSteps(deps).then(deps.look)],
      ['beat', schedule.beatMs, () => deps.workers.beat(deps.self)],
      ['sweep-files', schedule.sweepFilesMs, () => sweepFiles(deps)],
      ['sweep-library', schedule.sweepLibraryMs, () => sweepLibrary(deps)],
      ['maintain', schedule.maintainMs, deps.maintain],
      ['remove-windows', schedule.removeWindowsMs, deps.removeWindows],
      ['sweep-orphans', schedule.sweepOrphansMs, () => sweepOrphans(deps, stopping.signal)],
    ] as const
  ).map(([name, intervalMs, work]) => {
    let isBusy = false;
    const run = (): void => {
      if (isBusy || stopping.signal.aborted) return;
      isBusy = true;
      const task = Promise.resolve()
        .then(async () => {
          await work();
        })
        .catch((error: unknown) => deps.onError(error, name))
        .finally(() => {
          isBusy = false;
          running.delete(task);
        });
      running.add(task);
    };
    run();
    return every(run, intervalMs);
  });
  return {
    async stop() {
      stopping.abort();
      for (const timer of timers) clearInterval(timer);
      await Promise.allSettled(running);
    },
  };
}
