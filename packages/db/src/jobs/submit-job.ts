import { type DueStep, DomainError, type IdSource, type JobView, type NewJob, type PlannedStep } from '@polyreel/core';
import { appendAudit } from '../audit/audit-store.ts';
import { isUniqueViolation } from '../sql/errors.ts';
import { lock } from '../sql/job-lock.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';
import { type JobRow, jobColumns, toJobView } from './job-row.ts';
import { findReplay, writeIdempotencyKey } from './idempotency.ts';
import { takeCharge } from './job-charge.ts';
import type { QueueDepth } from './queue-depth.ts';

export interface Submitted {
  readonly view: JobView;
  readonly due: readonly DueStep[];
  readonly isReplay: boolean;
}

export interface SubmitDeps {
  readonly sql: SqlPool;
  readonly ids: IdSource;
  readonly queueDepth: QueueDepth;
}

/** Submits near the limit go one by one an account, so that the limit is exact; far below it they need no lock. */
const limitMargin = 64;
/** The job that held the exclusive key may end between the conflict and our look at it. */
const attemptsMax = 5;

/** Job, steps, event, charge, idempotency key and the expiry of its inputs: all or nothing. */
export async function submitJob(deps: SubmitDeps, job: NewJob): Promise<Submitted> {
  const { sql } = deps;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sql.transaction((tx) => submitInside(tx, deps, job));
    } catch (error) {
      if (isUniqueViolation(error, 'jobs_surface_external_id_key'))
        throw new DomainError('conflict', `id ${job.externalId} is taken`, { code: 'external_id_taken', cause: error });
      if (job.exclusiveKey === null || !isUniqueViolation(error, 'jobs_exclusive_key_active')) throw error;
      const active = await findActive(sql, job.exclusiveKey);
      if (active !== null)
        throw new DomainError('already_active', `job ${active.externalId} is still active`, {
          details: { activeJobId: active.id, activeExternalId: active.externalId },
          cause: error,
        });
      if (attempt >= attemptsMax) throw error;
    }
  }
}

export async function findActive(sql: Sql, exclusiveKey: string): Promise<JobView | null> {
  const row = await sql.row<JobRow>({
    text: `SELECT ${jobColumns} FROM jobs WHERE exclusive_key = $1 AND state IN ('queued', 'running')`,
    values: [exclusiveKey],
  });
  return row && toJobView(row);
}

async function submitInside(tx: Sql, { ids, queueDepth }: SubmitDeps, job: NewJob): Promise<Submitted> {
  const replay = await findReplay(tx, job);
  if (replay !== null) return { view: replay, due: [], isReplay: true };
  await checkActiveJobs(tx, job);
  await queueDepth.makeRoom(tx, { steps: job.plan.steps.length, most: job.maxQueuedSteps });
  await claimInputs(tx, job);
  const view = await insertJob(tx, job);
  // Equal in age, steps are claimed in the order of their ids: that of the plan.
  const stepIds = job.plan.steps.map(() => ids.next('step')).sort();
  const steps = job.plan.steps.map((step, position) => ({ ...step, id: stepIds[position] ?? ids.next('step') }));
  await insertSteps(tx, job, steps);
  await tx.run({
    name: 'submit_event',
    text: `INSERT INTO events (job_id, seq, type) VALUES ($1, 1, 'job.queued')`,
    values: [job.id],
  });
  if (job.charge !== undefined) await takeCharge(tx, ids, job, job.charge);
  if (job.idempotency !== undefined) await writeIdempotencyKey(tx, job, job.idempotency);
  if (job.audit !== undefined) await appendAudit(tx, ids, [job.audit]);
  const due = steps
    .filter((step) => step.needs.length === 0)
    .map((step) => ({ stepId: step.id, attempt: 1, resource: step.resource }));
  return { view, due, isReplay: false };
}

async function checkActiveJobs(tx: Sql, job: NewJob): Promise<void> {
  let active = await countActive(tx, job.accountId);
  if (active + limitMargin >= job.maxActiveJobsOfAccount) {
    await lock(tx, `active:${job.accountId}`);
    active = await countActive(tx, job.accountId);
  }
  if (active >= job.maxActiveJobsOfAccount) {
    const message = `the account has ${active} queued or running jobs, ${job.maxActiveJobsOfAccount} are allowed`;
    throw new DomainError('too_many_jobs', message, { retryAfterSeconds: 30 });
  }
}

async function countActive(tx: Sql, accountId: string): Promise<number> {
  const row = await tx.row<{ count: number }>({
    name: 'count_active_jobs',
    // What the server itself does with an upload is no job of its account's.
    text: `SELECT count(*)::int AS count FROM jobs WHERE account_id = $1 AND state IN ('queued', 'running') AND kind <> 'process'`,
    values: [accountId],
  });
  return row?.count ?? 0;
}

/** From here on the inputs belong to the job: the sweep of unclaimed uploads leaves them alone. */
async function claimInputs(tx: Sql, job: NewJob): Promise<void> {
  const wanted = [...new Set(job.inputFileIds)].sort();
  if (wanted.length === 0) return;
  const kept = await tx.run({
    text: `UPDATE files SET expires_at = NULL WHERE id IN (
        SELECT id FROM files WHERE id = ANY($1) AND account_id = $2 AND state = 'ready'
          AND (expires_at IS NULL OR expires_at > clock_timestamp()) ORDER BY id FOR UPDATE)`,
    values: [wanted, job.accountId],
  });
  if (kept !== wanted.length)
    throw new DomainError('invalid_request', 'an input file is not there any more: upload it again', { code: 'input_gone' });
}

async function insertJob(tx: Sql, job: NewJob): Promise<JobView> {
  const row = await tx.row<JobRow>({
    name: 'insert_job',
    text: `INSERT INTO jobs (id, account_id, key_id, surface, external_id, kind, spec, runners, client_ref, priority, exclusive_key,
        milestones_total, warnings, callback_url, callback_events, event_seq, queue_deadline)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1,
        clock_timestamp() + $16::float8 * interval '1 second')
      RETURNING ${jobColumns}`,
    values: [
      job.id,
      job.accountId,
      job.keyId,
      job.surface,
      job.externalId,
      job.spec.kind,
      JSON.stringify(job.spec),
      job.plan.runners,
      JSON.stringify(job.clientRef ?? null),
      job.priority,
      job.exclusiveKey,
      job.plan.steps.filter((step) => step.isMilestone).length,
      JSON.stringify(job.warnings),
      job.callback?.url ?? null,
      job.callback?.events ?? [],
      job.maxQueueSeconds ?? null,
    ],
  });
  if (row === null) throw new Error(`job ${job.id} was not inserted`);
  return toJobView(row);
}

async function insertSteps(tx: Sql, job: NewJob, steps: readonly (PlannedStep & { id: string })[]): Promise<void> {
  const rows = steps.map((step, position) => ({ ...step, position, state: step.needs.length === 0 ? 'due' : 'blocked' }));
  await tx.run({
    name: 'insert_steps',
    text: `INSERT INTO steps (id, job_id, account_id, priority, key, position, type, resource, state, params, needs, weight, is_milestone,
        timeout_seconds)
      SELECT s.id, $2, $3, $4, s.key, s.position, s.type, s.resource, s.state, s.params,
        ARRAY(SELECT jsonb_array_elements_text(s.needs)), s.weight, s."isMilestone", ceil(s."timeoutSeconds")
      FROM jsonb_to_recordset($1) AS s (id text, key text, position int, type text, resource text, state text, params jsonb, needs jsonb,
        weight float8, "isMilestone" boolean, "timeoutSeconds" float8)`,
    values: [JSON.stringify(rows), job.id, job.accountId, job.priority],
  });
}
