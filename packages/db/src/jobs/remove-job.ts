import { type IdSource, isFinalJobState, type JobState, type NewAuditEntry } from '@polyreel/core';
import { appendAudit } from '../audit/audit-store.ts';
import { lockJob } from '../sql/job-lock.ts';
import type { SqlPool } from '../sql/sql.ts';

interface RemoveQuery {
  readonly accountId: string;
  readonly surface: string;
  readonly externalId: string;
  readonly audit?: NewAuditEntry;
}

/** The row with its steps and events; messages that were not written yet are not sent any more. */
export function removeJob(sql: SqlPool, ids: IdSource, query: RemoveQuery): Promise<'removed' | 'active' | 'not_found'> {
  return sql.transaction(async (tx) => {
    const job = await tx.row<{ id: string; state: JobState; version: number; progress_ratio: number; event_seq: number }>({
      text: `SELECT id, state, version, progress_ratio, event_seq FROM jobs
        WHERE surface = $1 AND external_id = $2 AND account_id = $3`,
      values: [query.surface, query.externalId, query.accountId],
    });
    if (job === null) return 'not_found';
    // A final state stays final.
    if (!isFinalJobState(job.state)) return 'active';
    await lockJob(tx, job.id);
    await tx.run({
      text: `UPDATE deliveries SET state = 'cancelled', finished_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
        WHERE job_id = $1 AND state = 'pending' AND body IS NULL`,
      values: [job.id],
    });
    await tx.run({ text: 'UPDATE files SET expires_at = clock_timestamp() WHERE job_id = $1', values: [job.id] });
    if ((await tx.run({ text: 'DELETE FROM jobs WHERE id = $1', values: [job.id] })) === 0) return 'not_found';
    if (query.audit !== undefined) await appendAudit(tx, ids, [query.audit]);
    // Whoever remembers the job forgets it.
    const change = { id: job.id, version: job.version + 1, state: job.state };
    const facts = { progressRatio: job.progress_ratio, eventSeq: job.event_seq };
    await tx.run({ text: `SELECT pg_notify('polyreel_jobs', $1)`, values: [JSON.stringify({ ...change, ...facts })] });
    return 'removed';
  });
}
