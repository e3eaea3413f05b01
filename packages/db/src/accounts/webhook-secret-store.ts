import type { WebhookSecretStore } from '@polyreel/core';
import { lock } from '../sql/job-lock.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';

/** Secrets of the account itself; those of endpoints are rows with an `endpoint_id`. */
export function createWebhookSecretStore(sql: SqlPool): WebhookSecretStore {
  return {
    current: (accountId) => current(sql, accountId),
    rotate: (query) =>
      sql.transaction(async (tx) => {
        await lock(tx, `webhook-secrets:${query.accountId}`);
        // Those that overlapped until now end, the current one overlaps.
        await tx.run({
          text: `UPDATE webhook_secrets
            SET expires_at = clock_timestamp() + CASE WHEN expires_at IS NULL THEN $2 ELSE 0 END * interval '1 second'
            WHERE account_id = $1 AND endpoint_id IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())`,
          values: [query.accountId, query.overlapSeconds],
        });
        await tx.run({
          text: 'INSERT INTO webhook_secrets (id, account_id, sealed, created_at) VALUES ($1, $2, $3, clock_timestamp())',
          values: [query.id, query.accountId, query.sealed],
        });
      }),
    ensure: (query) =>
      sql.transaction(async (tx) => {
        await lock(tx, `webhook-secrets:${query.accountId}`);
        const standing = await current(tx, query.accountId);
        if (standing.length > 0) return standing;
        await tx.run({
          text: 'INSERT INTO webhook_secrets (id, account_id, sealed) VALUES ($1, $2, $3)',
          values: [query.id, query.accountId, query.sealed],
        });
        return current(tx, query.accountId);
      }),
  };
}

async function current(sql: Sql, accountId: string): Promise<readonly string[]> {
  const rows = await sql.rows<{ sealed: string }>({
    text: `SELECT sealed FROM webhook_secrets
      WHERE account_id = $1 AND endpoint_id IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
      ORDER BY expires_at DESC NULLS FIRST, created_at DESC`,
    values: [accountId],
  });
  return rows.map((row) => row.sealed);
}
