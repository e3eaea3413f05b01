import type { ServerSecretStore } from '@polyreel/core';
import { lock } from '../sql/job-lock.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';

export function createServerSecretStore(sql: SqlPool): ServerSecretStore {
  return {
    async ensure(name, fresh) {
      const standing = await find(sql, name);
      if (standing !== null) return standing;
      // Made before the transaction, which may run twice; of two made at once the first one stored counts.
      const sealed = await fresh();
      return sql.transaction(async (tx) => {
        await lock(tx, `server-secret:${name}`);
        await tx.run({
          text: 'INSERT INTO server_secrets (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING',
          values: [name, sealed],
        });
        return (await find(tx, name)) ?? sealed;
      });
    },
  };
}

async function find(sql: Sql, name: string): Promise<string | null> {
  const row = await sql.row<{ sealed: string }>({ text: 'SELECT sealed FROM server_secrets WHERE name = $1', values: [name] });
  return row?.sealed ?? null;
}
