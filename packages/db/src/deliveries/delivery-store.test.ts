import type { ClaimedDelivery, DeliveryAttemptRow, DeliveryVerdict } from '@polyreel/core';
import { scaled } from '@polyreel/testkit/scale';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newJob, testIds } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';
import { claimOf } from '../../test/step-helpers.ts';

let db: OpenTestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
});
afterEach(() => db.drop());

const events = ['job.succeeded', 'job.failed', 'job.cancelled'] as const;
const all = { limit: 100, perTarget: 100, busyTargets: [] };
const attemptRow = (attempt: number, more: Partial<DeliveryAttemptRow> = {}): DeliveryAttemptRow => ({
  attempt,
  startedAt: new Date(),
  durationMs: 12.6,
  statusCode: 200,
  errorCode: null,
  responseExcerpt: 'ok',
  ...more,
});

/** A job that ended, with one delivery to `url`. */
async function endedJob(url = 'https://a.example/hook') {
  const job = newJob({ callback: { url, events } });
  await db.jobs.submit(job);
  await db.jobs.cancel({ ...job, from: ['queued'] });
  return job;
}

async function claimOne(): Promise<ClaimedDelivery> {
  const [delivery, ...rest] = await db.deliveries.claim(all);
  if (delivery === undefined || rest.length > 0)
    throw new Error(`claimed ${rest.length + (delivery ? 1 : 0)} deliveries instead of one`);
  return delivery;
}

const record = (delivery: ClaimedDelivery, verdict: DeliveryVerdict, more: Partial<DeliveryAttemptRow> = {}) =>
  db.deliveries.record(delivery, attemptRow(delivery.attempt, more), verdict);
const rowOf = (id: string) => db.prisma.delivery.findUniqueOrThrow({ where: { id }, include: { tries: true } });
const makeDueAgain = () => db.pool.query('UPDATE deliveries SET next_attempt_at = now(), lease_until = NULL');

describe('claiming deliveries', () => {
  it('gives what is due with all a sender needs, and holds it', async () => {
    const job = await endedJob('https://a.example:8443/hook?token=1');
    const delivery = await claimOne();
    expect(delivery).toMatchObject({
      accountId: 'usr_1',
      jobId: job.id,
      endpointId: null,
      surface: job.surface,
      event: 'job.cancelled',
      url: 'https://a.example:8443/hook?token=1',
      target: 'https://a.example:8443',
      body: null,
      attempt: 1,
    });
    expect(delivery.deliveryId).toMatch(/^dlv_/);
    expect(await db.deliveries.claim(all)).toEqual([]);
  });

  it('takes no more than asked for, no more than a share for one target, and nothing for busy ones', async () => {
    for (let index = 0; index < 5; index += 1) await endedJob('https://slow.example/a');
    await endedJob('https://busy.example/b');
    await endedJob('https://quick.example/c');
    const claimed = await db.deliveries.claim({ limit: 10, perTarget: 2, busyTargets: ['https://busy.example'] });
    expect(claimed.map((delivery) => delivery.target).sort()).toEqual([
      'https://quick.example',
      'https://slow.example',
      'https://slow.example',
    ]);
    expect(await db.deliveries.claim({ limit: 1, perTarget: 2, busyTargets: [] })).toHaveLength(1);
  });

  it('from eight connections gives each delivery to one of them', async () => {
    const count = scaled(200);
    for (let index = 0; index < count; index += 1) await endedJob(`https://${index % 7}.example/hook`);
    const others = await Promise.all(Array.from({ length: 8 }, () => db.openAnother({ poolSize: 1 })));
    const drain = async (database: (typeof others)[number]): Promise<ClaimedDelivery[]> => {
      const some = await database.deliveries.claim({ limit: 3, perTarget: 2, busyTargets: [] });
      return some.length === 0 ? [] : [...some, ...(await drain(database))];
    };
    const claimed = [...(await Promise.all(others.map(drain))).flat(), ...(await drain(db))];
    expect(claimed).toHaveLength(count);
    expect(new Set(claimed.map((delivery) => delivery.deliveryId)).size).toBe(count);
  });

  it('counts an attempt whose process died, and refuses what the dead one writes late', async () => {
    await endedJob();
    const dead = await claimOne();
    await db.pool.query(`UPDATE deliveries SET lease_until = now() - interval '1 second'`);
    const next = await claimOne();
    expect(next).toMatchObject({ deliveryId: dead.deliveryId, attempt: 2 });
    expect(await record(dead, { kind: 'delivered' })).toBe(false);
    expect(await db.deliveries.freezeBody(dead, 'late')).toBeNull();
    await db.deliveries.handBack(dead);
    expect(await record(next, { kind: 'delivered' })).toBe(true);
  });

  it('gives back what was not sent, the attempt not counted', async () => {
    await endedJob();
    const first = await claimOne();
    await db.deliveries.handBack(first);
    expect(await claimOne()).toMatchObject({ deliveryId: first.deliveryId, attempt: 1 });
  });
});

describe('a delivery', () => {
  it('keeps the body of its first attempt', async () => {
    await endedJob();
    const first = await claimOne();
    expect(await db.deliveries.freezeBody(first, '{"a":1}')).toBe('{"a":1}');
    expect(await db.deliveries.freezeBody(first, '{"a":2}')).toBe('{"a":1}');
    await record(first, { kind: 'retry', retryInSeconds: 0 });
    expect((await claimOne()).body).toBe('{"a":1}');
  });

  it('ends delivered, with every attempt in its log', async () => {
    await endedJob();
    const first = await claimOne();
    await record(
      first,
      { kind: 'retry', retryInSeconds: 0 },
      { statusCode: null, errorCode: 'timeout', responseExcerpt: 'nul \0 and \uD800' },
    );
    const second = await claimOne();
    await record(second, { kind: 'delivered' });
    const row = await rowOf(first.deliveryId);
    expect(row).toMatchObject({ state: 'delivered', attempts: 2, leaseToken: null });
    expect(row.finishedAt).not.toBeNull();
    expect(row.tries.map((one) => [one.attempt, one.statusCode, one.errorCode, one.durationMs])).toEqual([
      [1, null, 'timeout', 13],
      [2, 200, null, 13],
    ]);
    expect(await db.deliveries.claim(all)).toEqual([]);
  });

  it('that is to be tried later is not claimed before, by the clock of the database', async () => {
    await endedJob();
    const first = await claimOne();
    await record(first, { kind: 'retry', retryInSeconds: 300 }, { statusCode: 500, errorCode: 'http_500' });
    expect(await db.deliveries.claim(all)).toEqual([]);
    const { rows } = await db.pool.query<{ wait: string }>(
      'SELECT extract(epoch FROM next_attempt_at - now())::text AS wait FROM deliveries',
    );
    expect(Number(rows[0]?.wait)).toBeGreaterThan(240);
    expect(Number(rows[0]?.wait)).toBeLessThanOrEqual(300);
  });
});

describe('endpoints', () => {
  const addEndpoint = async (wanted: readonly string[]) =>
    db.prisma.endpoint.create({
      data: {
        id: testIds.next('endpoint'),
        accountId: 'usr_1',
        surface: 'test-surface',
        url: 'https://b.example/in',
        events: [...wanted],
      },
    });
  const stateOfEndpoint = async (id: string) => db.prisma.endpoint.findUniqueOrThrow({ where: { id } });

  it('get a message each for the events they asked for, beside the one-off callback', async () => {
    const [wants, wantsNot] = [await addEndpoint(['job.succeeded']), await addEndpoint(['job.failed'])];
    const gone = await addEndpoint(['job.succeeded']);
    await db.prisma.endpoint.update({ where: { id: gone.id }, data: { state: 'deleted' } });
    const job = newJob({ callback: { url: 'https://a.example/hook', events } });
    await db.jobs.submit(job);
    await db.steps.succeed(await claimOf(db, job), { artifacts: [], warnings: [] }, []);
    const claimed = await db.deliveries.claim(all);
    expect(new Set(claimed.map((delivery) => delivery.endpointId))).toEqual(new Set([null, wants.id]));
    expect(claimed.find((delivery) => delivery.endpointId === wants.id)?.target).toBe(wants.id);
    expect(claimed.map((delivery) => delivery.endpointId)).not.toContain(wantsNot.id);
  });

  it('that have failed for five days are paused; their deliveries wait, and a success forgets the failures', async () => {
    const endpoint = await addEndpoint(['job.cancelled']);
    const job = newJob();
    await db.jobs.submit(job);
    await db.jobs.cancel({ ...job, from: ['queued'] });
    const fail = async () =>
      record(await claimOne(), { kind: 'retry', retryInSeconds: 0 }, { statusCode: 500, errorCode: 'http_500' });
    await fail();
    const since = (await stateOfEndpoint(endpoint.id)).failingSince;
    expect(since).not.toBeNull();
    await makeDueAgain();
    await fail();
    expect(await stateOfEndpoint(endpoint.id)).toMatchObject({ state: 'active', failingSince: since });
    await record(await claimOne(), { kind: 'retry', retryInSeconds: 0 }, { statusCode: 200 });
    await db.pool.query(`UPDATE endpoints SET failing_since = now() - interval '5 days 1 minute'`);
    await fail();
    expect(await stateOfEndpoint(endpoint.id)).toMatchObject({ state: 'paused' });
    expect(await db.deliveries.claim(all)).toEqual([]);
    await db.prisma.endpoint.update({ where: { id: endpoint.id }, data: { state: 'active' } });
    await record(await claimOne(), { kind: 'delivered' });
    expect(await stateOfEndpoint(endpoint.id)).toMatchObject({ state: 'active', failingSince: null });
  });

  it('that say they are gone are paused at once', async () => {
    const endpoint = await addEndpoint(['job.cancelled']);
    const job = newJob();
    await db.jobs.submit(job);
    await db.jobs.cancel({ ...job, from: ['queued'] });
    await record(await claimOne(), { kind: 'failed', isGone: true }, { statusCode: 410, errorCode: 'http_410' });
    expect(await stateOfEndpoint(endpoint.id)).toMatchObject({ state: 'paused' });
    expect(await db.prisma.delivery.findFirst()).toMatchObject({ state: 'failed' });
  });
});
