import { jobStates, stepResources } from '@polyreel/core';
import type { Sql } from './sql/sql.ts';

/** Counts for /metrics; every known word is there, with 0 where nothing is counted. */
export interface Statistics {
  jobsByState(): Promise<Readonly<Record<string, number>>>;
  /** Due steps by resource. */
  dueSteps(): Promise<Readonly<Record<string, number>>>;
  deliveriesByState(): Promise<Readonly<Record<string, number>>>;
}

export function createStatistics(sql: Sql): Statistics {
  const count = async (words: readonly string[], text: string): Promise<Record<string, number>> => {
    const rows = await sql.rows<{ word: string; count: number }>({ text });
    return {
      ...Object.fromEntries(words.map((word) => [word, 0])),
      ...Object.fromEntries(rows.map((row) => [row.word, row.count])),
    };
  };
  return {
    jobsByState: () => count(jobStates, 'SELECT state AS word, count(*)::int AS count FROM jobs GROUP BY state'),
    dueSteps: () =>
      count(stepResources, `SELECT resource AS word, count(*)::int AS count FROM steps WHERE state = 'due' GROUP BY resource`),
    deliveriesByState: () =>
      count(
        ['pending', 'delivered', 'failed', 'cancelled'],
        'SELECT state AS word, count(*)::int AS count FROM deliveries GROUP BY state',
      ),
  };
}
