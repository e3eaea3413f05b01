import type { IdSource } from '@polyreel/core';
import type { Sql } from '../sql/sql.ts';

/**
 * A job's event for everybody who asked for it: its one-off callback and the account's endpoints of the surface. An endpoint asks for
 * `job.succeeded`, or for that of one kind of job alone: `job.succeeded:timeline`.
 */
export async function queueDeliveries(
  tx: Sql,
  ids: IdSource,
  job: { id: string; account_id: string; surface: string; kind: string; callback_url: string | null; callback_events: readonly string[] },
  event: string,
): Promise<void> {
  const places: { endpointId: string | null; url: string; target: string }[] = [];
  if (job.callback_url !== null && job.callback_events.includes(event))
    places.push({ endpointId: null, url: job.callback_url, target: new URL(job.callback_url).origin });
  const endpoints = await tx.rows<{ id: string; url: string }>({
    text: `SELECT id, url FROM endpoints WHERE account_id = $1 AND surface = $2 AND state <> 'deleted' AND events && $3::text[]`,
    values: [job.account_id, job.surface, [event, `${event}:${job.kind}`]],
  });
  for (const { id, url } of endpoints) places.push({ endpointId: id, url, target: id });
  for (const place of places) {
    await tx.run({
      text: `INSERT INTO deliveries (id, account_id, job_id, endpoint_id, surface, event, url, target, next_attempt_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp())`,
      values: [ids.next('delivery'), job.account_id, job.id, place.endpointId, job.surface, event, place.url, place.target],
    });
  }
}
