import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newJob } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';
import { claimOf } from '../../test/step-helpers.ts';

let db: OpenTestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
});
afterEach(() => db.drop());

const auditOf = (action: string) => ({
  ...{ accountId: 'usr_1', credential: 'api_key' as const, keyId: 'key_1', keyName: 'test', surface: null, action },
  ...{ target: null, ip: null, userAgent: null, status: 200, requestId: null },
});

describe('jobs', () => {
  it('are removed once they have ended, with what nobody was told yet, and their going is announced', async () => {
    const job = newJob({ callback: { url: 'https://a.example/hook', events: ['job.cancelled'] } });
    await db.jobs.submit(job);
    expect(await db.jobs.remove(job)).toBe('active');
    await db.jobs.cancel({ ...job, from: ['queued'], audit: auditOf('cancel') });
    const announced = Promise.withResolvers<string>();
    await db.listen('jobs', (change) => change && announced.resolve(change.id));
    expect(await db.jobs.remove({ ...job, accountId: 'usr_2' })).toBe('not_found');
    expect(await db.jobs.remove({ ...job, audit: auditOf('remove') })).toBe('removed');
    expect(await announced.promise).toBe(job.id);
    expect(await db.jobs.findById(job.id)).toBeNull();
    expect((await db.pool.query('SELECT state, job_id FROM deliveries')).rows).toEqual([{ state: 'cancelled', job_id: null }]);
    const { entries } = await db.audit.list({ accountId: 'usr_1', limit: 5 });
    expect(entries.map(({ action }) => action)).toEqual(['remove', 'cancel']);
  });

  it('write their audit row with the submit, and none for a repeated one', async () => {
    const idempotency = { key: 'k', fingerprint: 'f', ttlSeconds: 60 };
    const submit = () => db.jobs.submit(newJob({ keyId: null, idempotency, audit: auditOf('submit') }));
    const first = await submit();
    expect(await submit()).toMatchObject({ isReplay: true, view: { id: first.view.id } });
    expect((await db.audit.list({ accountId: 'usr_1', limit: 5 })).entries).toHaveLength(1);
  });

  it('that waited longer than their caller would are failed by the sweep, those that run are not', async () => {
    const [late, running, patient] = [newJob({ maxQueueSeconds: 0 }), newJob({ maxQueueSeconds: 3600 }), newJob()];
    await db.jobs.submit(running);
    await claimOf(db, running);
    for (const job of [late, patient]) await db.jobs.submit(job);
    await db.pool.query(`UPDATE jobs SET queue_deadline = now() - interval '1 second' WHERE queue_deadline IS NOT NULL`);
    const deadlines = await db.steps.sweep({ maxAttempts: 3 });
    expect(deadlines.failedJobs).toBe(1);
    const states = await Promise.all([late, running, patient].map(async ({ id }) => (await db.jobs.findById(id))?.state));
    expect(states).toEqual(['failed', 'running', 'queued']);
    expect((await db.jobs.findById(late.id))?.error?.code).toBe('queue_timeout');
  });

  it('are listed by what their surface kept with them', async () => {
    const [red, blue] = [
      newJob({ clientRef: { metadata: { color: 'red', n: 1 } } }),
      newJob({ clientRef: { metadata: { color: 'blue' } } }),
    ];
    for (const job of [red, blue]) await db.jobs.submit(job);
    const list = (metadata: Record<string, unknown>) =>
      db.jobs.list({ accountId: 'usr_1', surface: red.surface, limit: 5, clientRefContains: { metadata } });
    expect((await list({ color: 'red' })).jobs.map(({ id }) => id)).toEqual([red.id]);
    expect((await list({ color: 'red', n: 2 })).jobs).toEqual([]);
  });
});
