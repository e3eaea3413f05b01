import type { JobPreview, PreviewSender, PreviewSignals } from '@polyreel/core';
import { channelName, type Listener } from './listener.ts';
import type { Sql } from './sql/sql.ts';
import { createWatches } from './watches.ts';

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
  const { watch, tell } = createWatches<JobPreview>();
  await listener.listen('previews', (preview) => {
    if (preview) tell(preview.jobId, preview);
  });
  return { watch };
}
