import type { UserStore } from '@polyreel/core';
import { lock } from '../sql/job-lock.ts';
import type { Sql } from '../sql/sql.ts';

/** Attempts of one key go one by one, so that no two take the same last place. */
export async function beginAttempt(
  tx: Sql,
  query: Parameters<UserStore['beginAttempt']>[0],
): Promise<{ waitSeconds: number | null }> {
  for (const { key } of query.keys.toSorted((a, b) => (a.key < b.key ? -1 : 1))) await lock(tx, `attempt:${key}`);
  for (const { key, failuresMax } of query.keys) {
    // The failure that must grow old before there is room again.
    const row = await tx.row<{ wait: number }>({
      text: `SELECT extract(epoch FROM at + $2 * interval '1 second' - clock_timestamp())::float8 AS wait FROM login_failures
        WHERE key = $1 AND at > clock_timestamp() - $2 * interval '1 second' ORDER BY at DESC OFFSET $3 LIMIT 1`,
      values: [key, query.windowSeconds, failuresMax - 1],
    });
    if (row !== null) return { waitSeconds: Math.max(1, Math.ceil(row.wait)) };
  }
  for (const { key } of query.keys)
    await tx.run({
      text: 'INSERT INTO login_failures (attempt_id, key, at) VALUES ($1, $2, clock_timestamp())',
      values: [query.attemptId, key],
    });
  return { waitSeconds: null };
}

export async function forgetAttempt(sql: Sql, attemptId: string, key: string): Promise<void> {
  await sql.run({ text: 'DELETE FROM login_failures WHERE attempt_id = $1 OR key = $2', values: [attemptId, key] });
}
