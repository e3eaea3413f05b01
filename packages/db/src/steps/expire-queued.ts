import type { IdSource } from '@polyreel/core';
import { cancelWaitingSteps } from '../jobs/cancel-job.ts';
import { endJob } from '../jobs/end-job.ts';
import { lockJob } from '../sql/job-lock.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';

const expiredMax = 500;

/** Fails queued jobs whose callers did not want to wait any longer. Against a claim exactly one wins. Returns how many. */
export async function expireQueued(sql: SqlPool, ids: IdSource): Promise<number> {
  const late = await sql.rows<{ id: string }>({
    text: `SELECT id FROM jobs WHERE state = 'queued' AND queue_deadline IS NOT NULL AND queue_deadline < clock_timestamp()
      ORDER BY queue_deadline LIMIT $1`,
    values: [expiredMax],
  });
  let failed = 0;
  for (const { id } of late) if (await sql.transaction((tx) => failLate(tx, ids, id))) failed += 1;
  return failed;
}

async function failLate(tx: Sql, ids: IdSource, jobId: string): Promise<boolean> {
  await lockJob(tx, jobId);
  await tx.rows({
    text: `SELECT id FROM steps WHERE job_id = $1 AND state IN ('blocked', 'due') ORDER BY id FOR UPDATE`,
    values: [jobId],
  });
  const job = await tx.row({
    text: `SELECT id FROM jobs WHERE id = $1 AND state = 'queued' AND queue_deadline < clock_timestamp() FOR NO KEY UPDATE`,
    values: [jobId],
  });
  if (job === null) return false;
  await cancelWaitingSteps(tx, jobId);
  const message = 'No worker had time for the job before the time that its caller was ready to wait';
  await endJob(tx, ids, jobId, { state: 'failed', error: { code: 'queue_timeout', message } });
  return true;
}
