import { type ApiKeyRow, type ApiKeyStore, DomainError, type IdSource, type NewAuditEntry } from '@polyreel/core';
import { appendAudit } from '../audit/audit-store.ts';
import { isUniqueViolation } from '../sql/errors.ts';
import { lock } from '../sql/job-lock.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';

interface KeyRecord {
  id: string;
  account_id: string;
  name: string;
  prefix: string;
  last_four: string;
  surfaces: string[] | null;
  created_at: Date;
  last_used_at: Date | null;
  expires_at: Date | null;
  revoked_at: Date | null;
}

const columns = 'id, account_id, name, prefix, last_four, surfaces, created_at, last_used_at, expires_at, revoked_at';
const isLive = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())';

const toApiKeyRow = (row: KeyRecord): ApiKeyRow => ({
  id: row.id,
  accountId: row.account_id,
  name: row.name,
  prefix: row.prefix,
  lastFour: row.last_four,
  surfaces: row.surfaces,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
});

export function createApiKeyStore(sql: SqlPool, ids: IdSource): ApiKeyStore {
  const audited = (tx: Sql, audit: NewAuditEntry | undefined) => appendAudit(tx, ids, audit === undefined ? [] : [audit]);
  return {
    create: (query) =>
      sql.transaction(async (tx) => {
        await lock(tx, `keys:${query.accountId}`);
        await refuseTooMany(tx, query.accountId, query.liveMax);
        const row = await insertKey(tx, { ...query, surfaces: null });
        await audited(tx, query.audit);
        return row;
      }),
    async list(query) {
      if (query.afterId !== undefined && (await findKey(sql, { ...query, id: query.afterId })) === null)
        throw new DomainError('invalid_request', 'the cursor names no key', { code: 'invalid_cursor' });
      const rows = await sql.rows<KeyRecord>({
        text: `SELECT ${columns} FROM api_keys WHERE account_id = $1 AND ($3::text IS NULL OR id < $3) ORDER BY id DESC LIMIT $2`,
        values: [query.accountId, query.limit + 1, query.afterId ?? null],
      });
      return { keys: rows.slice(0, query.limit).map(toApiKeyRow), hasMore: rows.length > query.limit };
    },
    revoke: (query) =>
      sql.transaction(async (tx) => {
        const changed = await tx.run({
          text: 'UPDATE api_keys SET revoked_at = clock_timestamp() WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL',
          values: [query.id, query.accountId],
        });
        if (changed === 1) await audited(tx, query.audit);
        const key = await findKey(tx, query);
        return key && { key, isChanged: changed === 1 };
      }),
    rotate: (query) =>
      sql.transaction(async (tx) => {
        await lock(tx, `keys:${query.accountId}`);
        const before = await findKey(tx, query);
        if (before === null) return null;
        const old = await tx.row<KeyRecord>({
          text: `UPDATE api_keys SET expires_at = least(expires_at, clock_timestamp() + $3 * interval '1 second')
            WHERE id = $1 AND account_id = $2 AND ${isLive} RETURNING ${columns}`,
          values: [query.id, query.accountId, query.graceSeconds],
        });
        if (old === null) throw new DomainError('conflict', 'the key is revoked or has expired', { code: 'key_not_live' });
        await refuseTooMany(tx, query.accountId, query.liveMax);
        const fresh = await insertKey(tx, {
          ...query,
          name: before.name,
          surfaces: before.surfaces,
          expiresAt: before.expiresAt,
        });
        await tx.run({
          text: 'UPDATE api_keys SET policies = old.policies FROM api_keys AS old WHERE api_keys.id = $1 AND old.id = $2',
          values: [fresh.id, query.id],
        });
        await audited(tx, query.audit);
        return { fresh, old: toApiKeyRow(old) };
      }),
    async nameOf(keyId) {
      const row = await sql.row<{ name: string }>({ text: 'SELECT name FROM api_keys WHERE id = $1', values: [keyId] });
      return row?.name ?? null;
    },
  };
}

async function findKey(sql: Sql, query: { accountId: string; id: string }): Promise<ApiKeyRow | null> {
  const row = await sql.row<KeyRecord>({
    text: `SELECT ${columns} FROM api_keys WHERE id = $1 AND account_id = $2`,
    values: [query.id, query.accountId],
  });
  return row && toApiKeyRow(row);
}

async function insertKey(
  tx: Sql,
  query: {
    accountId: string;
    name: string;
    key: { id: string; sha256: string; prefix: string; lastFour: string };
    surfaces: readonly string[] | null;
    expiresAt: Date | null;
  },
): Promise<ApiKeyRow> {
  const { key } = query;
  try {
    const row = await tx.row<KeyRecord>({
      text: `INSERT INTO api_keys (id, account_id, name, sha256, prefix, last_four, surfaces, expires_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp()) RETURNING ${columns}`,
      values: [key.id, query.accountId, query.name, key.sha256, key.prefix, key.lastFour, query.surfaces, query.expiresAt],
    });
    if (row === null) throw new Error(`key ${key.id} was not inserted`);
    return toApiKeyRow(row);
  } catch (error) {
    if (!isUniqueViolation(error, 'api_keys_sha256_key')) throw error;
    throw new DomainError('conflict', 'this key exists already', { code: 'key_exists', cause: error });
  }
}

async function refuseTooMany(tx: Sql, accountId: string, liveMax: number): Promise<void> {
  const row = await tx.row<{ count: number }>({
    text: `SELECT count(*)::int AS count FROM api_keys WHERE account_id = $1 AND ${isLive}`,
    values: [accountId],
  });
  const count = row?.count ?? 0;
  if (count >= liveMax)
    throw new DomainError('invalid_request', `the account has ${count} live keys, ${liveMax} are allowed`, {
      code: 'too_many_keys',
    });
}
