import type { JobChange, JobSignals } from '@polyreel/core';
import type { Listener } from './listener.ts';
import { createWatches } from './watches.ts';

export interface OpenJobSignals extends JobSignals {
  /** Ends every wait; the watches themselves end with their owners. */
  stop(): void;
}

/** One subscription for the whole process, however many jobs are watched. */
export async function openJobSignals(listener: Pick<Listener, 'listen'>): Promise<OpenJobSignals> {
  const { watch, tell, tellAll } = createWatches<JobChange | null>();
  const stopping = new AbortController();
  await listener.listen('jobs', (change) => {
    if (change === null) tellAll(change);
    else tell(change.id, change);
  });
  return {
    watch,
    stopped: stopping.signal,
    stop: () => stopping.abort(),
  };
}
