import { type BearerLookup, DomainError, type IdSource, type NewAuditEntry, type UserStore } from '@polyreel/core';
import { appendAudit } from '../audit/audit-store.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';
import { deleteAccount } from './delete-account.ts';
import { beginAttempt, forgetAttempt } from './login-attempts.ts';
import { translateTaken } from './user-errors.ts';
import { toUserAccount, type UserRecord, userColumns } from './user-row.ts';
import { insertMailToken, resetPassword, revokeTokens, setPassword, verifyEmail } from './user-tokens.ts';

export function createUserStore(sql: SqlPool, ids: IdSource): UserStore {
  const audited = (tx: Sql, audit: NewAuditEntry | undefined) => appendAudit(tx, ids, audit === undefined ? [] : [audit]);
  const findUser = async (from: Sql, accountId: string) => {
    const row = await from.row<UserRecord>({
      text: `SELECT ${userColumns} FROM accounts WHERE id = $1 AND state <> 'deleted'`,
      values: [accountId],
    });
    return row && toUserAccount(row);
  };
  return {
    register: (user) => sql.transaction((tx) => register(tx, user)),
    async findByLogin(login) {
      const row = await sql.row<UserRecord & { hash: string }>({
        text: `SELECT ${userColumns}, passwords.hash FROM accounts JOIN passwords ON passwords.account_id = accounts.id
          WHERE (lower(username) = lower($1) OR lower(email) = lower($1)) AND state <> 'deleted'
          ORDER BY (lower(username) = lower($1)) DESC LIMIT 1`,
        values: [login],
      });
      return row && { account: toUserAccount(row), passwordHash: row.hash };
    },
    find: (accountId) => findUser(sql, accountId),
    async passwordHash(accountId) {
      const row = await sql.row<{ hash: string }>({
        text: 'SELECT hash FROM passwords WHERE account_id = $1',
        values: [accountId],
      });
      return row?.hash ?? null;
    },
    addMailToken: (query) =>
      sql.transaction(async (tx) => {
        const [column, value] = 'email' in query.to ? ['lower(email)', query.to.email.toLowerCase()] : ['id', query.to.accountId];
        const row = await tx.row<UserRecord>({
          text: `SELECT ${userColumns} FROM accounts WHERE ${column} = $1 AND state = ANY($2) FOR UPDATE`,
          values: [value, query.states],
        });
        if (row === null) return null;
        const email = 'newEmail' in query.to ? query.to.newEmail : (row.email ?? '');
        await insertMailToken(tx, { accountId: row.id, email, purpose: query.purpose, token: query.token });
        await audited(tx, query.audit);
        return toUserAccount(row);
      }),
    verifyEmail: (sha256) => sql.transaction((tx) => verifyEmail(tx, sha256)),
    resetPassword: (query) => sql.transaction((tx) => resetPassword(tx, query)),
    changePassword: (query) =>
      sql.transaction(async (tx) => {
        const account = await findUser(tx, query.accountId);
        if (account === null) return null;
        await setPassword(tx, query.accountId, query.passwordHash);
        await revokeTokens(tx, query.accountId, query.keepTokenId);
        await audited(tx, query.audit);
        return account;
      }),
    update: (query) =>
      sql.transaction(async (tx) => {
        if (query.username !== undefined) await refuseNameOfOperator(tx, query.username, query.accountId);
        const row = await tx
          .row<UserRecord>({
            text: `UPDATE accounts SET username = coalesce($2, username), email = coalesce($3, email), updated_at = clock_timestamp()
              WHERE id = $1 AND state <> 'deleted' RETURNING ${userColumns}`,
            values: [query.accountId, query.username ?? null, query.email ?? null],
          })
          .catch((error: unknown) => {
            throw translateTaken(error);
          });
        if (row === null) return null;
        await audited(tx, query.audit);
        return toUserAccount(row);
      }),
    async createAccessToken({ accountId, token }) {
      const row = await sql.row<{ expires_at: Date }>({
        text: `INSERT INTO access_tokens (id, account_id, sha256, created_at, expires_at)
          VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp() + $4 * interval '1 second') RETURNING expires_at`,
        values: [token.id, accountId, token.sha256, token.expiresInSeconds],
      });
      if (row === null) throw new Error(`access token ${token.id} was not inserted`);
      return { expiresAt: row.expires_at };
    },
    findBearer: (sha256) => findBearer(sql, sha256),
    revokeAccessToken: (query) =>
      sql.transaction(async (tx) => {
        const changed = await tx.run({
          text: 'UPDATE access_tokens SET revoked_at = clock_timestamp() WHERE id = $1 AND revoked_at IS NULL',
          values: [query.tokenId],
        });
        if (changed === 1) await audited(tx, query.audit);
        return changed === 1;
      }),
    deleteAccount: (query) =>
      sql.transaction(async (tx) => {
        const isGone = await deleteAccount(tx, ids, query.accountId);
        if (isGone) await audited(tx, query.audit);
        return isGone;
      }),
    beginAttempt: (query) => sql.transaction((tx) => beginAttempt(tx, query)),
    forgetAttempt: (attemptId, key) => forgetAttempt(sql, attemptId, key),
  };
}

async function register(tx: Sql, user: Parameters<UserStore['register']>[0]) {
  await refuseNameOfOperator(tx, user.username, user.id);
  // A registration that nobody confirmed in time keeps its name from nobody.
  await tx.run({
    text: `DELETE FROM accounts WHERE state = 'pending' AND (lower(username) = lower($1) OR lower(email) = lower($2))
      AND NOT EXISTS (SELECT 1 FROM mail_tokens WHERE account_id = accounts.id AND used_at IS NULL AND expires_at > clock_timestamp())`,
    values: [user.username, user.email],
  });
  try {
    const row = await tx.row<UserRecord>({
      text: `INSERT INTO accounts (id, username, email, role, state) VALUES ($1, $2, $3, 'member', $4) RETURNING ${userColumns}`,
      values: [user.id, user.username, user.email, user.verification === null ? 'active' : 'pending'],
    });
    if (row === null) throw new Error(`account ${user.id} was not inserted`);
    await setPassword(tx, user.id, user.passwordHash);
    if (user.verification !== null)
      await insertMailToken(tx, { accountId: user.id, email: user.email, purpose: 'verify_email', token: user.verification });
    return toUserAccount(row);
  } catch (error) {
    throw translateTaken(error);
  }
}

/** Accounts that an operator named are addressed by that name on the command line: nobody may pass for one. */
async function refuseNameOfOperator(tx: Sql, username: string, ownId: string): Promise<void> {
  const row = await tx.row({
    text: 'SELECT 1 FROM accounts WHERE lower(name) = lower($1) AND id <> $2',
    values: [username, ownId],
  });
  if (row !== null) throw new DomainError('conflict', 'the username is taken', { code: 'username_taken' });
}

async function findBearer(sql: Sql, sha256: string): Promise<BearerLookup> {
  const row = await sql.row<{
    id: string;
    account_id: string;
    role: 'admin' | 'member';
    state: string;
    over: boolean;
    revoked: boolean;
  }>({
    name: 'bearer_by_sha256',
    text: `SELECT access_tokens.id, account_id, role, state, expires_at <= clock_timestamp() AS over, revoked_at IS NOT NULL AS revoked
      FROM access_tokens JOIN accounts ON accounts.id = account_id WHERE sha256 = $1`,
    values: [sha256],
  });
  if (row === null || row.revoked || row.state === 'deleted') return { outcome: 'unknown' };
  if (row.over) return { outcome: 'expired' };
  if (row.state !== 'active') return { outcome: 'disabled' };
  return { outcome: 'live', bearer: { tokenId: row.id, accountId: row.account_id, role: row.role } };
}
