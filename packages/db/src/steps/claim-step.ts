import { type ClaimedStep, leaseSeconds, type StepResource, stepResultSchema, type StepType } from '@polyreel/core';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Sql } from '../sql/sql.ts';

interface ClaimedRow {
  step_id: string;
  key: string;
  type: StepType;
  params: unknown;
  attempt: number;
  timeout_seconds: number;
  job_id: string;
  account_id: string;
  surface: string;
  external_id: string;
  results: unknown;
}

/** Of each account's due steps so many are looked at: more than claims of one account ever lock at the same moment. */
const candidatesPerAccount = 64;

/**
 * One statement. Of steps that tie in priority and in the number of their account's running steps the oldest is taken, so an
 * account with a thousand due steps holds up another's first one by a single step. A locked step is somebody else's.
 *
 * `owners` hops from account to account in the index of due steps, `candidates` are the first steps of each: the cost follows
 * the number of accounts that wait, not of steps.
 */
const claimText = `
  WITH RECURSIVE owners AS (
    (SELECT account_id FROM steps WHERE state = 'due' AND resource = $1 ORDER BY account_id LIMIT 1)
    UNION ALL
    SELECT (SELECT steps.account_id FROM steps WHERE steps.state = 'due' AND steps.resource = $1
      AND steps.account_id > owners.account_id ORDER BY steps.account_id LIMIT 1)
    FROM owners WHERE owners.account_id IS NOT NULL
  ), busy AS (
    SELECT account_id, count(*) AS running FROM steps WHERE state = 'running' GROUP BY account_id
  ), candidates AS (
    SELECT first.*, coalesce(busy.running, 0) AS running FROM owners
      LEFT JOIN busy ON busy.account_id = owners.account_id
      CROSS JOIN LATERAL (
        SELECT steps.id, steps.priority, steps.run_at FROM steps
        WHERE steps.state = 'due' AND steps.resource = $1 AND steps.account_id = owners.account_id AND steps.run_at <= now()
        ORDER BY steps.priority DESC, steps.run_at, steps.id LIMIT ${candidatesPerAccount}
      ) AS first
  ), best AS (
    SELECT steps.id FROM unnest(ARRAY(SELECT id FROM candidates ORDER BY priority DESC, running, run_at, id)) WITH ORDINALITY AS line (id, place)
      JOIN steps ON steps.id = line.id
    WHERE steps.state = 'due'
    ORDER BY line.place LIMIT 1 FOR UPDATE OF steps SKIP LOCKED
  ), taken AS (
    UPDATE steps SET state = 'running', attempt = attempt + 1, lease_token = $3, worker_id = $2, progress_ratio = 0,
      lease_until = clock_timestamp() + $4 * interval '1 second', started_at = clock_timestamp()
    FROM best WHERE steps.id = best.id
    RETURNING steps.*
  ), started AS (
    UPDATE jobs SET state = 'running', started_at = clock_timestamp(), event_seq = jobs.event_seq + 1,
      retries = jobs.retries + CASE WHEN taken.attempt > 1 THEN 1 ELSE 0 END
    FROM taken WHERE jobs.id = taken.job_id AND jobs.state = 'queued'
    RETURNING jobs.id, jobs.event_seq
  ), retried AS (
    UPDATE jobs SET retries = jobs.retries + 1
    FROM taken WHERE jobs.id = taken.job_id AND jobs.state = 'running' AND taken.attempt > 1
  ), noted AS (
    INSERT INTO events (job_id, seq, type) SELECT id, event_seq, 'job.started' FROM started
  )
  SELECT taken.id AS step_id, taken.key, taken.type, taken.params, taken.attempt, taken.timeout_seconds, taken.job_id, taken.account_id,
    jobs.surface, jobs.external_id,
    (SELECT coalesce(jsonb_object_agg(done.key, done.result), '{}') FROM steps AS done
      WHERE done.job_id = taken.job_id AND done.state = 'succeeded') AS results
  FROM taken JOIN jobs ON jobs.id = taken.job_id`;

const resultsSchema = z.record(z.string(), stepResultSchema);

export async function claimStep(sql: Sql, query: { resource: StepResource; workerId: string }): Promise<ClaimedStep | null> {
  const leaseToken = randomUUID();
  const row = await sql.row<ClaimedRow>({
    name: 'claim_step',
    text: claimText,
    values: [query.resource, query.workerId, leaseToken, leaseSeconds],
  });
  if (row === null) return null;
  return {
    stepId: row.step_id,
    leaseToken,
    key: row.key,
    type: row.type,
    resource: query.resource,
    params: row.params,
    attempt: row.attempt,
    timeoutSeconds: row.timeout_seconds,
    jobId: row.job_id,
    accountId: row.account_id,
    surface: row.surface,
    externalId: row.external_id,
    results: resultsSchema.parse(row.results),
  };
}
