import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newJob } from '../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../test/open-test-database.ts';
import { claimOf } from '../test/step-helpers.ts';
import { createPreviewSender, openPreviewSignals } from './previews.ts';

let db: OpenTestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
});
afterEach(() => db.drop());

describe('what is announced', () => {
  it('that a running job is to be cancelled, each time that somebody asks', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    await claimOf(db, job);
    let heard = Promise.withResolvers<string>();
    await db.listen('cancels', (cancel) => cancel && heard.resolve(cancel.id));
    for (let asked = 0; asked < 2; asked += 1) {
      expect((await db.jobs.cancel({ ...job, from: ['running'] })).outcome).toBe('cancel_requested');
      expect(await heard.promise).toBe(job.id);
      heard = Promise.withResolvers();
    }
  });

  it('pictures of a job’s work, to whoever watches that job, until they stop', async () => {
    const previews = createPreviewSender(db.sql);
    const signals = await openPreviewSignals(db);
    const seen: number[] = [];
    const last = Promise.withResolvers<void>();
    const stop = signals.watch('job_1', ({ version }) => seen.push(version));
    signals.watch('job_2', ({ objectKey, version }) => {
      expect([objectKey, version]).toEqual(['jobs/job_2/p.jpg', 9]);
      last.resolve();
    });
    await previews.announce({ jobId: 'job_1', objectKey: 'jobs/job_1/p.jpg', version: 1 });
    await previews.announce({ jobId: 'job_2', objectKey: 'jobs/job_2/p.jpg', version: 9 });
    await last.promise;
    expect(seen).toEqual([1]);
    stop();
    await previews.announce({ jobId: 'job_1', objectKey: 'jobs/job_1/p.jpg', version: 2 });
    await previews.announce({ jobId: 'job_2', objectKey: 'jobs/job_2/p.jpg', version: 9 });
    expect(seen).toEqual([1]);
  });
});
