import type { Artifact, IdSource, JobError } from '@polyreel/core';
import type { Sql } from '../sql/sql.ts';
import { queueDeliveries } from '../deliveries/queue-deliveries.ts';
import { refundCharge } from './job-charge.ts';

export type JobEnd =
  | { readonly state: 'succeeded'; readonly artifacts: readonly Artifact[]; readonly warnings: readonly unknown[] }
  | { readonly state: 'failed'; readonly error: JobError }
  | { readonly state: 'cancelled' };

/** The parts of an ended job that its deliveries need. */
export interface EndedJob {
  id: string;
  account_id: string;
  surface: string;
  kind: string;
  callback_url: string | null;
  callback_events: string[];
  event_seq: number;
  artifacts: { fileId: string }[];
}

/**
 * Ends an active job inside the caller's transaction: state, event, deliveries, refund, and the life of its files. The caller
 * holds the job's lock and has already ended its steps. Throws when the job is not active any more.
 */
export async function endJob(tx: Sql, ids: IdSource, jobId: string, end: JobEnd): Promise<void> {
  const job = await tx.row<EndedJob>({
    text: `UPDATE jobs SET state = $2, finished_at = clock_timestamp(), event_seq = event_seq + 1,
        progress_ratio = CASE WHEN $2 = 'succeeded' THEN 1 ELSE progress_ratio END,
        milestones_done = CASE WHEN $2 = 'succeeded' THEN milestones_total ELSE milestones_done END,
        cancel_requested_at = CASE WHEN $2 = 'cancelled' THEN coalesce(cancel_requested_at, clock_timestamp()) ELSE cancel_requested_at END,
        error_code = $3, error_message = $4, artifacts = artifacts || $5::jsonb, warnings = warnings || $6::jsonb
      WHERE id = $1 AND state = ANY($7)
      RETURNING id, account_id, surface, kind, callback_url, callback_events, event_seq, artifacts`,
    values: [
      jobId,
      end.state,
      end.state === 'failed' ? end.error.code : null,
      end.state === 'failed' ? end.error.message : null,
      JSON.stringify(end.state === 'succeeded' ? end.artifacts : []),
      JSON.stringify(end.state === 'succeeded' ? end.warnings : []),
      startsOf[end.state],
    ],
  });
  if (job === null)
    throw new Error(`job ${jobId} cannot become ${end.state}: it is in none of ${startsOf[end.state].join(', ')}`);
  await tx.run({
    text: 'INSERT INTO events (job_id, seq, type, data) VALUES ($1, $2, $3, $4)',
    values: [jobId, job.event_seq, `job.${end.state}`, JSON.stringify(end.state === 'failed' ? { error: end.error } : {})],
  });
  await queueDeliveries(tx, ids, job, `job.${end.state}`);
  if (end.state !== 'succeeded') await refundCharge(tx, ids, jobId);
  await settleFiles(tx, jobId, end.state === 'succeeded' ? job.artifacts.map((artifact) => artifact.fileId) : []);
}

/** The states a job may come from, as `jobTransitions` of the core allows. */
const startsOf = {
  succeeded: ['running'],
  failed: ['queued', 'running'],
  cancelled: ['queued', 'running'],
} as const;

/** Results stay; intermediates and what lost attempts left go with the next sweep. */
async function settleFiles(tx: Sql, jobId: string, resultIds: readonly string[]): Promise<void> {
  await tx.run({
    text: `UPDATE files SET expires_at = clock_timestamp()
      WHERE job_id = $1 AND origin IN ('output', 'intermediate') AND NOT id = ANY($2)`,
    values: [jobId, resultIds],
  });
  if (resultIds.length === 0) return;
  const kept = await tx.run({
    text: `UPDATE files SET expires_at = NULL WHERE id = ANY($1) AND state = 'ready'`,
    values: [resultIds],
  });
  const wanted = new Set(resultIds).size;
  if (kept !== wanted) throw new Error(`job ${jobId} names ${wanted} results, ${kept} of them are ready files`);
}
