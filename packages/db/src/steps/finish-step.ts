import type {
  Artifact,
  DueStep,
  FencedOutcome,
  IdSource,
  StepFailure,
  StepLease,
  StepResource,
  StepResult,
} from '@polyreel/core';
import { cancelWaitingSteps } from '../jobs/cancel-job.ts';
import { endJob } from '../jobs/end-job.ts';
import { lockJob } from '../sql/job-lock.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';

/** A held step, its job locked. */
export interface HeldStep {
  readonly id: string;
  readonly jobId: string;
  readonly attempt: number;
  readonly resource: StepResource;
  readonly isMilestone: boolean;
  readonly isCancelAsked: boolean;
}

const lost: FencedOutcome = { outcome: 'lost' };
const written = (due: readonly DueStep[], jobEnded: boolean): FencedOutcome => ({ outcome: 'written', due, jobEnded });

/** Locks job and step for the rest of the transaction when the lease is still the step's; else null. */
async function takeHeld(tx: Sql, lease: StepLease): Promise<HeldStep | null> {
  const known = await tx.row<{ job_id: string }>({
    text: `SELECT job_id FROM steps WHERE id = $1 AND lease_token = $2 AND state = 'running'`,
    values: [lease.stepId, lease.leaseToken],
  });
  if (known === null) return null;
  await lockJob(tx, known.job_id);
  return lockHeld(tx, `steps.id = $1 AND steps.lease_token = $2`, [lease.stepId, lease.leaseToken]);
}

/** The caller holds the job's lock, under which `cancel_requested_at` does not change. */
export async function lockHeld(tx: Sql, condition: string, values: readonly unknown[]): Promise<HeldStep | null> {
  const row = await tx.row<{
    id: string;
    job_id: string;
    attempt: number;
    resource: StepResource;
    is_milestone: boolean;
    is_cancel_asked: boolean;
  }>({
    text: `SELECT steps.id, steps.job_id, steps.attempt, steps.resource, steps.is_milestone,
        jobs.cancel_requested_at IS NOT NULL AS is_cancel_asked
      FROM steps JOIN jobs ON jobs.id = steps.job_id WHERE ${condition} AND steps.state = 'running' FOR UPDATE OF steps`,
    values,
  });
  if (row === null) return null;
  return {
    id: row.id,
    jobId: row.job_id,
    attempt: row.attempt,
    resource: row.resource,
    isMilestone: row.is_milestone,
    isCancelAsked: row.is_cancel_asked,
  };
}

export async function succeedStep(
  sql: SqlPool,
  ids: IdSource,
  lease: StepLease,
  result: StepResult,
  jobArtifacts: readonly Artifact[],
): Promise<FencedOutcome> {
  return sql.transaction(async (tx) => {
    const step = await takeHeld(tx, lease);
    if (step === null) return lost;
    if (step.isCancelAsked) return cancelHeld(tx, ids, step);
    await tx.run({
      text: `UPDATE steps SET state = 'succeeded', result = $2, progress_ratio = 1, finished_at = clock_timestamp(), lease_token = NULL,
          lease_until = NULL, error_code = NULL, error_message = NULL WHERE id = $1`,
      values: [step.id, JSON.stringify(result)],
    });
    const due = await releaseDependants(tx, step.jobId);
    const unfinished = await tx.row<{ count: number }>({
      text: `SELECT count(*)::int AS count FROM steps WHERE job_id = $1 AND state <> 'succeeded'`,
      values: [step.jobId],
    });
    if (unfinished?.count === 0) {
      await endJob(tx, ids, step.jobId, { state: 'succeeded', artifacts: jobArtifacts, warnings: result.warnings });
      return written([], true);
    }
    await tx.run({
      text: `UPDATE jobs SET milestones_done = milestones_done + $2, artifacts = artifacts || $3::jsonb, warnings = warnings || $4::jsonb,
          progress_ratio = greatest(progress_ratio, least(1, (
            SELECT sum(weight * steps.progress_ratio) / sum(weight) FROM steps WHERE steps.job_id = jobs.id)))
        WHERE id = $1`,
      values: [step.jobId, step.isMilestone ? 1 : 0, JSON.stringify(jobArtifacts), JSON.stringify(result.warnings)],
    });
    return written(due, false);
  });
}

async function releaseDependants(tx: Sql, jobId: string): Promise<DueStep[]> {
  const rows = await tx.rows<{ id: string; resource: StepResource }>({
    text: `UPDATE steps SET state = 'due', run_at = clock_timestamp() WHERE job_id = $1 AND state = 'blocked' AND NOT EXISTS (
        SELECT FROM steps AS needed WHERE needed.job_id = $1 AND needed.key = ANY(steps.needs) AND needed.state <> 'succeeded')
      RETURNING id, resource`,
    values: [jobId],
  });
  return rows.map((row) => ({ stepId: row.id, attempt: 1, resource: row.resource }));
}

export async function failStep(
  sql: SqlPool,
  ids: IdSource,
  lease: StepLease,
  failure: StepFailure,
  retryInSeconds: number | null,
): Promise<FencedOutcome> {
  return sql.transaction(async (tx) => {
    const step = await takeHeld(tx, lease);
    if (step === null) return lost;
    if (step.isCancelAsked) return cancelHeld(tx, ids, step);
    if (failure.permanent || retryInSeconds === null) return failJob(tx, ids, step, failure);
    await tx.run({
      text: `UPDATE steps SET state = 'due', run_at = clock_timestamp() + $2 * interval '1 second', lease_token = NULL, lease_until = NULL,
          error_code = $3, error_message = $4 WHERE id = $1`,
      values: [step.id, retryInSeconds, failure.code, failure.publicMessage],
    });
    // A wake-up now would find nothing: the sweep sends one when the time has come.
    return written(retryInSeconds > 0 ? [] : [nextAttempt(step)], false);
  });
}

/** The step fails for good and takes its job along; other running steps find their leases gone. */
export async function failJob(tx: Sql, ids: IdSource, step: HeldStep, failure: StepFailure): Promise<FencedOutcome> {
  await tx.run({
    text: `UPDATE steps SET state = 'failed', finished_at = clock_timestamp(), lease_token = NULL, lease_until = NULL,
        error_code = $2, error_message = $3 WHERE id = $1`,
    values: [step.id, failure.code, failure.publicMessage],
  });
  await tx.run({
    text: `UPDATE steps SET state = 'cancelled', finished_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
      WHERE id IN (SELECT id FROM steps WHERE job_id = $1 AND state IN ('blocked', 'due', 'running') ORDER BY id FOR UPDATE)`,
    values: [step.jobId],
  });
  await endJob(tx, ids, step.jobId, { state: 'failed', error: { code: failure.code, message: failure.publicMessage } });
  return written([], true);
}

/** A step of a job whose cancel was asked for stops; the last one that stops ends the job. */
export async function cancelHeld(tx: Sql, ids: IdSource, step: HeldStep): Promise<FencedOutcome> {
  await tx.run({
    text: `UPDATE steps SET state = 'cancelled', finished_at = clock_timestamp(), lease_token = NULL, lease_until = NULL WHERE id = $1`,
    values: [step.id],
  });
  await cancelWaitingSteps(tx, step.jobId);
  const running = await tx.row<{ count: number }>({
    text: `SELECT count(*)::int AS count FROM steps WHERE job_id = $1 AND state = 'running'`,
    values: [step.jobId],
  });
  if ((running?.count ?? 0) > 0) return written([], false);
  await endJob(tx, ids, step.jobId, { state: 'cancelled' });
  return written([], true);
}

/** Due again at once, as if it had not been claimed. */
export async function handBackStep(sql: SqlPool, ids: IdSource, lease: StepLease): Promise<FencedOutcome> {
  return sql.transaction(async (tx) => {
    const step = await takeHeld(tx, lease);
    if (step === null) return lost;
    if (step.isCancelAsked) return cancelHeld(tx, ids, step);
    await tx.run({
      text: `UPDATE steps SET state = 'due', attempt = attempt - 1, run_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
        WHERE id = $1`,
      values: [step.id],
    });
    if (step.attempt > 1) await tx.run({ text: 'UPDATE jobs SET retries = retries - 1 WHERE id = $1', values: [step.jobId] });
    return written([{ stepId: step.id, attempt: step.attempt, resource: step.resource }], false);
  });
}

export const nextAttempt = (step: HeldStep): DueStep => ({ stepId: step.id, attempt: step.attempt + 1, resource: step.resource });
