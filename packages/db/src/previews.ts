import type { JobPreview, PreviewSender, PreviewSignals } from '@polyreel/core';
import { channelName, type Listener } from './listener.ts';
import type { Sql } from './sql/sql.ts';

/** Pictures travel as announcements only: there is no row of them. */
export const createPreviewSender = (sql: Pick<Sql, 'run'>): PreviewSender => ({
  async announce({ jobId, objectKey, version }) {
    await sql.run({
      name: 'announce_preview',
      text: 'SELECT pg_notify($1, $2)',
      values: [channelName('previews'), JSON.stringify({ jobId, objectKey, version })],
    });
  },
});

/** One subscription for the whole process. */
export async function openPreviewSignals(listener: Pick<Listener, 'listen'>): Promise<PreviewSignals> {
  const watches = new Map<string, Set<(preview: JobPreview) => void>>();
  await listener.listen('previews', (preview) => {
    if (preview) for (const hear of watches.get(preview.jobId) ?? []) hear(preview);
  });
  return {
    watch(jobId, hear) {
      const hears = watches.get(jobId) ?? new Set();
      watches.set(jobId, hears.add(hear));
      return () => {
        hears.delete(hear);
        if (hears.size === 0 && watches.get(jobId) === hears) watches.delete(jobId);
      };
    },
  };
}
