import { DomainError, type Idempotency, type JobView, type NewJob } from '@polyreel/core';
import { lock } from '../sql/job-lock.ts';
import type { Sql } from '../sql/sql.ts';
import { type JobRow, jobColumns, toJobView } from './job-row.ts';

export interface ReplayQuery {
  /** Id of the API key, or of the account where there is none. */
  readonly owner: string;
  readonly surface: string;
  readonly idempotency: Idempotency;
}

/** The job that the request's idempotency key already stands for. Throws DomainError `idempotency_mismatch`. */
export async function readReplay(sql: Sql, { owner, surface, idempotency }: ReplayQuery): Promise<JobView | null> {
  const row = await sql.row<JobRow & { fingerprint: string; answer_status: number | null; answer_body: string | null }>({
    name: 'read_replay',
    text: `SELECT ${jobColumns}, kept.fingerprint, kept.answer_status, kept.answer_body FROM idempotency_keys AS kept JOIN jobs ON jobs.id = kept.job_id
      WHERE kept.key_id = $1 AND kept.surface = $2 AND kept.idempotency_key = $3 AND kept.expires_at > now()`,
    values: [owner, surface, idempotency.key],
  });
  if (row === null) return null;
  if (row.fingerprint !== idempotency.fingerprint)
    throw new DomainError('idempotency_mismatch', 'the idempotency key was used for another request', {
      details: { jobId: row.id, externalId: row.external_id },
    });
  const { answer_status: status, answer_body: body } = row;
  return { ...toJobView(row), ...(status !== null && body !== null && { storedAnswer: { status, body } }) };
}

/**
 * As `readReplay`, inside a submit. Holds a lock on the key until the transaction ends, so that of two equal requests at once one
 * waits and then sees the other's job.
 */
export async function findReplay(tx: Sql, job: NewJob): Promise<JobView | null> {
  if (job.idempotency === undefined) return null;
  const owner = ownerOf(job);
  await lock(tx, `idempotency:${owner}:${job.surface}:${job.idempotency.key}`);
  return readReplay(tx, { owner, surface: job.surface, idempotency: job.idempotency });
}

const ownerOf = (job: NewJob): string => job.keyId ?? job.accountId;

/** Takes the place of an expired one. */
export async function writeIdempotencyKey(tx: Sql, job: NewJob, idempotency: Idempotency): Promise<void> {
  await tx.run({
    text: `INSERT INTO idempotency_keys (key_id, surface, idempotency_key, fingerprint, job_id, expires_at, answer_status, answer_body)
      VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 second', $7, $8)
      ON CONFLICT (key_id, surface, idempotency_key) DO UPDATE SET fingerprint = excluded.fingerprint, job_id = excluded.job_id,
        created_at = excluded.created_at, expires_at = excluded.expires_at, answer_status = excluded.answer_status,
        answer_body = excluded.answer_body`,
    values: [
      ...[ownerOf(job), job.surface, idempotency.key, idempotency.fingerprint, job.id, idempotency.ttlSeconds],
      ...[idempotency.answer?.status ?? null, idempotency.answer?.body ?? null],
    ],
  });
}
