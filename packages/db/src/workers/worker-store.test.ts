import type { Capability } from '@polyreel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newJob } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';
import { claimOf } from '../../test/step-helpers.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
});
afterAll(() => db.drop());

const talk: Capability = { runner: 'cpu', kind: 'reference', task: 'talking-head', model: '*' };
const draw: Capability = { runner: 'comfyui', kind: 'model', task: 'text-to-video', model: 'wan22', maxFrames: 81 };
const beat = (id: string, ...capabilities: Capability[]) => db.workers.beat({ id, capabilities, hostname: 'host', version: '1' });

describe('workers', () => {
  it('unite what they can do, each ability once, in one order whoever beat last', async () => {
    await beat('wrk_1', talk, draw);
    await beat('wrk_2', draw);
    const first = await db.workers.capabilities(900);
    expect(first).toHaveLength(2);
    expect(new Set(first)).toEqual(new Set([draw, talk]));
    await beat('wrk_1', draw, talk);
    expect(await db.workers.capabilities(900)).toEqual(first);
    expect(await db.workers.countLive(30)).toBe(2);
  });

  it('that stopped are not alive but count for planning; those silent for long do neither', async () => {
    await db.workers.remove('wrk_1');
    expect(await db.workers.countLive(30)).toBe(1);
    expect(await db.workers.capabilities(900)).toHaveLength(2);
    await beat('wrk_1', talk);
    expect(await db.workers.countLive(30)).toBe(2);
    await db.pool.query(`UPDATE workers SET seen_at = now() - interval '16 minutes' WHERE id = 'wrk_2'`);
    expect(await db.workers.capabilities(900)).toEqual([talk]);
    expect(await db.workers.countLive(30)).toBe(1);
  });
});

describe('settings', () => {
  it('stand with the first value that was ensured, by twenty at once', async () => {
    expect(await db.settings.read('marker')).toBeNull();
    const values = await Promise.all(
      Array.from({ length: 20 }, (_unused, index) => db.settings.ensure('marker', `value-${index}`)),
    );
    expect(new Set(values).size).toBe(1);
    expect(await db.settings.read('marker')).toBe(values[0]);
  });
});

describe('maintenance', () => {
  it('removes what has run out and nothing else', async () => {
    const idempotency = { key: 'old', fingerprint: 'f', ttlSeconds: -1 };
    await db.jobs.submit(newJob({ idempotency }));
    await db.jobs.submit(newJob({ idempotency: { ...idempotency, key: 'new', ttlSeconds: 60 } }));
    await db.pool.query(`UPDATE workers SET seen_at = now() - interval '2 days' WHERE id = 'wrk_2'`);
    await db.maintain({ results: null, audit: null });
    expect((await db.prisma.idempotencyKey.findMany()).map((row) => row.idempotencyKey)).toEqual(['new']);
    expect((await db.prisma.worker.findMany()).map((row) => row.id)).toEqual(['wrk_1']);
  });
});

describe('statistics', () => {
  it('count jobs, due steps and deliveries, with a zero for every known word', async () => {
    const job = newJob({ callback: { url: 'https://a.example', events: ['job.succeeded'] } });
    await db.pool.query(`UPDATE steps SET state = 'cancelled'`);
    await db.jobs.submit(job);
    expect(await db.statistics.dueSteps()).toEqual({ gpu: 0, cpu: 1, io: 0 });
    await db.steps.succeed(await claimOf(db, job), { artifacts: [], warnings: [] }, []);
    expect(await db.statistics.jobsByState()).toEqual({ queued: 2, running: 0, succeeded: 1, failed: 0, cancelled: 0 });
    expect(await db.statistics.deliveriesByState()).toEqual({ pending: 1, delivered: 0, failed: 0, cancelled: 0 });
    expect(await db.statistics.dueSteps()).toEqual({ gpu: 0, cpu: 0, io: 0 });
  });
});
