import { type CancelOutcome, type IdSource, isFinalJobState, type JobState, type NewAuditEntry } from '@polyreel/core';
import { appendAudit } from '../audit/audit-store.ts';
import { channelName } from '../listener.ts';
import { lockJob } from '../sql/job-lock.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';
import { endJob } from './end-job.ts';
import { type JobRow, jobColumns, toJobView } from './job-row.ts';

interface CancelQuery {
  readonly accountId: string;
  readonly surface: string;
  readonly externalId: string;
  readonly from: readonly JobState[];
  readonly audit?: NewAuditEntry;
}

/**
 * A job without running steps is cancelled at once; one with running steps is marked, its waiting steps are cancelled, and it
 * ends when the running ones have stopped. Asking again for a marked job changes nothing.
 */
export async function cancelJob(sql: SqlPool, ids: IdSource, query: CancelQuery): Promise<CancelOutcome> {
  return sql.transaction(async (tx) => {
    const cancelled = await cancelInside(tx, ids, query);
    const isDone = cancelled.outcome === 'cancelled' || cancelled.outcome === 'cancel_requested';
    if (isDone && query.audit !== undefined) await appendAudit(tx, ids, [query.audit]);
    return cancelled;
  });
}

/** As `cancelJob`, in the caller's transaction. */
export async function cancelInside(tx: Sql, ids: IdSource, query: CancelQuery): Promise<CancelOutcome> {
  const found = await findRow(tx, query);
  if (found === null) return { outcome: 'not_found' };
  if (!mayCancel(query, found.state)) return { outcome: 'refused', job: toJobView(found) };
  await lockJob(tx, found.id);
  // All steps before the job's row: a claim in flight ends first, a later one finds them locked and passes by.
  const running = await lockSteps(tx, found.id);
  const job = await tx.row<JobRow>({
    text: `SELECT ${jobColumns} FROM jobs WHERE id = $1 FOR NO KEY UPDATE`,
    values: [found.id],
  });
  if (job === null) return { outcome: 'not_found' };
  if (!mayCancel(query, job.state)) return { outcome: 'refused', job: toJobView(job) };
  await cancelWaitingSteps(tx, found.id);
  if (running === 0) await endJob(tx, ids, found.id, { state: 'cancelled' });
  else {
    if (job.cancel_requested_at === null)
      await tx.run({ text: 'UPDATE jobs SET cancel_requested_at = clock_timestamp() WHERE id = $1', values: [found.id] });
    // Heard at commit by the workers that run its steps; without it they learn of it with their next heartbeat.
    await tx.run({ text: 'SELECT pg_notify($1, $2)', values: [channelName('cancels'), JSON.stringify({ id: found.id })] });
  }
  const after = await findRow(tx, query);
  return { outcome: running === 0 ? 'cancelled' : 'cancel_requested', job: toJobView(after ?? job) };
}

const mayCancel = (query: CancelQuery, state: JobState): boolean => !isFinalJobState(state) && query.from.includes(state);

function findRow(sql: Sql, query: CancelQuery): Promise<JobRow | null> {
  return sql.row<JobRow>({
    text: `SELECT ${jobColumns} FROM jobs WHERE surface = $1 AND external_id = $2 AND account_id = $3`,
    values: [query.surface, query.externalId, query.accountId],
  });
}

/** Locks the unfinished steps of a job; returns how many of them run. */
async function lockSteps(tx: Sql, jobId: string): Promise<number> {
  const steps = await tx.rows<{ state: string }>({
    text: `SELECT state FROM steps WHERE job_id = $1 AND state IN ('blocked', 'due', 'running') ORDER BY id FOR UPDATE`,
    values: [jobId],
  });
  return steps.filter((step) => step.state === 'running').length;
}

export async function cancelWaitingSteps(tx: Sql, jobId: string): Promise<void> {
  await tx.run({
    text: `UPDATE steps SET state = 'cancelled', finished_at = clock_timestamp() WHERE job_id = $1 AND state IN ('blocked', 'due')`,
    values: [jobId],
  });
}
