import { DomainError } from '@polyreel/core';
import type { Sql } from '../sql/sql.ts';

/** A count older than this is taken anew. */
const freshMs = 1000;

/** Guards the number of unfinished steps in the whole server. */
export interface QueueDepth {
  /** DomainError `overloaded` when `steps` more would be above `most`. */
  makeRoom(tx: Sql, wanted: { steps: number; most: number }): Promise<void>;
}

/**
 * Counting ten thousand rows costs more than the rest of a submit, so while the queue is less than half full a count of the last
 * second, with our own steps added, is good enough; from there on every submit counts.
 */
export function createQueueDepth(now: () => number): QueueDepth {
  let known = { count: Number.POSITIVE_INFINITY, at: Number.NEGATIVE_INFINITY };
  return {
    async makeRoom(tx, { steps, most }) {
      if (now() - known.at > freshMs || known.count + steps > most / 2) {
        const at = now();
        known = { count: await countUnfinished(tx), at };
      }
      if (known.count + steps > most)
        throw new DomainError('overloaded', 'the queue is full', { code: 'queue_full', retryAfterSeconds: 30 });
      known.count += steps;
    },
  };
}

async function countUnfinished(tx: Sql): Promise<number> {
  const row = await tx.row<{ count: number }>({
    name: 'count_unfinished_steps',
    text: `SELECT count(*)::int AS count FROM steps WHERE state IN ('blocked', 'due', 'running')`,
  });
  return row?.count ?? 0;
}
