import { DomainError, type EndpointKey, type EndpointRow, type EndpointStore, type IdSource } from '@polyreel/core';
import { appendAudit } from '../audit/audit-store.ts';
import { lock } from '../sql/job-lock.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';
import { listDeliveries, publishEvent, redeliver, sendOne } from './endpoint-deliveries.ts';

interface EndpointRecord {
  id: string;
  account_id: string;
  surface: string;
  url: string;
  events: string[];
  description: string | null;
  state: EndpointRow['state'];
  failing_since: Date | null;
  created_at: Date;
  updated_at: Date;
}

const columns = 'id, account_id, surface, url, events, description, state, failing_since, created_at, updated_at';

const toEndpointRow = (row: EndpointRecord): EndpointRow => ({
  id: row.id,
  accountId: row.account_id,
  surface: row.surface,
  url: row.url,
  events: row.events,
  description: row.description,
  state: row.state,
  failingSince: row.failing_since,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export function createEndpointStore(sql: SqlPool, ids: IdSource): EndpointStore {
  const audited = (tx: Sql, audit: Parameters<EndpointStore['create']>[0]['audit']): Promise<void> =>
    appendAudit(tx, ids, audit === undefined ? [] : [audit]);
  return {
    create: (endpoint) =>
      sql.transaction(async (tx) => {
        await lock(tx, `endpoints:${endpoint.accountId}:${endpoint.surface}`);
        await refuseTooMany(tx, endpoint);
        const row = await tx.row<EndpointRecord>({
          text: `INSERT INTO endpoints (id, account_id, surface, url, events, description, created_at, updated_at)
            SELECT $1, $2, $3, $4, $5, $6, made, made FROM clock_timestamp() AS made RETURNING ${columns}`,
          values: [endpoint.id, endpoint.accountId, endpoint.surface, endpoint.url, endpoint.events, endpoint.description],
        });
        if (row === null) throw new Error(`endpoint ${endpoint.id} was not inserted`);
        await insertSecret(tx, endpoint, endpoint.secret);
        await audited(tx, endpoint.audit);
        return toEndpointRow(row);
      }),
    async list(query) {
      const values: unknown[] = [query.accountId, query.surface, query.limit + 1];
      if (query.afterId !== undefined) {
        values.push(query.afterId);
        if ((await findEndpoint(sql, { ...query, id: query.afterId })) === null)
          throw new DomainError('invalid_request', 'the cursor names no endpoint', { code: 'invalid_cursor' });
      }
      const rows = await sql.rows<EndpointRecord>({
        text: `SELECT ${columns} FROM endpoints WHERE account_id = $1 AND surface = $2 AND state <> 'deleted'
          ${query.afterId === undefined ? '' : 'AND id < $4'} ORDER BY id DESC LIMIT $3`,
        values,
      });
      return { endpoints: rows.slice(0, query.limit).map(toEndpointRow), hasMore: rows.length > query.limit };
    },
    find: (key) => findEndpoint(sql, key),
    update: (key, changes) =>
      sql.transaction(async (tx) => {
        const row = await tx.row<EndpointRecord>({
          text: `UPDATE endpoints SET url = coalesce($4, url), events = coalesce($5, events),
              description = CASE WHEN $6 THEN $7 ELSE description END, state = coalesce($8, state),
              failing_since = CASE WHEN $8 = 'active' THEN NULL ELSE failing_since END, updated_at = clock_timestamp()
            WHERE id = $1 AND account_id = $2 AND surface = $3 AND state <> 'deleted' RETURNING ${columns}`,
          values: [
            ...[key.id, key.accountId, key.surface, changes.url ?? null, changes.events ?? null],
            ...[changes.description !== undefined, changes.description ?? null, changes.state ?? null],
          ],
        });
        if (row === null) return null;
        if (changes.url !== undefined)
          await tx.run({
            text: `UPDATE deliveries SET url = $2 WHERE endpoint_id = $1 AND state = 'pending'`,
            values: [key.id, changes.url],
          });
        await audited(tx, key.audit);
        return toEndpointRow(row);
      }),
    remove: (key) =>
      sql.transaction(async (tx) => {
        const before = await findEndpoint(tx, key);
        if (before === null) return null;
        const gone = await tx.run({
          text: `UPDATE endpoints SET state = 'deleted', updated_at = clock_timestamp() WHERE id = $1 AND state <> 'deleted'`,
          values: [key.id],
        });
        if (gone === 0) return null;
        await tx.run({
          text: `UPDATE deliveries SET state = 'cancelled', finished_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
            WHERE endpoint_id = $1 AND state = 'pending'`,
          values: [key.id],
        });
        await tx.run({ text: 'DELETE FROM webhook_secrets WHERE endpoint_id = $1', values: [key.id] });
        await audited(tx, key.audit);
        return before;
      }),
    async secrets(endpointId) {
      const rows = await sql.rows<{ sealed: string }>({
        text: `SELECT sealed FROM webhook_secrets WHERE endpoint_id = $1 AND (expires_at IS NULL OR expires_at > clock_timestamp())
          ORDER BY expires_at DESC NULLS FIRST, created_at DESC`,
        values: [endpointId],
      });
      return rows.map((row) => row.sealed);
    },
    rotateSecret: (query) =>
      sql.transaction(async (tx) => {
        await lock(tx, `endpoint-secrets:${query.id}`);
        const endpoint = await findEndpoint(tx, query);
        if (endpoint === null) return null;
        // Those that overlapped until now end, the current one overlaps.
        await tx.run({
          text: `UPDATE webhook_secrets
            SET expires_at = clock_timestamp() + CASE WHEN expires_at IS NULL THEN $2 ELSE 0 END * interval '1 second'
            WHERE endpoint_id = $1 AND (expires_at IS NULL OR expires_at > clock_timestamp())`,
          values: [query.id, query.overlapSeconds],
        });
        await insertSecret(tx, query, query.secret);
        await audited(tx, query.audit);
        return endpoint;
      }),
    deliveries: (query) => listDeliveries(sql, query),
    send: (query) =>
      sql.transaction(async (tx) => {
        const sent = await sendOne(tx, query);
        if (sent !== null) await audited(tx, query.audit);
        return sent;
      }),
    redeliver: (query) =>
      sql.transaction(async (tx) => {
        const sent = await redeliver(tx, query);
        if (sent !== null) await audited(tx, query.audit);
        return sent;
      }),
    publish: (event) => sql.transaction((tx) => publishEvent(tx, ids, event)),
  };
}

async function findEndpoint(sql: Sql, key: EndpointKey): Promise<EndpointRow | null> {
  const row = await sql.row<EndpointRecord>({
    text: `SELECT ${columns} FROM endpoints WHERE id = $1 AND account_id = $2 AND surface = $3 AND state <> 'deleted'`,
    values: [key.id, key.accountId, key.surface],
  });
  return row && toEndpointRow(row);
}

async function refuseTooMany(
  tx: Sql,
  { accountId, surface, endpointsMax }: { accountId: string; surface: string; endpointsMax: number },
): Promise<void> {
  const row = await tx.row<{ count: number }>({
    text: `SELECT count(*)::int AS count FROM endpoints WHERE account_id = $1 AND surface = $2 AND state <> 'deleted'`,
    values: [accountId, surface],
  });
  const count = row?.count ?? 0;
  if (count >= endpointsMax)
    throw new DomainError('invalid_request', `the account has ${count} webhooks, ${endpointsMax} are allowed`, {
      code: 'too_many_endpoints',
    });
}

async function insertSecret(
  tx: Sql,
  endpoint: { id: string; accountId: string },
  secret: { id: string; sealed: string },
): Promise<void> {
  await tx.run({
    text: 'INSERT INTO webhook_secrets (id, account_id, endpoint_id, sealed, created_at) VALUES ($1, $2, $3, $4, clock_timestamp())',
    values: [secret.id, endpoint.accountId, endpoint.id, secret.sealed],
  });
}
