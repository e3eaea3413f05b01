import { type Charge, DomainError, type IdSource, type NewJob } from '@polyreel/core';
import { lock } from '../sql/job-lock.ts';
import type { Sql } from '../sql/sql.ts';

/** Takes the job's credits; with an allowance, one submit at a time an account and surface, so that it is never overdrawn. */
export async function takeCharge(tx: Sql, ids: IdSource, job: NewJob, charge: Charge): Promise<void> {
  if (charge.allowance !== null) {
    await lock(tx, `credits:${job.accountId}:${job.surface}`);
    const taken = await creditsTaken(tx, { accountId: job.accountId, surface: job.surface, since: charge.allowance.since });
    const left = charge.allowance.credits - taken;
    if (left < charge.credits)
      throw new DomainError('no_credits', `the job costs ${charge.credits} credits, ${Math.max(0, left)} are left`, {
        details: { creditsRemaining: Math.max(0, left) },
      });
  }
  await tx.run({
    text: `INSERT INTO ledger_entries (id, account_id, job_id, surface, kind, credits) VALUES ($1, $2, $3, $4, 'charge', $5)`,
    values: [ids.next('ledger'), job.accountId, job.id, job.surface, charge.credits],
  });
}

/** A refund counts in the period of its charge, whenever it was given. */
export async function creditsTaken(sql: Sql, query: { accountId: string; surface: string; since: Date }): Promise<number> {
  const row = await sql.row<{ taken: number }>({
    text: `SELECT coalesce(sum(entry.credits), 0)::int AS taken FROM ledger_entries AS entry
      WHERE entry.account_id = $1 AND entry.surface = $2 AND entry.created_at >= $3 AND (entry.kind <> 'refund' OR EXISTS (
        SELECT FROM ledger_entries AS charge
        WHERE charge.job_id = entry.job_id AND charge.kind = 'charge' AND charge.created_at >= $3))`,
    values: [query.accountId, query.surface, query.since],
  });
  return row?.taken ?? 0;
}

/** Gives back what the job took and still holds. */
export async function refundCharge(tx: Sql, ids: IdSource, jobId: string): Promise<void> {
  await tx.run({
    text: `INSERT INTO ledger_entries (id, account_id, job_id, surface, kind, credits)
      SELECT $1, account_id, job_id, surface, 'refund', -sum(credits) FROM ledger_entries WHERE job_id = $2
      GROUP BY account_id, job_id, surface HAVING sum(credits) > 0`,
    values: [ids.next('ledger'), jobId],
  });
}
