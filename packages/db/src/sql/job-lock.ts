import type { Sql } from './sql.ts';

/**
 * Held until the transaction ends. Whatever changes several rows of one job (end of a step, cancel, sweep) takes it first, then
 * locks steps, then the job's row. A claim takes none: it locks one step, skipping locked ones, and then the job's row. So
 * nobody ever waits for a step while holding the job's row, and no two wait for each other.
 */
export async function lockJob(tx: Sql, jobId: string): Promise<void> {
  await lock(tx, `job:${jobId}`);
}

/** Held until the transaction ends: one at a time for whatever `name` stands for. */
export async function lock(tx: Sql, name: string): Promise<void> {
  await tx.run({ name: 'lock', text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 7240903))', values: [name] });
}
