import type { WebhookFiles } from '../surface.ts';
import { describe, expect, it } from 'vitest';
import { startV1, trustingInspector } from '../../test/harness-v1.ts';
import { artifact } from '../../test/harness-v2.ts';
import { statusBodySchema } from './schemas.ts';
import { webhook } from './webhook.ts';

/** This dialect speaks of jobs alone. */
const files: WebhookFiles = {
  getMany: async () => [],
  sources: () => Promise.reject(new Error('not asked for')),
  publicLinks: () => null,
};

describe('the webhook', async () => {
  const app = await startV1({}, { inspector: trustingInspector });
  const links = {
    artifact: async ({ name }: { name: string }) => `https://files.test/${name}`,
    share: ({ id }: { id: string }) => `https://files.test/share/${id}`,
  };

  const message = { deliveryId: 'dlv_1', event: 'job.succeeded', createdAt: new Date(0) };

  it('is signed as the Express sample verifies: bare hex', () => {
    expect(webhook.scheme).toBe('bare-hex');
  });

  it('has the body of the status answer, for a film and for a failure', async () => {
    const done = await app.submit({ webhookUrl: 'https://your.app/hook' });
    app.jobs.change(done, { state: 'running' });
    const view = app.jobs.change(done, { state: 'succeeded', artifacts: [artifact('film', 'film.mp4')] });
    expect(statusBodySchema.parse(await webhook.body(view, links, message, files))).toMatchObject({
      jobId: done,
      status: 'COMPLETED',
      progress: 100,
      outputVideo: 'https://files.test/film.mp4',
      outputShareLink: `https://files.test/share/${view.id}`,
    });
    const failed = await app.submit();
    const lost = app.jobs.change(failed, { state: 'failed', error: { code: 'x', message: 'No face' } });
    expect(statusBodySchema.parse(await webhook.body(lost, links, message, files))).toMatchObject({
      status: 'FAILED',
      errorMessage: 'No face',
    });
  });

  it('is asked for when a job ends by itself, never when it is cancelled', async () => {
    await app.submit({ webhookUrl: 'https://your.app/hook' });
    expect(app.jobs.submitted().at(-1)?.callback?.events).toEqual(['job.succeeded', 'job.failed']);
  });
});
