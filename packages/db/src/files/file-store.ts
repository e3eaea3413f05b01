import { DomainError, type FileOrigin, type FileRow, type FileState, type FileStore } from '@polyreel/core';
import { isUniqueViolation } from '../sql/errors.ts';
import type { SqlPool } from '../sql/sql.ts';

interface FileRecord {
  id: string;
  account_id: string;
  job_id: string | null;
  origin: FileOrigin;
  state: FileState;
  object_key: string;
  media_type: string;
  size_bytes: string;
  sha256: string | null;
  display_name: string;
  facts: unknown;
  expires_at: Date | null;
  created_at: Date;
}

const columns =
  'id, account_id, job_id, origin, state, object_key, media_type, size_bytes, sha256, display_name, facts, expires_at, created_at';

const toFileRow = (row: FileRecord): FileRow => ({
  id: row.id,
  accountId: row.account_id,
  jobId: row.job_id,
  origin: row.origin,
  state: row.state,
  objectKey: row.object_key,
  mediaType: row.media_type,
  sizeBytes: Number(row.size_bytes),
  sha256: row.sha256,
  displayName: row.display_name,
  facts: row.facts,
  expiresAt: row.expires_at,
  createdAt: row.created_at,
});

/** Expiry is by the database's clock, so that processes need not agree on the time. */
export function createFileStore(sql: SqlPool): FileStore {
  return {
    async createPending(file) {
      try {
        await sql.run({
          text: `INSERT INTO files (id, account_id, job_id, origin, object_key, media_type, display_name, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 second')`,
          values: [
            file.id,
            file.accountId,
            file.jobId,
            file.origin,
            file.objectKey,
            file.mediaType,
            file.displayName,
            file.expiresInSeconds,
          ],
        });
      } catch (error) {
        if (!isUniqueViolation(error, 'files_object_key_key')) throw error;
        throw new DomainError('conflict', `the object key ${file.objectKey} is claimed by another file`, { cause: error });
      }
    },
    async markReady(file) {
      // An expired row may already be in the hands of a sweep, which is about to remove the object.
      const changed = await sql.run({
        text: `UPDATE files SET state = 'ready', media_type = $2, size_bytes = $3, sha256 = $4, facts = $5, ready_at = now(),
            expires_at = now() + $6::float8 * interval '1 second'
          WHERE id = $1 AND state = 'pending' AND expires_at > now()`,
        values: [file.id, file.mediaType, file.sizeBytes, file.sha256, JSON.stringify(file.facts ?? {}), file.expiresInSeconds],
      });
      return changed === 1;
    },
    async findById(id) {
      const row = await sql.row<FileRecord>({ text: `SELECT ${columns} FROM files WHERE id = $1`, values: [id] });
      return row && toFileRow(row);
    },
    async findOfAccount(query) {
      const row = await sql.row<FileRecord>({
        text: `SELECT ${columns} FROM files WHERE id = $1 AND account_id = $2`,
        values: [query.id, query.accountId],
      });
      return row && toFileRow(row);
    },
    async listExpired(limit) {
      const rows = await sql.rows<{ id: string; object_key: string }>({
        text: `SELECT files.id, files.object_key FROM files WHERE files.expires_at <= now() AND NOT EXISTS (
            SELECT FROM jobs WHERE jobs.id = files.job_id AND jobs.state IN ('queued', 'running'))
          ORDER BY files.expires_at LIMIT $1`,
        values: [limit],
      });
      return rows.map((row) => ({ id: row.id, objectKey: row.object_key }));
    },
    async remove(ids) {
      await sql.run({ text: 'DELETE FROM files WHERE id = ANY($1)', values: [ids] });
    },
    async claimedKeys(objectKeys) {
      const rows = await sql.rows<{ object_key: string }>({
        text: `SELECT object_key FROM files WHERE object_key = ANY($1)
          UNION ALL SELECT object_key FROM file_renditions WHERE object_key = ANY($1)`,
        values: [objectKeys],
      });
      return new Set(rows.map((row) => row.object_key));
    },
  };
}
