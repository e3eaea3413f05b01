import { type AccountRow, type AccountStore, DomainError, type KeyRow, type Principal } from '@polyreel/core';
import { type SafetyPolicy, safetyPolicySchema } from '@polyreel/core/safety';
import { isUniqueViolation } from '../sql/errors.ts';
import type { SqlPool } from '../sql/sql.ts';

interface AccountRecord {
  id: string;
  name: string;
  role: AccountRow['role'];
  created_at: Date;
}

interface KeyRecord {
  id: string;
  account_id: string;
  name: string;
  prefix: string;
  last_four: string;
  surfaces: string[] | null;
  created_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

const keyColumns = 'id, account_id, name, prefix, last_four, surfaces, created_at, last_used_at, revoked_at';

const toAccountRow = (row: AccountRecord): AccountRow => ({
  id: row.id,
  name: row.name,
  role: row.role,
  createdAt: row.created_at,
});

const toKeyRow = (row: KeyRecord): KeyRow => ({
  id: row.id,
  accountId: row.account_id,
  name: row.name,
  prefix: row.prefix,
  lastFour: row.last_four,
  surfaces: row.surfaces,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
});

/** A policy that cannot be read is no reason to fall back to another one. */
function readPolicy(keyId: string, stored: unknown): SafetyPolicy | null {
  if (stored === null) return null;
  const policy = safetyPolicySchema.safeParse(stored);
  if (policy.success) return policy.data;
  throw new DomainError('internal', `the safety policy of key ${keyId} cannot be read`, { cause: policy.error });
}

/** Changes of keys and accounts are announced by triggers, whoever makes them. */
export function createAccountStore(sql: SqlPool): AccountStore {
  return {
    async createAccount(account) {
      try {
        const row = await sql.row<AccountRecord>({
          text: 'INSERT INTO accounts (id, name, role) VALUES ($1, $2, $3) RETURNING id, name, role, created_at',
          values: [account.id, account.name, account.role],
        });
        if (row === null) throw new Error(`account ${account.id} was not inserted`);
        return toAccountRow(row);
      } catch (error) {
        if (!isUniqueViolation(error, 'accounts_name_key')) throw error;
        throw new DomainError('conflict', `an account named ${account.name} exists`, {
          code: 'account_name_taken',
          cause: error,
        });
      }
    },
    async findAccountByName(name) {
      const row = await sql.row<AccountRecord>({
        text: `SELECT id, name, role, created_at FROM accounts WHERE name = $1 AND state <> 'deleted'`,
        values: [name],
      });
      return row && toAccountRow(row);
    },
    async countAccounts() {
      return (await sql.row<{ count: number }>({ text: 'SELECT count(*)::int AS count FROM accounts' }))?.count ?? 0;
    },
    async setActive(login, isActive) {
      const row = await sql.row({
        text: `UPDATE accounts SET state = $2, updated_at = now()
          WHERE state = $3 AND (name = $1 OR lower(username) = lower($1) OR lower(email) = lower($1)) RETURNING id`,
        values: [login, ...(isActive ? ['active', 'disabled'] : ['disabled', 'active'])],
      });
      return row !== null;
    },
    async createKey(key) {
      try {
        const row = await sql.row<KeyRecord>({
          text: `INSERT INTO api_keys (id, account_id, name, sha256, prefix, last_four, surfaces) VALUES ($1, $2, $3, $4, $5, $6, $7)
            RETURNING ${keyColumns}`,
          values: [key.id, key.accountId, key.name, key.sha256, key.prefix, key.lastFour, key.surfaces],
        });
        if (row === null) throw new Error(`key ${key.id} was not inserted`);
        return toKeyRow(row);
      } catch (error) {
        if (!isUniqueViolation(error, 'api_keys_sha256_key')) throw error;
        throw new DomainError('conflict', 'this key exists already', { code: 'key_exists', cause: error });
      }
    },
    async findPrincipalBySha256(sha256): Promise<Principal | null> {
      const row = await sql.row<{
        account_id: string;
        id: string;
        role: Principal['role'];
        surfaces: string[] | null;
        safety: unknown;
      }>({
        name: 'principal_by_sha256',
        text: `SELECT api_keys.account_id, api_keys.id, accounts.role, api_keys.surfaces, api_keys.policies -> 'safety' AS safety
          FROM api_keys JOIN accounts ON accounts.id = api_keys.account_id
          WHERE api_keys.sha256 = $1 AND api_keys.revoked_at IS NULL AND accounts.state = 'active'
            AND (api_keys.expires_at IS NULL OR api_keys.expires_at > now())`,
        values: [sha256],
      });
      if (row === null) return null;
      const safety = readPolicy(row.id, row.safety);
      return { accountId: row.account_id, keyId: row.id, role: row.role, surfaces: row.surfaces, ...(safety && { safety }) };
    },
    async listKeys(accountId) {
      const rows = await sql.rows<KeyRecord>({
        text: `SELECT ${keyColumns} FROM api_keys WHERE $1::text IS NULL OR account_id = $1 ORDER BY created_at, id`,
        values: [accountId],
      });
      return rows.map(toKeyRow);
    },
    async revokeKey(keyId) {
      const changed = await sql.run({
        text: 'UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL',
        values: [keyId],
      });
      return changed === 1;
    },
    async readSafetyPolicy(keyId) {
      const row = await sql.row<{ safety: unknown }>({
        text: `SELECT policies -> 'safety' AS safety FROM api_keys WHERE id = $1 AND revoked_at IS NULL`,
        values: [keyId],
      });
      return row && readPolicy(keyId, row.safety);
    },
    async writeSafetyPolicy(keyId, policy) {
      const changed = await sql.run({
        text: `UPDATE api_keys SET policies = CASE WHEN $2::jsonb IS NULL THEN policies - 'safety'
            ELSE jsonb_set(policies, '{safety}', $2::jsonb) END WHERE id = $1 AND revoked_at IS NULL`,
        values: [keyId, policy === null ? null : JSON.stringify(policy)],
      });
      return changed === 1;
    },
    async touchKeys(keyIds) {
      await sql.run({
        text: `UPDATE api_keys SET last_used_at = now()
          WHERE id = ANY($1) AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
        values: [keyIds],
      });
    },
  };
}
