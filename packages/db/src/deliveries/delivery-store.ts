import { randomUUID } from 'node:crypto';
import {
  type ClaimedDelivery,
  type DeliveryAttemptRow,
  type DeliveryLease,
  type DeliveryStore,
  type DeliveryVerdict,
  deliveryLeaseSeconds,
  endpointPauseSeconds,
} from '@polyreel/core';
import type { Sql, SqlPool } from '../sql/sql.ts';

interface ClaimedRecord {
  id: string;
  account_id: string;
  job_id: string | null;
  file_id: string | null;
  endpoint_id: string | null;
  surface: string;
  event: string;
  url: string;
  target: string;
  body: string | null;
  attempts: number;
  created_at: Date;
}

const isDue = `deliveries.state = 'pending' AND deliveries.next_attempt_at <= now()
  AND (deliveries.lease_until IS NULL OR deliveries.lease_until < now())`;

export function createDeliveryStore(sql: SqlPool): DeliveryStore {
  return {
    claim: (query) => claim(sql, query),
    async freezeBody(lease, body) {
      const row = await sql.row<{ body: string }>({
        text: 'UPDATE deliveries SET body = coalesce(body, $3) WHERE id = $1 AND lease_token = $2 RETURNING body',
        values: [lease.deliveryId, lease.leaseToken, body],
      });
      return row?.body ?? null;
    },
    record: (lease, row, verdict) => sql.transaction((tx) => record(tx, lease, row, verdict)),
    async handBack(lease) {
      await sql.run({
        text: `UPDATE deliveries SET attempts = attempts - 1, lease_token = NULL, lease_until = NULL WHERE id = $1 AND lease_token = $2`,
        values: [lease.deliveryId, lease.leaseToken],
      });
    },
  };
}

async function claim(
  sql: Sql,
  query: { limit: number; perTarget: number; busyTargets: readonly string[] },
): Promise<readonly ClaimedDelivery[]> {
  const leaseToken = randomUUID();
  const rows = await sql.rows<ClaimedRecord>({
    name: 'claim_deliveries',
    text: `WITH ranked AS (
        SELECT deliveries.id, row_number() OVER (PARTITION BY deliveries.target ORDER BY deliveries.next_attempt_at, deliveries.id) AS place
        FROM deliveries LEFT JOIN endpoints ON endpoints.id = deliveries.endpoint_id
        WHERE ${isDue} AND NOT deliveries.target = ANY($4) AND (deliveries.endpoint_id IS NULL OR endpoints.state = 'active')
      ), best AS (
        SELECT deliveries.id FROM deliveries JOIN ranked ON ranked.id = deliveries.id
        WHERE ranked.place <= $3 AND ${isDue}
        ORDER BY deliveries.next_attempt_at, deliveries.id LIMIT $2 FOR UPDATE OF deliveries SKIP LOCKED
      )
      UPDATE deliveries SET attempts = attempts + 1, lease_token = $1, lease_until = clock_timestamp() + $5 * interval '1 second'
      FROM best WHERE deliveries.id = best.id
      RETURNING deliveries.id, account_id, job_id, file_id, endpoint_id, surface, event, url, target, body, attempts, created_at`,
    values: [leaseToken, query.limit, query.perTarget, query.busyTargets, deliveryLeaseSeconds],
  });
  return rows.map((row) => ({
    deliveryId: row.id,
    leaseToken,
    accountId: row.account_id,
    jobId: row.job_id,
    fileId: row.file_id,
    endpointId: row.endpoint_id,
    surface: row.surface,
    event: row.event,
    url: row.url,
    target: row.target,
    body: row.body,
    attempt: row.attempts,
    createdAt: row.created_at,
  }));
}

async function record(tx: Sql, lease: DeliveryLease, attempt: DeliveryAttemptRow, verdict: DeliveryVerdict): Promise<boolean> {
  const state = verdict.kind === 'retry' ? 'pending' : verdict.kind;
  const delivery = await tx.row<{ endpoint_id: string | null }>({
    text: `UPDATE deliveries SET state = $3, lease_token = NULL, lease_until = NULL,
        next_attempt_at = clock_timestamp() + $4 * interval '1 second',
        finished_at = CASE WHEN $3 = 'pending' THEN NULL ELSE clock_timestamp() END
      WHERE id = $1 AND lease_token = $2 AND state = 'pending' RETURNING endpoint_id`,
    values: [lease.deliveryId, lease.leaseToken, state, verdict.kind === 'retry' ? verdict.retryInSeconds : 0],
  });
  if (delivery === null) return false;
  await tx.run({
    text: `INSERT INTO delivery_attempts (delivery_id, attempt, started_at, duration_ms, status_code, error_code, response_excerpt)
      VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    values: [
      lease.deliveryId,
      attempt.attempt,
      attempt.startedAt,
      Math.round(attempt.durationMs),
      attempt.statusCode,
      attempt.errorCode,
      attempt.responseExcerpt?.replaceAll('\0', '\u{FFFD}').toWellFormed() ?? null,
    ],
  });
  if (delivery.endpoint_id !== null) await noteHealth(tx, delivery.endpoint_id, verdict);
  return true;
}

/** Five days without one success, or the receiver's word that it is gone, pause an endpoint. */
async function noteHealth(tx: Sql, endpointId: string, verdict: DeliveryVerdict): Promise<void> {
  if (verdict.kind === 'delivered') {
    await tx.run({
      text: 'UPDATE endpoints SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL',
      values: [endpointId],
    });
    return;
  }
  await tx.run({
    text: `UPDATE endpoints SET failing_since = coalesce(failing_since, clock_timestamp()), updated_at = clock_timestamp(),
        state = CASE WHEN state = 'active' AND ($2 OR failing_since < clock_timestamp() - $3 * interval '1 second') THEN 'paused'
          ELSE state END
      WHERE id = $1`,
    values: [endpointId, verdict.kind === 'failed' && verdict.isGone, endpointPauseSeconds],
  });
}
