import {
  type DeliveryLogAttempt,
  type DeliveryLogRow,
  DomainError,
  type EndpointKey,
  type EndpointStore,
  type IdSource,
} from '@polyreel/core';
import type { Sql } from '../sql/sql.ts';

interface DeliveryRecord {
  id: string;
  account_id: string;
  endpoint_id: string | null;
  event: string;
  job_id: string | null;
  url: string;
  state: DeliveryLogRow['state'];
  body: string | null;
  next_attempt_at: Date;
  created_at: Date;
  finished_at: Date | null;
}

interface AttemptRecord {
  delivery_id: string;
  attempt: number;
  started_at: Date;
  duration_ms: number;
  status_code: number | null;
  error_code: string | null;
  response_excerpt: string | null;
}

const names = ['id', 'account_id', 'endpoint_id', 'event', 'job_id', 'url', 'state', 'body', 'next_attempt_at', 'created_at'];
const columns = [...names, 'finished_at'].map((name) => `deliveries.${name}`).join(', ');

const toAttempt = (row: AttemptRecord): DeliveryLogAttempt => ({
  attempt: row.attempt,
  startedAt: row.started_at,
  durationMs: row.duration_ms,
  statusCode: row.status_code,
  errorCode: row.error_code,
  responseExcerpt: row.response_excerpt,
});

const toLogRow = (row: DeliveryRecord, attempts: readonly DeliveryLogAttempt[]): DeliveryLogRow => ({
  id: row.id,
  endpointId: row.endpoint_id,
  event: row.event,
  jobId: row.job_id,
  url: row.url,
  state: row.state,
  body: row.body,
  nextAttemptAt: row.state === 'pending' ? row.next_attempt_at : null,
  createdAt: row.created_at,
  finishedAt: row.finished_at,
  attempts,
});

type LogQuery = Parameters<EndpointStore['deliveries']>[0];

export async function listDeliveries(sql: Sql, query: LogQuery): ReturnType<EndpointStore['deliveries']> {
  if ((await lockEndpoint(sql, query)) === null) return null;
  const values: unknown[] = [query.id];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const conditions = ['endpoint_id = $1'];
  if (query.state !== undefined) conditions.push(`state = ${place(query.state)}`);
  if (query.afterId !== undefined) {
    const cursor = await sql.row({
      text: 'SELECT 1 FROM deliveries WHERE id = $1 AND endpoint_id = $2',
      values: [query.afterId, query.id],
    });
    if (cursor === null) throw new DomainError('invalid_request', 'the cursor names no delivery', { code: 'invalid_cursor' });
    const after = place(query.afterId);
    conditions.push(`(created_at, id) < (SELECT created_at, id FROM deliveries WHERE id = ${after})`);
  }
  const rows = await sql.rows<DeliveryRecord>({
    text: `SELECT ${columns} FROM deliveries WHERE ${conditions.join(' AND ')}
      ORDER BY created_at DESC, id DESC LIMIT ${place(query.limit + 1)}`,
    values,
  });
  const shown = rows.slice(0, query.limit);
  const attempts = await sql.rows<AttemptRecord>({
    text: `SELECT delivery_id, attempt, started_at, duration_ms, status_code, error_code, response_excerpt
      FROM delivery_attempts WHERE delivery_id = ANY($1) ORDER BY delivery_id, attempt`,
    values: [shown.map((row) => row.id)],
  });
  const byDelivery = Map.groupBy(attempts, (row) => row.delivery_id);
  const deliveries = shown.map((row) => toLogRow(row, (byDelivery.get(row.id) ?? []).map(toAttempt)));
  return { deliveries, hasMore: rows.length > query.limit };
}

/** Its URL; null: not found. */
async function lockEndpoint(sql: Sql, key: EndpointKey): Promise<string | null> {
  const row = await sql.row<{ url: string }>({
    text: `SELECT url FROM endpoints WHERE id = $1 AND account_id = $2 AND surface = $3 AND state <> 'deleted' FOR SHARE`,
    values: [key.id, key.accountId, key.surface],
  });
  return row?.url ?? null;
}

export async function sendOne(tx: Sql, query: Parameters<EndpointStore['send']>[0]): Promise<DeliveryLogRow | null> {
  const url = await lockEndpoint(tx, query);
  if (url === null) return null;
  return insertDelivery(tx, { ...query, id: query.deliveryId, endpointId: query.id, url, jobId: null });
}

/** One message to every active endpoint that asked for its event. */
export async function publishEvent(tx: Sql, ids: IdSource, event: Parameters<EndpointStore['publish']>[0]): Promise<number> {
  const endpoints = await tx.rows<{ id: string; url: string }>({
    text: `SELECT id, url FROM endpoints WHERE account_id = $1 AND surface = $2 AND state <> 'deleted' AND $3 = ANY(events)
      FOR SHARE`,
    values: [event.accountId, event.surface, event.event],
  });
  for (const endpoint of endpoints)
    await insertDelivery(tx, {
      ...event,
      id: ids.next('delivery'),
      endpointId: endpoint.id,
      url: endpoint.url,
      jobId: null,
    });
  return endpoints.length;
}

/** To the endpoint as it is now; a one-off callback goes to its old URL. */
export async function redeliver(tx: Sql, query: Parameters<EndpointStore['redeliver']>[0]): Promise<DeliveryLogRow | null> {
  const old = await tx.row<DeliveryRecord & { endpoint_url: string }>({
    text: `SELECT ${columns}, endpoints.url AS endpoint_url FROM deliveries JOIN endpoints ON endpoints.id = deliveries.endpoint_id
      WHERE deliveries.id = $1 AND deliveries.account_id = $2 AND deliveries.surface = $3 AND endpoints.state <> 'deleted'
      FOR SHARE OF endpoints`,
    values: [query.deliveryId, query.accountId, query.surface],
  });
  if (old === null || old.endpoint_id === null) return null;
  if (old.state === 'pending')
    throw new DomainError('conflict', 'the delivery is still being tried', { code: 'delivery_pending' });
  return insertDelivery(tx, {
    id: query.newDeliveryId,
    accountId: query.accountId,
    surface: query.surface,
    endpointId: old.endpoint_id,
    event: old.event,
    url: old.endpoint_url,
    jobId: old.job_id,
    body: old.body,
  });
}

async function insertDelivery(
  tx: Sql,
  delivery: {
    id: string;
    accountId: string;
    surface: string;
    endpointId: string;
    event: string;
    url: string;
    jobId: string | null;
    body: string | null;
  },
): Promise<DeliveryLogRow> {
  const row = await tx.row<DeliveryRecord>({
    text: `INSERT INTO deliveries (id, account_id, job_id, endpoint_id, surface, event, url, target, body, next_attempt_at, created_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $4, $8, clock_timestamp(), clock_timestamp()) RETURNING ${columns}`,
    values: [
      ...[delivery.id, delivery.accountId, delivery.jobId, delivery.endpointId, delivery.surface, delivery.event, delivery.url],
      delivery.body,
    ],
  });
  if (row === null) throw new Error(`delivery ${delivery.id} was not inserted`);
  return toLogRow(row, []);
}
