import { DomainError, type NewToken, type TokenUse, type UserStore } from '@polyreel/core';
import type { Sql } from '../sql/sql.ts';
import { translateTaken } from './user-errors.ts';
import { toUserAccount, type UserRecord, userColumns } from './user-row.ts';

export async function insertMailToken(
  tx: Sql,
  query: { accountId: string; email: string; purpose: 'verify_email' | 'reset_password'; token: NewToken },
): Promise<void> {
  await tx.run({
    text: `INSERT INTO mail_tokens (id, account_id, purpose, email, sha256, created_at, expires_at)
      VALUES ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp() + $6 * interval '1 second')`,
    values: [query.token.id, query.accountId, query.purpose, query.email, query.token.sha256, query.token.expiresInSeconds],
  });
}

/** Marks a token as used, once. Nobody else can use it before the transaction ends. */
async function takeMailToken(
  tx: Sql,
  purpose: string,
  sha256: string,
): Promise<{ outcome: 'used' | 'expired' | 'unknown' } | { outcome: 'taken'; accountId: string; email: string }> {
  const row = await tx.row<{ id: string; account_id: string; email: string; is_used: boolean; is_over: boolean }>({
    text: `SELECT id, account_id, email, used_at IS NOT NULL AS is_used, expires_at <= clock_timestamp() AS is_over
      FROM mail_tokens WHERE sha256 = $1 AND purpose = $2 FOR UPDATE`,
    values: [sha256, purpose],
  });
  if (row === null) return { outcome: 'unknown' };
  if (row.is_used) return { outcome: 'used' };
  if (row.is_over) return { outcome: 'expired' };
  await tx.run({ text: 'UPDATE mail_tokens SET used_at = clock_timestamp() WHERE id = $1', values: [row.id] });
  return { outcome: 'taken', accountId: row.account_id, email: row.email };
}

export async function verifyEmail(tx: Sql, sha256: string): Promise<TokenUse> {
  const token = await takeMailToken(tx, 'verify_email', sha256);
  if (token.outcome !== 'taken') return token;
  const before = await tx.row<UserRecord>({
    text: `SELECT ${userColumns} FROM accounts WHERE id = $1 AND state IN ('pending', 'active') FOR UPDATE`,
    values: [token.accountId],
  });
  if (before === null) return { outcome: 'unknown' };
  if (before.verified_at !== null && before.email?.toLowerCase() === token.email.toLowerCase())
    throw new DomainError('conflict', 'the e-mail address is verified already', { code: 'already_verified' });
  return { outcome: 'done', account: toUserAccount(await proveEmail(tx, token)) };
}

async function proveEmail(tx: Sql, token: { accountId: string; email: string }): Promise<UserRecord> {
  try {
    const row = await tx.row<UserRecord>({
      text: `UPDATE accounts SET state = 'active', email = $2, verified_at = clock_timestamp(), updated_at = clock_timestamp()
        WHERE id = $1 AND state IN ('pending', 'active') RETURNING ${userColumns}`,
      values: [token.accountId, token.email],
    });
    if (row === null) throw new Error(`account ${token.accountId} vanished under its lock`);
    return row;
  } catch (error) {
    throw translateTaken(error);
  }
}

export async function resetPassword(tx: Sql, query: Parameters<UserStore['resetPassword']>[0]): Promise<TokenUse> {
  const token = await takeMailToken(tx, 'reset_password', query.sha256);
  if (token.outcome !== 'taken') return token;
  const account = await tx.row<UserRecord>({
    text: `SELECT ${userColumns} FROM accounts WHERE id = $1 AND state IN ('pending', 'active') FOR UPDATE`,
    values: [token.accountId],
  });
  if (account === null) return { outcome: 'unknown' };
  await setPassword(tx, token.accountId, query.passwordHash);
  await tx.run({
    text: `UPDATE mail_tokens SET used_at = clock_timestamp() WHERE account_id = $1 AND purpose = 'reset_password' AND used_at IS NULL`,
    values: [token.accountId],
  });
  await revokeTokens(tx, token.accountId, null);
  // The mail was read where it was sent: only an address that has changed since then is still to be proven.
  const isSameAddress = account.email?.toLowerCase() === token.email.toLowerCase();
  const proven = isSameAddress
    ? await proveEmail(tx, { accountId: token.accountId, email: account.email ?? token.email })
    : account;
  return { outcome: 'done', account: toUserAccount(proven) };
}

export async function setPassword(tx: Sql, accountId: string, hash: string): Promise<void> {
  await tx.run({
    text: `INSERT INTO passwords (account_id, hash, changed_at) VALUES ($1, $2, clock_timestamp())
      ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`,
    values: [accountId, hash],
  });
}

export async function revokeTokens(tx: Sql, accountId: string, keepTokenId: string | null): Promise<void> {
  await tx.run({
    text: `UPDATE access_tokens SET revoked_at = clock_timestamp()
      WHERE account_id = $1 AND revoked_at IS NULL AND ($2::text IS NULL OR id <> $2)`,
    values: [accountId, keepTokenId],
  });
}
