import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newJob, testIds } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';

let db: OpenTestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
  await db.addAccount(2);
});
afterEach(() => db.drop());

const surface = 'test-surface';
const secret = (sealed: string) => ({ id: testIds.next('secret'), sealed });

function create(more: { accountId?: string; url?: string; events?: string[]; endpointsMax?: number } = {}) {
  const id = testIds.next('endpoint');
  return db.endpoints.create({
    ...{ id, accountId: 'usr_1', surface, url: 'https://a.example/hook', events: ['job.cancelled'], description: null },
    ...{ secret: secret(`sealed of ${id}`), endpointsMax: 5 },
    ...more,
  });
}

const keyOf = (endpoint: { id: string }) => ({ accountId: 'usr_1', surface, id: endpoint.id });

async function cancelledJob() {
  const job = newJob();
  await db.jobs.submit(job);
  await db.jobs.cancel({ ...job, from: ['queued'] });
  return job;
}

const auditOf = (action: string) => ({
  ...{ accountId: 'usr_1', credential: 'api_key' as const, keyId: 'key_1', keyName: 'test', surface, action, target: null },
  ...{ ip: null, userAgent: null, status: 200, requestId: null },
});

describe('endpoints', () => {
  it('belong to one account and one surface: everybody else finds nothing', async () => {
    const endpoint = await create();
    const foreign = [
      { ...keyOf(endpoint), accountId: 'usr_2' },
      { ...keyOf(endpoint), surface: 'another' },
    ];
    expect(await db.endpoints.find(keyOf(endpoint))).toEqual(endpoint);
    for (const key of foreign) {
      expect(await db.endpoints.find(key)).toBeNull();
      expect(await db.endpoints.update(key, { state: 'paused' })).toBeNull();
      expect(await db.endpoints.rotateSecret({ ...key, secret: secret('x'), overlapSeconds: 1 })).toBeNull();
      expect(await db.endpoints.deliveries({ ...key, limit: 5 })).toBeNull();
      expect(await db.endpoints.send({ ...key, deliveryId: 'dlv_x', event: 'ping', body: '{}' })).toBeNull();
      expect(await db.endpoints.remove(key)).toBeNull();
    }
    expect(await db.endpoints.find(keyOf(endpoint))).toEqual(endpoint);
  });

  it('are listed newest first by pages, and no more are made than allowed', async () => {
    const made = [];
    for (let index = 0; index < 5; index += 1) made.push((await create()).id);
    await expect(create()).rejects.toMatchObject({ code: 'too_many_endpoints' });
    const first = await db.endpoints.list({ accountId: 'usr_1', surface, limit: 3 });
    const last = first.endpoints.at(-1)?.id ?? '';
    const second = await db.endpoints.list({ accountId: 'usr_1', surface, limit: 3, afterId: last });
    expect([first.hasMore, second.hasMore]).toEqual([true, false]);
    expect([...first.endpoints, ...second.endpoints].map(({ id }) => id)).toEqual(made.toSorted().toReversed());
    await expect(db.endpoints.list({ accountId: 'usr_2', surface, limit: 3, afterId: last })).rejects.toMatchObject({
      code: 'invalid_cursor',
    });
  });

  it('get an event that they asked for, in the transaction that ends the job, and no other', async () => {
    const asked = await create();
    const other = await create({ events: ['job.succeeded'] });
    const strange = await create({ accountId: 'usr_2' });
    const job = await cancelledJob();
    const log = await db.endpoints.deliveries({ ...keyOf(asked), limit: 5 });
    expect(log?.deliveries).toMatchObject([{ jobId: job.id, event: 'job.cancelled', state: 'pending', attempts: [] }]);
    expect((await db.endpoints.deliveries({ ...keyOf(other), limit: 5 }))?.deliveries).toEqual([]);
    expect((await db.endpoints.deliveries({ ...keyOf(strange), accountId: 'usr_2', limit: 5 }))?.deliveries).toEqual([]);
  });

  it('sign with both secrets while they overlap, and with the newest alone after a second rotation ends the first', async () => {
    const endpoint = await create();
    const rotate = (sealed: string, overlapSeconds: number) =>
      db.endpoints.rotateSecret({ ...keyOf(endpoint), secret: secret(sealed), overlapSeconds });
    await rotate('two', 3600);
    expect(await db.endpoints.secrets(endpoint.id)).toEqual(['two', `sealed of ${endpoint.id}`]);
    await rotate('three', 3600);
    expect(await db.endpoints.secrets(endpoint.id)).toEqual(['three', 'two']);
    await rotate('four', 0);
    expect(await db.endpoints.secrets(endpoint.id)).toEqual(['four']);
  });

  it('hold deliveries back while paused, and send them to the new URL once active', async () => {
    const endpoint = await create();
    await db.endpoints.update(keyOf(endpoint), { state: 'paused' });
    await cancelledJob();
    const claim = () => db.deliveries.claim({ limit: 10, perTarget: 10, busyTargets: [] });
    expect(await claim()).toEqual([]);
    await db.endpoints.update(keyOf(endpoint), { state: 'active', url: 'https://b.example/new', description: 'new' });
    expect(await claim()).toMatchObject([{ endpointId: endpoint.id, url: 'https://b.example/new' }]);
    expect(await db.endpoints.find(keyOf(endpoint))).toMatchObject({ description: 'new', failingSince: null });
  });

  it('take their waiting deliveries and secrets with them when removed', async () => {
    const endpoint = await create();
    await cancelledJob();
    expect(await db.endpoints.remove(keyOf(endpoint))).toMatchObject({ id: endpoint.id });
    expect(await db.endpoints.remove(keyOf(endpoint))).toBeNull();
    expect(await db.endpoints.secrets(endpoint.id)).toEqual([]);
    const states = await db.pool.query('SELECT state FROM deliveries WHERE endpoint_id = $1', [endpoint.id]);
    expect(states.rows).toEqual([{ state: 'cancelled' }]);
  });

  it('get a message again on demand, word for word, but not while it is still tried', async () => {
    const endpoint = await create();
    const key = keyOf(endpoint);
    const sent = await db.endpoints.send({ ...key, deliveryId: testIds.next('delivery'), event: 'ping', body: '{"n":1}' });
    const again = (deliveryId: string) =>
      db.endpoints.redeliver({ accountId: 'usr_1', surface, deliveryId, newDeliveryId: testIds.next('delivery') });
    await expect(again(sent?.id ?? '')).rejects.toMatchObject({ kind: 'conflict', code: 'delivery_pending' });
    const [lease] = await db.deliveries.claim({ limit: 1, perTarget: 1, busyTargets: [] });
    if (!lease) throw new Error('nothing to claim');
    const attempt = { attempt: 1, startedAt: new Date(), durationMs: 3, statusCode: 500, errorCode: 'http_500' };
    await db.deliveries.record(lease, { ...attempt, responseExcerpt: 'no' }, { kind: 'failed', isGone: false });
    const second = await again(sent?.id ?? '');
    expect(second).toMatchObject({ body: '{"n":1}', state: 'pending', event: 'ping' });
    expect(await again('dlv_unknown')).toBeNull();
    const log = await db.endpoints.deliveries({ ...key, limit: 1 });
    expect(log).toMatchObject({ hasMore: true, deliveries: [{ id: second?.id }] });
    const older = await db.endpoints.deliveries({ ...key, limit: 5, afterId: second?.id ?? '' });
    expect(older?.deliveries).toMatchObject([{ id: sent?.id, state: 'failed', attempts: [attempt] }]);
    expect((await db.endpoints.deliveries({ ...key, limit: 5, state: 'failed' }))?.deliveries).toHaveLength(1);
  });

  it('get other events than the ends of jobs by name', async () => {
    const asked = await create({ events: ['file.ready'] });
    await create();
    expect(await db.endpoints.publish({ accountId: 'usr_1', surface, event: 'file.ready', body: '{"id":1}' })).toBe(1);
    expect((await db.endpoints.deliveries({ ...keyOf(asked), limit: 5 }))?.deliveries).toMatchObject([{ body: '{"id":1}' }]);
  });

  it('leave an audit row with each change, and none where nothing changed', async () => {
    const endpoint = await create();
    await db.endpoints.update({ ...keyOf(endpoint), audit: auditOf('update') }, { state: 'paused' });
    await db.endpoints.remove({ ...keyOf(endpoint), audit: auditOf('remove') });
    await db.endpoints.remove({ ...keyOf(endpoint), audit: auditOf('remove again') });
    const { entries } = await db.audit.list({ accountId: 'usr_1', limit: 10 });
    expect(entries.map(({ action }) => action)).toEqual(['remove', 'update']);
  });
});
