import type { IdSource } from '@polyreel/core';
import { cancelInside } from '../jobs/cancel-job.ts';
import { revokeTokens } from './user-tokens.ts';
import type { Sql } from '../sql/sql.ts';

/** All of it in the caller's transaction. Ledger and audit keep the bare id. */
export async function deleteAccount(tx: Sql, ids: IdSource, accountId: string): Promise<boolean> {
  const changed = await tx.run({
    text: `UPDATE accounts SET state = 'deleted', deleted_at = clock_timestamp(), updated_at = clock_timestamp(), name = NULL,
        username = NULL, email = NULL
      WHERE id = $1 AND state <> 'deleted'`,
    values: [accountId],
  });
  if (changed === 0) return false;
  await revokeTokens(tx, accountId, null);
  await tx.run({
    text: 'UPDATE api_keys SET revoked_at = clock_timestamp() WHERE account_id = $1 AND revoked_at IS NULL',
    values: [accountId],
  });
  for (const table of ['passwords', 'mail_tokens', 'templates', 'webhook_secrets'])
    await tx.run({ text: `DELETE FROM ${table} WHERE account_id = $1`, values: [accountId] });
  const jobs = await tx.rows<{ surface: string; external_id: string }>({
    text: `SELECT surface, external_id FROM jobs WHERE account_id = $1 AND state IN ('queued', 'running') ORDER BY id`,
    values: [accountId],
  });
  for (const job of jobs)
    await cancelInside(tx, ids, {
      accountId,
      surface: job.surface,
      externalId: job.external_id,
      from: ['queued', 'running'],
    });
  await tx.run({ text: `UPDATE endpoints SET state = 'deleted' WHERE account_id = $1`, values: [accountId] });
  // Nobody is told of what happens after the account: its secrets are gone, and its callbacks with them.
  await tx.run({
    text: `UPDATE deliveries SET state = 'cancelled', finished_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
      WHERE account_id = $1 AND state = 'pending'`,
    values: [accountId],
  });
  await expireFiles(tx, accountId);
  return true;
}

async function expireFiles(tx: Sql, accountId: string): Promise<void> {
  await tx.run({ text: 'UPDATE files SET expires_at = clock_timestamp() WHERE account_id = $1', values: [accountId] });
}

/** What a step or an upload in flight kept after its account was gone. */
export async function expireFilesOfDeleted(sql: Sql): Promise<void> {
  await sql.run({
    text: `UPDATE files SET expires_at = clock_timestamp()
      WHERE (expires_at IS NULL OR expires_at > clock_timestamp() + interval '1 hour')
        AND account_id IN (SELECT id FROM accounts WHERE state = 'deleted')`,
  });
}
