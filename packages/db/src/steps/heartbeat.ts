import { leaseSeconds, type StepLease } from '@polyreel/core';
import type { Sql } from '../sql/sql.ts';

type Beat = StepLease & { readonly progressRatio: number };

/**
 * Two statements, each its own transaction: no step stays locked while the job's row is waited for. A step that somebody locks is
 * about to end and is passed by; waiting for it could cross with a transaction that waits for another of our steps.
 */
export async function heartbeat(
  sql: Sql,
  leases: readonly Beat[],
): Promise<{ lost: readonly string[]; cancelled: readonly string[] }> {
  if (leases.length === 0) return { lost: [], cancelled: [] };
  const rows = await sql.rows<{ step_id: string; job_id: string | null; is_cancelled: boolean }>({
    name: 'prolong_leases',
    text: `WITH given AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::float8[]) AS given (step_id, token, ratio)
      ), held AS (
        SELECT steps.id, given.ratio FROM steps JOIN given ON given.step_id = steps.id
        WHERE steps.state = 'running' AND steps.lease_token = given.token
        FOR UPDATE OF steps SKIP LOCKED
      ), prolonged AS (
        UPDATE steps SET lease_until = clock_timestamp() + $4 * interval '1 second',
          progress_ratio = greatest(steps.progress_ratio, least(1, greatest(0, held.ratio)))
        FROM held WHERE steps.id = held.id
      )
      SELECT given.step_id, jobs.id AS job_id, jobs.cancel_requested_at IS NOT NULL AS is_cancelled
      FROM given
        LEFT JOIN steps ON steps.id = given.step_id AND steps.state = 'running' AND steps.lease_token = given.token
        LEFT JOIN jobs ON jobs.id = steps.job_id`,
    values: [
      leases.map((lease) => lease.stepId),
      leases.map((lease) => lease.leaseToken),
      leases.map((lease) => (Number.isFinite(lease.progressRatio) ? lease.progressRatio : 0)),
      leaseSeconds,
    ],
  });
  const jobIds = new Set(rows.flatMap((row) => (row.job_id === null ? [] : [row.job_id])));
  if (jobIds.size > 0) await raiseProgress(sql, [...jobIds]);
  return {
    lost: rows.filter((row) => row.job_id === null).map((row) => row.step_id),
    cancelled: rows.filter((row) => row.is_cancelled).map((row) => row.step_id),
  };
}

/** Weighted mean over the job's steps; less than a thousandth is not worth a version. */
const smallestRise = 0.001;

async function raiseProgress(sql: Sql, jobIds: readonly string[]): Promise<void> {
  await sql.run({
    name: 'raise_progress',
    text: `WITH reached AS (
        SELECT job_id, sum(weight * progress_ratio) / sum(weight) AS ratio FROM steps WHERE job_id = ANY($1) GROUP BY job_id
      ), risen AS (
        SELECT jobs.id, reached.ratio FROM jobs JOIN reached ON reached.job_id = jobs.id
        WHERE jobs.state = 'running' AND reached.ratio >= jobs.progress_ratio + $2
        ORDER BY jobs.id FOR NO KEY UPDATE OF jobs
      )
      UPDATE jobs SET progress_ratio = least(1, risen.ratio) FROM risen WHERE jobs.id = risen.id`,
    values: [jobIds, smallestRise],
  });
}
