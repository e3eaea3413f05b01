import type { Sql } from '../sql/sql.ts';

/**
 * Lets the files of jobs that ended more than `days` ago run out: their results, and the inputs that were taken in for them alone. The
 * sweep of files removes them; the jobs stay, without links that work.
 */
export async function expireResults(sql: Sql, days: number): Promise<number> {
  return sql.run({
    text: `WITH ended AS (SELECT id, spec FROM jobs WHERE finished_at < now() - $1 * interval '1 day')
      UPDATE files SET expires_at = now() WHERE expires_at IS NULL AND (
        job_id IN (SELECT id FROM ended)
        OR (object_key LIKE 'inputs/%' AND id IN (SELECT jsonb_path_query(spec, '$.**.fileId') #>> '{}' FROM ended)))`,
    values: [days],
  });
}
