import type { DueStep, IdSource, StepResource } from '@polyreel/core';
import { lockJob } from '../sql/job-lock.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';
import { expireQueued } from './expire-queued.ts';
import { cancelHeld, failJob, lockHeld } from './finish-step.ts';

/** Wake-ups sent in one sweep; with more steps due than that, workers find the rest as they finish. */
const dueMax = 1000;
const lapsedMax = 500;

export interface Sweep {
  readonly due: readonly DueStep[];
  readonly lapsed: number;
  readonly failedJobs: number;
}

/** Many processes may sweep at once: each lapsed step is ended under its job's lock by one of them. */
export async function sweepSteps(sql: SqlPool, ids: IdSource, query: { maxAttempts: number }): Promise<Sweep> {
  const candidates = await sql.rows<{ id: string; job_id: string }>({
    text: `SELECT id, job_id FROM steps WHERE state = 'running' AND lease_until < clock_timestamp() ORDER BY lease_until LIMIT $1`,
    values: [lapsedMax],
  });
  const ends: ('again' | 'ended' | 'failed' | 'alive')[] = [];
  for (const candidate of candidates) {
    ends.push(await sql.transaction((tx) => endLapsed(tx, ids, candidate, query.maxAttempts)));
  }
  const late = await expireQueued(sql, ids);
  return {
    due: await listDue(sql),
    lapsed: ends.filter((end) => end !== 'alive').length,
    failedJobs: late + ends.filter((end) => end === 'failed').length,
  };
}

async function endLapsed(tx: Sql, ids: IdSource, candidate: { id: string; job_id: string }, maxAttempts: number) {
  await lockJob(tx, candidate.job_id);
  const step = await lockHeld(tx, 'steps.id = $1 AND steps.lease_until < clock_timestamp()', [candidate.id]);
  if (step === null) return 'alive';
  if (step.isCancelAsked) {
    await cancelHeld(tx, ids, step);
    return 'ended';
  }
  const failure = {
    code: 'worker_lost',
    publicMessage: `The worker stopped in the middle, ${step.attempt} times`,
    permanent: true,
  };
  if (step.attempt >= maxAttempts) {
    await failJob(tx, ids, step, failure);
    return 'failed';
  }
  await tx.run({
    text: `UPDATE steps SET state = 'due', run_at = clock_timestamp(), lease_token = NULL, lease_until = NULL, error_code = $2,
        error_message = $3 WHERE id = $1`,
    values: [step.id, failure.code, failure.publicMessage],
  });
  return 'again';
}

async function listDue(sql: Sql): Promise<DueStep[]> {
  const rows = await sql.rows<{ id: string; attempt: number; resource: StepResource }>({
    text: `SELECT id, attempt, resource FROM steps WHERE state = 'due' AND run_at <= now() ORDER BY priority DESC, run_at, id LIMIT $1`,
    values: [dueMax],
  });
  return rows.map((row) => ({ stepId: row.id, attempt: row.attempt + 1, resource: row.resource }));
}
