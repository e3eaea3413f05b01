import type { FileEventType, IdSource } from '@polyreel/core';
import type { Sql } from '../sql/sql.ts';

/** Events of an uploaded file for every endpoint of its account that asked for them, whichever surface it stands on. */
export async function tellFileEvents(tx: Sql, ids: IdSource, fileId: string, events: readonly FileEventType[]): Promise<void> {
  for (const event of events) {
    const endpoints = await tx.rows<{ id: string; account_id: string; surface: string; url: string }>({
      text: `SELECT endpoints.id, endpoints.account_id, endpoints.surface, endpoints.url
        FROM files JOIN endpoints ON endpoints.account_id = files.account_id
        WHERE files.id = $1 AND files.origin = 'upload' AND files.collection IS NOT NULL AND endpoints.state <> 'deleted'
          AND $2 = ANY(endpoints.events)
          AND NOT (files.is_temporary AND $2 IN ('file.analysed', 'file.analysis_failed'))`,
      values: [fileId, event],
    });
    for (const endpoint of endpoints) {
      await tx.run({
        text: `INSERT INTO deliveries (id, account_id, file_id, endpoint_id, surface, event, url, target, next_attempt_at)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $4, clock_timestamp())`,
        values: [ids.next('delivery'), endpoint.account_id, fileId, endpoint.id, endpoint.surface, event, endpoint.url],
      });
    }
  }
}
