import type { WindowCounter } from '@polyreel/core';
import { z } from 'zod';
import { createHitCoalescer, type HitSum } from './hit-coalescer.ts';

/** The part of `pg.Pool` that is used. */
export interface SqlPool {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

export interface PostgresWindowCounter extends WindowCounter {
  /** Removes the rows of windows that are over; for the housekeeping of any process. */
  removeExpired(): Promise<number>;
}

/**
 * Windows begin at multiples of their length by the database's clock. Keys are added in one order everywhere, so that two processes
 * never wait for each other. Rows live in an UNLOGGED table: a crash of the server empties it, which starts all windows anew.
 */
const addSql = `
  INSERT INTO rate_windows AS w (key, window_start, count)
  SELECT h.seconds || '/' || h.key, to_timestamp(floor(extract(epoch FROM now()) / h.seconds) * h.seconds), h.hits
  FROM unnest($1::text[], $2::int[], $3::int[]) AS h (key, seconds, hits)
  ORDER BY 1
  ON CONFLICT (key, window_start) DO UPDATE SET count = w.count + excluded.count
  RETURNING w.key, w.count,
    greatest(1, ceil(extract(epoch FROM w.window_start) + split_part(w.key, '/', 1)::int - extract(epoch FROM now()))::int) AS "resetSeconds"`;

const removeSql = `
  WITH gone AS (
    DELETE FROM rate_windows
    WHERE window_start < now() - interval '1 second'
      AND window_start + split_part(key, '/', 1)::int * interval '1 second' < now() - interval '1 minute'
    RETURNING 1
  ) SELECT count(*)::int AS count FROM gone`;

const totalsSchema = z.array(z.object({ key: z.string(), count: z.int(), resetSeconds: z.int() }));
const removedSchema = z.tuple([z.object({ count: z.int() })]);

export function createPostgresWindowCounter(pool: SqlPool): PostgresWindowCounter {
  const addAll = async (sums: readonly HitSum[]) => {
    const { rows } = await pool.query(addSql, [
      sums.map(({ key }) => key),
      sums.map(({ windowSeconds }) => windowSeconds),
      sums.map(({ hits }) => hits),
    ]);
    const totals = new Map(totalsSchema.parse(rows).map((row) => [row.key, row]));
    return sums.map(({ key, windowSeconds }) => {
      const total = totals.get(`${windowSeconds}/${key}`);
      if (total === undefined) throw new Error(`no total for window ${windowSeconds}/${key}`);
      return { count: total.count, resetSeconds: total.resetSeconds };
    });
  };
  return {
    hit: createHitCoalescer(addAll),
    removeExpired: async () => removedSchema.parse((await pool.query(removeSql, [])).rows)[0].count,
  };
}
