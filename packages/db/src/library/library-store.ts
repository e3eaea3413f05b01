import {
  DomainError,
  type FileChange,
  type IdSource,
  type LibraryFile,
  type LibraryListQuery,
  type LibraryPage,
  type LibraryStore,
} from '@polyreel/core';
import { appendAudit } from '../audit/audit-store.ts';
import type { Sql, SqlPool } from '../sql/sql.ts';
import { tellFileEvents } from './file-events.ts';
import { libraryColumns, type LibraryRecord, toLibraryFile } from './library-row.ts';
import { createProcessingStore } from './processing-store.ts';
import { searchLibrary } from './search-library.ts';

/** A failed upload can be looked at for a day. */
const failedSeconds = 86_400;
/** Grace after the deadline for a body that has begun in time. */
const graceSeconds = 3600;

/** What an account finds: its files, not the parts of its jobs, and no result of a job that has not succeeded. */
const isShown = `files.collection IS NOT NULL AND (files.expires_at IS NULL OR files.origin = 'upload')`;

export function createLibraryStore(sql: SqlPool, ids: IdSource): LibraryStore {
  return {
    ...createProcessingStore(sql, ids),
    search: (query) => searchLibrary(sql, query),
    list: (query) => list(sql, query),
    createUpload: (file) =>
      sql.transaction(async (tx) => {
        const row = await tx.row<LibraryRecord>({
          text: `INSERT INTO files (id, account_id, origin, object_key, media_type, display_name, declared_family, collection, is_temporary,
              transcript, client_ref, upload_deadline, expires_at)
            VALUES ($1, $2, 'upload', $3, 'application/octet-stream', $4, $5, 'library', $6, $7, $8,
              now() + $9 * interval '1 second', now() + ($9 + $10) * interval '1 second')
            RETURNING ${libraryColumns}`,
          values: [
            ...[file.id, file.accountId, file.objectKey, file.displayName, file.declaredFamily, file.isTemporary],
            ...[JSON.stringify(file.transcript ?? null), JSON.stringify(file.clientRef ?? null)],
            ...[file.deadlineSeconds, graceSeconds + failedSeconds],
          ],
        });
        if (row === null) throw new Error(`file ${file.id} was not inserted`);
        if (file.audit !== undefined) await appendAudit(tx, ids, [file.audit]);
        return toLibraryFile(row);
      }),
    async find({ accountId, id }) {
      const [file] = await select(sql, `files.id = $1 AND files.account_id = $2 AND ${isShown}`, [id, accountId]);
      return file ?? null;
    },
    findMany: ({ accountId, ids: wanted }) => select(sql, 'files.id = ANY($1) AND files.account_id = $2', [wanted, accountId]),
    async findById(id) {
      const [file] = await select(sql, 'files.id = $1', [id]);
      return file ?? null;
    },
    async findByPlaybackId(playbackId) {
      const [file] = await select(sql, `files.playback_id = $1 AND ${isShown}`, [playbackId]);
      return file ?? null;
    },
    completeUpload: (file) =>
      sql.transaction(async (tx) => {
        const changed = await tx.run({
          text: `UPDATE files SET state = 'ready', object_key = $2, size_bytes = $3, sha256 = $4, processing = 'waiting', ready_at = now(),
              updated_at = now(), expires_at = NULL
            WHERE id = $1 AND state = 'pending' AND upload_deadline + $5 * interval '1 second' > now()`,
          values: [file.id, file.objectKey, file.sizeBytes, file.sha256, graceSeconds],
        });
        if (changed === 1) await tellFileEvents(tx, ids, file.id, ['file.uploaded']);
        if (changed === 1 && file.audit !== undefined) await appendAudit(tx, ids, [file.audit]);
        return changed === 1;
      }),
    failOverdue: () => sql.transaction((tx) => failOverdue(tx, ids)),
    archive: (key) =>
      change(sql, ids, key, 'archived_at = coalesce(files.archived_at, now()), playback_id = NULL, updated_at = now()', []),
    publish: ({ playbackId, ...key }) =>
      change(
        sql,
        ids,
        key,
        'playback_id = coalesce(files.playback_id, $3), updated_at = now()',
        [playbackId],
        'files.archived_at IS NULL',
      ),
    unpublish: (key) => change(sql, ids, key, 'playback_id = NULL, updated_at = now()', []),
    remove: (query) => sql.transaction((tx) => remove(tx, ids, query)),
    archiveTemporary: (olderThanSeconds) =>
      sql.run({
        text: `UPDATE files SET archived_at = now(), playback_id = NULL
          WHERE is_temporary AND archived_at IS NULL AND ready_at < now() - $1 * interval '1 second'`,
        values: [olderThanSeconds],
      }),
    listWaiting: ({ olderThanSeconds, limit }) =>
      sql
        .rows<{ id: string; account_id: string }>({
          text: `SELECT id, account_id FROM files WHERE processing = 'waiting' AND origin = 'upload' AND updated_at < now() - $1 * interval '1 second'
            AND NOT EXISTS (SELECT FROM jobs WHERE jobs.exclusive_key = 'process:' || files.id AND jobs.state IN ('queued', 'running'))
            ORDER BY updated_at LIMIT $2`,
          values: [olderThanSeconds, limit],
        })
        .then((rows) => rows.map((row) => ({ id: row.id, accountId: row.account_id }))),
  };
}

async function select(sql: Sql, condition: string, values: readonly unknown[]): Promise<LibraryFile[]> {
  const rows = await sql.rows<LibraryRecord>({ text: `SELECT ${libraryColumns} FROM files WHERE ${condition}`, values });
  return rows.map(toLibraryFile);
}

async function remove(tx: Sql, ids: IdSource, query: Parameters<LibraryStore['remove']>[0]): Promise<boolean> {
  // A submit that claims the file waits for this, or this for it: then its job is seen below.
  await tx.run({ text: 'SELECT FROM files WHERE id = $1 AND account_id = $2 FOR UPDATE', values: [query.id, query.accountId] });
  if (query.unlessNamedBy !== undefined) await refuseInUse(tx, query.accountId, query.unlessNamedBy);
  const changed = await tx.run({
    text: `UPDATE files SET collection = NULL, playback_id = NULL, expires_at = now() WHERE id = $1 AND account_id = $2 AND ${isShown}`,
    values: [query.id, query.accountId],
  });
  if (changed === 1 && query.audit !== undefined) await appendAudit(tx, ids, [query.audit]);
  return changed === 1;
}

async function refuseInUse(
  tx: Sql,
  accountId: string,
  { surface, clientRef }: NonNullable<Parameters<LibraryStore['remove']>[0]['unlessNamedBy']>,
): Promise<void> {
  const job = await tx.row<{ external_id: string }>({
    text: `SELECT external_id FROM jobs WHERE account_id = $1 AND surface = $2 AND state IN ('queued', 'running')
      AND client_ref @> $3::jsonb LIMIT 1`,
    values: [accountId, surface, JSON.stringify(clientRef)],
  });
  if (job === null) return;
  throw new DomainError('conflict', `the job ${job.external_id} names the file and is not over yet`, {
    code: 'file_in_use',
    details: { externalId: job.external_id },
  });
}

function change(
  sql: SqlPool,
  ids: IdSource,
  key: FileChange,
  changes: string,
  values: readonly unknown[],
  condition = 'true',
): Promise<LibraryFile | null> {
  return sql.transaction(async (tx) => {
    const row = await tx.row<LibraryRecord>({
      text: `UPDATE files SET ${changes} WHERE files.id = $1 AND files.account_id = $2 AND ${isShown} AND ${condition}
        RETURNING ${libraryColumns}`,
      values: [key.id, key.accountId, ...values],
    });
    if (row !== null && key.audit !== undefined) await appendAudit(tx, ids, [key.audit]);
    return row && toLibraryFile(row);
  });
}

async function failOverdue(tx: Sql, ids: IdSource): Promise<number> {
  const rows = await tx.rows<{ id: string }>({
    text: `UPDATE files SET state = 'failed', processing = 'failed', failure_code = 'upload_expired', updated_at = now(),
        failure_message = 'The bytes of the file did not come in time', expires_at = now() + $1 * interval '1 second'
      WHERE id IN (SELECT id FROM files WHERE state = 'pending' AND upload_deadline + $2 * interval '1 second' <= now()
        ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED)
      RETURNING id`,
    values: [failedSeconds, graceSeconds],
  });
  for (const { id } of rows) await tellFileEvents(tx, ids, id, ['file.upload_failed']);
  return rows.length;
}

/** `<milliseconds>.<id>` of the last file of a page: what is changed meanwhile moves to the front and disturbs no later page. */
const cursorPattern = /^(\d{1,15})\.(fil_[0-9a-z]{26})$/;

async function list(sql: Sql, query: LibraryListQuery): Promise<LibraryPage> {
  const values: unknown[] = [query.accountId, query.collections];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [
    'files.account_id = $1',
    'files.collection IS NOT NULL',
    'files.collection = ANY($2)',
    'files.archived_at IS NULL',
    isShown,
  ];
  if (query.family !== undefined) conditions.push(`files.family = ${place(query.family)}`);
  if (query.cursor !== undefined) {
    const cursor = cursorPattern.exec(query.cursor);
    if (!cursor) throw new DomainError('invalid_request', 'the cursor is none of this list', { code: 'invalid_cursor' });
    const at = place(new Date(Number(cursor[1])));
    conditions.push(`(files.updated_at, files.id) < (${at}::timestamptz(3), ${place(cursor[2])})`);
  }
  const rows = await sql.rows<LibraryRecord>({
    text: `SELECT ${libraryColumns} FROM files WHERE ${conditions.join(' AND ')}
      ORDER BY files.updated_at DESC, files.id DESC LIMIT ${place(query.limit + 1)}`,
    values,
  });
  const files = rows.slice(0, query.limit).map(toLibraryFile);
  const last = files.at(-1);
  const nextCursor = rows.length > query.limit && last ? `${last.updatedAt.getTime()}.${last.id}` : null;
  return { files, nextCursor };
}
