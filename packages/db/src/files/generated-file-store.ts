import { artifactSchema, type GeneratedFileStore } from '@polyreel/core';
import type { SqlPool } from '../sql/sql.ts';

/** After its last use. */
const lifeDays = 30;
/** Nobody is given what a sweep is about to take. */
const marginMinutes = 60;

/** A kept file belongs to no job any more: neither the end of its job nor its removal takes it. */
export function createGeneratedFileStore(sql: SqlPool): GeneratedFileStore {
  return {
    async find({ accountId, key }) {
      const row = await sql.row<{ artifact: unknown }>({
        text: `UPDATE files SET expires_at = now() + $3 * interval '1 day' FROM generated_files AS generated
          WHERE generated.account_id = $1 AND generated.key = $2 AND files.id = generated.file_id AND files.account_id = $1
            AND files.state = 'ready' AND files.expires_at > now() + $4 * interval '1 minute'
          RETURNING generated.artifact`,
        values: [accountId, key, lifeDays, marginMinutes],
      });
      return row === null ? null : artifactSchema.parse(row.artifact);
    },
    keep: ({ accountId, key, artifact }) =>
      sql.transaction(async (tx) => {
        const kept = await tx.run({
          text: `INSERT INTO generated_files (account_id, key, file_id, artifact)
            SELECT account_id, $2, id, $4 FROM files WHERE id = $3 AND account_id = $1 AND state = 'ready'
            ON CONFLICT (account_id, key) DO NOTHING`,
          values: [accountId, key, artifact.fileId, JSON.stringify(artifact)],
        });
        if (kept === 0) return;
        await tx.run({
          text: `UPDATE files SET job_id = NULL, expires_at = now() + $2 * interval '1 day' WHERE id = $1`,
          values: [artifact.fileId, lifeDays],
        });
      }),
  };
}
