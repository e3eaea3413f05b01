import type { Clock } from '../ids.ts';
import type { JobView } from '../job.ts';
import type { JobStore } from '../ports/jobs.ts';

export interface RememberedJobs {
  /** The store given, but `findByExternalId` answers from memory where that is safe. */
  readonly jobs: JobStore;
  /** A change of the job was announced; null: anything may have changed. */
  forget(jobId: string | null): void;
}

/** A view is wrong for at most this long even if its announcement is lost. */
const rememberMs = 1000;
const maxRemembered = 20_000;

interface Remembered {
  readonly view: Promise<JobView | null>;
  readonly until: number;
}

/**
 * Job views for status polls: one read a job and second, however many poll it. Dropped on announcements, aged out after a second,
 * bypassed while announcements do not reach this process. A read that a change overtook is given to its caller, never kept.
 */
export function rememberJobs(store: JobStore, deps: { clock: Clock; isListening(): boolean }): RememberedJobs {
  const byPlace = new Map<string, Remembered>();
  const placeOf = new Map<string, string>();
  let changes = 0;

  const forget = (jobId: string | null): void => {
    changes += 1;
    if (jobId === null) {
      byPlace.clear();
      placeOf.clear();
      return;
    }
    const place = placeOf.get(jobId);
    if (place === undefined) return;
    byPlace.delete(place);
    placeOf.delete(jobId);
  };

  const read = (place: string, query: Parameters<JobStore['findByExternalId']>[0], now: number): Promise<JobView | null> => {
    const changesBefore = changes;
    const view = store.findByExternalId(query);
    const remembered = { view, until: now + rememberMs };
    const drop = (): void => {
      if (byPlace.get(place) === remembered) byPlace.delete(place);
    };
    if (byPlace.size >= maxRemembered) forget(null);
    byPlace.set(place, remembered);
    view.then((found) => {
      // Unknown jobs are asked for again: they may be created any moment, and no announcement could name them here.
      if (found === null || changes !== changesBefore) drop();
      else placeOf.set(found.id, place);
    }, drop);
    return view;
  };

  const placeBy = (query: Parameters<JobStore['findByExternalId']>[0]): string =>
    `${query.accountId}\n${query.surface}\n${query.externalId}`;

  return {
    forget,
    jobs: {
      ...store,
      findByExternalId(query) {
        if (!deps.isListening()) return store.findByExternalId(query);
        const place = placeBy(query);
        const now = deps.clock.now().getTime();
        const known = byPlace.get(place);
        return known && known.until > now ? known.view : read(place, query, now);
      },
      async cancel(query) {
        const outcome = await store.cancel(query);
        // Whoever cancelled sees it at once, before the announcement has come round.
        if (outcome.outcome !== 'not_found') forget(outcome.job.id);
        return outcome;
      },
      async remove(query) {
        const outcome = await store.remove(query);
        if (outcome === 'removed') {
          const place = placeBy(query);
          changes += 1;
          byPlace.delete(place);
        }
        return outcome;
      },
    },
  };
}
