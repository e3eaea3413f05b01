import type { IdSource, LibraryStore } from '@polyreel/core';
import type { SqlPool } from '../sql/sql.ts';
import { tellFileEvents } from './file-events.ts';

type ProcessingStore = Pick<LibraryStore, 'beginRendition' | 'endRendition' | 'noteIdentified' | 'noteProcessed' | 'noteFailed'>;

/** What a worker writes about a file. The key of a rendition is of one attempt and fences it: a late worker finds another one. */
export function createProcessingStore(sql: SqlPool, ids: IdSource): ProcessingStore {
  return {
    async beginRendition(rendition) {
      const changed = await sql.run({
        text: `INSERT INTO file_renditions (file_id, name, object_key, state, media_type) VALUES ($1, $2, $3, 'pending', $4)
          ON CONFLICT (file_id, name) DO UPDATE SET object_key = $3, state = 'pending', media_type = $4
            WHERE file_renditions.state <> 'ready'`,
        values: [rendition.fileId, rendition.name, rendition.objectKey, rendition.mediaType],
      });
      return changed === 1;
    },
    endRendition: (rendition) =>
      sql.transaction(async (tx) => {
        const changed = await tx.run({
          text: `UPDATE file_renditions SET state = 'ready', size_bytes = $4, sha256 = $5, facts = $6
            WHERE file_id = $1 AND name = $2 AND object_key = $3 AND state = 'pending'`,
          values: [
            ...[rendition.fileId, rendition.name, rendition.objectKey, rendition.sizeBytes, rendition.sha256],
            JSON.stringify(rendition.facts ?? {}),
          ],
        });
        if (changed === 1 && rendition.event !== undefined) await tellFileEvents(tx, ids, rendition.fileId, [rendition.event]);
        return changed === 1;
      }),
    noteIdentified: (file, events) =>
      sql.transaction(async (tx) => {
        const changed = await tx.run({
          text: `UPDATE files SET processing = 'waiting', media_type = $2, family = $3, facts = files.facts || $4::jsonb, updated_at = now()
            WHERE id = $1 AND state = 'ready' AND processing IN ('none', 'waiting') AND family IS NULL`,
          values: [file.id, file.mediaType, file.family, JSON.stringify(file.facts ?? {})],
        });
        // Known from an earlier attempt: told once.
        if (changed === 1) await tellFileEvents(tx, ids, file.id, events);
        return changed === 1;
      }),
    noteProcessed: (file, events) =>
      sql.transaction(async (tx) => {
        const changed = await tx.run({
          text: `UPDATE files SET processing = 'done', media_type = $2, family = $3, facts = files.facts || $4::jsonb,
              description = coalesce($5, description), embedding = coalesce($6, embedding), updated_at = now(),
              collection = coalesce($7, collection), is_temporary = coalesce($8, is_temporary), client_ref = coalesce($9, client_ref)
            WHERE id = $1 AND state = 'ready' AND processing IN ('none', 'waiting')`,
          values: [
            ...[file.id, file.mediaType, file.family, JSON.stringify(file.facts ?? {}), file.description, file.embedding],
            ...[
              file.shown?.collection ?? null,
              file.shown?.isTemporary ?? null,
              file.shown?.clientRef === undefined ? null : JSON.stringify(file.shown.clientRef),
            ],
          ],
        });
        if (changed === 1) await tellFileEvents(tx, ids, file.id, events);
        return changed === 1;
      }),
    noteFailed: (file, events) =>
      sql.transaction(async (tx) => {
        const changed = await tx.run({
          text: `UPDATE files SET processing = 'failed', failure_code = $2, failure_message = $3, updated_at = now()
            WHERE id = $1 AND processing = 'waiting'`,
          values: [file.id, file.code, file.message],
        });
        if (changed === 1) await tellFileEvents(tx, ids, file.id, events);
        return changed === 1;
      }),
  };
}
