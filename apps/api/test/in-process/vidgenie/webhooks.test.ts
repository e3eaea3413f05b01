import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { emptyTimeline, type Genie, startGenie } from './genie.ts';

let genie: Genie;
let credential: { key: string };
let stranger: { key: string };
beforeAll(async () => {
  genie = await startGenie();
  credential = { key: (await genie.createAccount()).key };
  stranger = { key: (await genie.createAccount()).key };
});
afterAll(() => genie.stop());

const url = 'https://hooks.example.com/genie';
const webhookSchema = z.looseObject({
  id: z.string().regex(/^whk_/),
  webhook: z.looseObject({
    ...{ url: z.string(), events: z.array(z.string()), active: z.boolean(), failing_since: z.string().nullable() },
    secret: z
      .string()
      .regex(/^whsec_/)
      .optional(),
  }),
});
const deliverySchema = z.looseObject({ id: z.string(), type: z.string(), status: z.string(), payload: z.unknown() });
const logSchema = z.looseObject({ deliveries: z.array(deliverySchema), has_more: z.boolean() });
const make = (more: object = {}) => genie.call(webhookSchema, 'webhook.create', { url, ...more }, credential);
const log = (id: string, more: object = {}) => genie.call(logSchema, 'webhook.deliveries', { id, ...more }, credential);

it('a webhook shows its secret once, subscribes to both ends by default, and to cancellations on demand', async () => {
  const made = await make({ description: 'mine' });
  expect(made.webhook).toMatchObject({ url, active: true, events: ['render.done', 'render.failed'], description: 'mine' });
  expect(made.webhook.secret).toBeDefined();
  const seen = await genie.call(webhookSchema, 'webhook.get', { id: made.id }, credential);
  expect(seen.webhook.secret).toBeUndefined();
  const changed = await genie.call(
    webhookSchema,
    'webhook.update',
    { id: made.id, events: ['render.cancelled'], active: false },
    credential,
  );
  expect(changed.webhook).toMatchObject({ events: ['render.cancelled'], active: false, paused_reason: 'by_owner' });
  const own = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  expect((await make({ secret: own })).webhook.secret).toBe(own);
});

it.each([
  ['http://hooks.example.com/'],
  ['https://user:password@hooks.example.com/'],
  ['https://127.0.0.1/'],
  ['https://0x7f000001/'],
  ['https://[::1]/'],
  ['not a URL'],
])('refuses the address %s', async (bad) => {
  expect(await genie.refusal('webhook.create', { url: bad }, credential)).toEqual([400, 'invalid_request']);
});

it('refuses a secret that no receiver could use, and events that there are not', async () => {
  expect(await genie.refusal('webhook.create', { url, secret: 'short' }, credential)).toEqual([400, 'invalid_request']);
  expect(await genie.refusal('webhook.create', { url, events: ['render.started'] }, credential)).toEqual([
    400,
    'invalid_request',
  ]);
});

it('an event is delivered to those that asked for it, and the log tells of it', async () => {
  const asked = await make({ events: ['render.cancelled'] });
  const other = await make();
  const { id } = await genie.call(z.looseObject({ id: z.string() }), 'render.create', emptyTimeline, credential);
  await genie.ask('render.cancel', { id }, credential);
  expect((await log(asked.id)).deliveries).toMatchObject([{ type: 'render.cancelled', status: 'pending', attempts: [] }]);
  expect((await log(other.id)).deliveries).toEqual([]);
  expect((await log(asked.id, { status: 'delivered' })).deliveries).toEqual([]);
});

it('a test is sent at once in the form of an event, and cannot be sent again while it is tried', async () => {
  const { id } = await make();
  const answer = await genie.call(z.looseObject({ delivery: deliverySchema }), 'webhook.test', { id }, credential);
  expect(answer.delivery).toMatchObject({ type: 'webhook.test', payload: { event: 'webhook.test', data: { webhook: { id } } } });
  expect(await genie.refusal('webhook.redeliver', { delivery_id: answer.delivery.id }, credential)).toEqual([
    409,
    'delivery_pending',
  ]);
  await genie.database.pool.query(`UPDATE deliveries SET state = 'failed', finished_at = now() WHERE id = $1`, [
    answer.delivery.id,
  ]);
  const again = await genie.call(
    z.looseObject({ delivery: deliverySchema }),
    'webhook.redeliver',
    { delivery_id: answer.delivery.id },
    credential,
  );
  expect(again.delivery).toMatchObject({ status: 'pending', payload: answer.delivery.payload });
  expect((await log(id)).deliveries).toHaveLength(2);
});

it('a webhook that has failed for five days is paused, its owner is told, and can set it going again', async () => {
  const { id } = await make();
  const { deliveries, pool } = genie.database;
  const fail = async () => {
    await genie.ask('webhook.test', { id }, credential);
    for (const one of await deliveries.claim({ limit: 100, perTarget: 100, busyTargets: [] })) {
      const attempt = { attempt: one.attempt, startedAt: new Date(), durationMs: 1, statusCode: 500 };
      const verdict = one.endpointId === id ? { kind: 'failed' as const, isGone: false } : { kind: 'delivered' as const };
      await deliveries.record(one, { ...attempt, errorCode: 'http_status', responseExcerpt: 'broken' }, verdict);
    }
  };
  const seen = async () => (await genie.call(webhookSchema, 'webhook.get', { id }, credential)).webhook;
  await fail();
  expect(await seen()).toMatchObject({ active: true, failing_since: expect.any(String), paused_reason: null });
  await pool.query(`UPDATE endpoints SET failing_since = failing_since - interval '5 days' WHERE id = $1`, [id]);
  await fail();
  expect(await seen()).toMatchObject({ active: false, failing_since: expect.any(String), paused_reason: 'failing' });
  await genie.ask('webhook.test', { id }, credential);
  expect((await log(id)).deliveries.map(({ status }) => status)).toEqual(['pending', 'failed', 'failed']);
  expect((await log(id, { status: 'failed' })).deliveries[0]).toMatchObject({
    attempts: [{ attempt: 1, status_code: 500, error: 'http_status', response: 'broken' }],
  });
  expect(await deliveries.claim({ limit: 100, perTarget: 100, busyTargets: [] })).toEqual([]);
  const resumed = await genie.call(webhookSchema, 'webhook.update', { id, active: true }, credential);
  expect(resumed.webhook).toMatchObject({ active: true, failing_since: null, paused_reason: null });
  expect(await deliveries.claim({ limit: 100, perTarget: 100, busyTargets: [] })).toHaveLength(1);
});

it('webhooks are somebody’s alone, and gone when deleted', async () => {
  const { id } = await make();
  const list = (who: { key: string }) =>
    genie.call(z.looseObject({ webhooks: z.array(z.looseObject({ id: z.string() })) }), 'webhook.list', {}, who);
  for (const name of [
    'webhook.get',
    'webhook.update',
    'webhook.delete',
    'webhook.rotate_secret',
    'webhook.test',
    'webhook.deliveries',
  ])
    expect(await genie.refusal(name, { id }, stranger), name).toEqual([404, 'webhook_not_found']);
  expect((await list(stranger)).webhooks).toEqual([]);
  expect((await list(credential)).webhooks.map((one) => one.id)).toContain(id);
  await genie.call(z.looseObject({ deleted: z.literal(true) }), 'webhook.delete', { id }, credential);
  expect(await genie.refusal('webhook.get', { id }, credential)).toEqual([404, 'webhook_not_found']);
});
