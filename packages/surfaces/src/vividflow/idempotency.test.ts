import { expect, it } from 'vitest';
import { startVividFlow } from '../../test/harness-vividflow.ts';

const headers = { 'idempotency-key': 'order-17' };

it('answers an equal request with the first answer and charges once', async () => {
  const app = await startVividFlow({ VIVIDFLOW_MONTHLY_CREDITS: '1' });
  const first = await app.generate({ cfg: '7.50' }, { headers });
  const second = await app.generate({ cfg: '7.5', foo: 'ignored' }, { headers });
  expect([second.statusCode, second.json()]).toEqual([202, first.json()]);
  expect([first.headers['idempotency-replayed'], second.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
  expect(app.jobs.submitted()).toHaveLength(1);
  expect((await app.generate()).statusCode).toBe(429);
});

it('refuses another request under the same key with 422, and keeps refusals out of the store', async () => {
  const app = await startVividFlow();
  expect((await app.generate({ cfg: '0' }, { headers })).statusCode).toBe(400);
  expect((await app.generate({}, { headers })).statusCode).toBe(202);
  expect((await app.generate({ seed: '7' }, { headers })).statusCode).toBe(422);
  expect((await app.generate({ seed: '7' }, { headers, key: 'ownerSecond' })).statusCode).toBe(202);
});
