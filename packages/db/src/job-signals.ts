import type { JobChange, JobSignals } from '@polyreel/core';
import type { Listener } from './listener.ts';

export interface OpenJobSignals extends JobSignals {
  /** Ends every wait; the watches themselves end with their owners. */
  stop(): void;
}

/** One subscription for the whole process, however many jobs are watched. */
export async function openJobSignals(listener: Pick<Listener, 'listen'>): Promise<OpenJobSignals> {
  const watches = new Map<string, Set<(change: JobChange | null) => void>>();
  const stopping = new AbortController();
  await listener.listen('jobs', (change) => {
    const heard = change === null ? [...watches.values()] : [watches.get(change.id) ?? []];
    for (const hears of heard) for (const hear of hears) hear(change);
  });
  return {
    watch(jobId, hear) {
      const hears = watches.get(jobId) ?? new Set();
      watches.set(jobId, hears.add(hear));
      return () => {
        hears.delete(hear);
        if (hears.size === 0 && watches.get(jobId) === hears) watches.delete(jobId);
      };
    },
    stopped: stopping.signal,
    stop: () => stopping.abort(),
  };
}
