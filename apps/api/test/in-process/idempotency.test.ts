import { createTestMedia, type TestMedia } from '@polyreel/testkit/surface-app';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type InProcessApp, startApp } from './start-app.ts';

let app: InProcessApp;
let media: TestMedia;
let url: string;
beforeAll(async () => {
  media = await createTestMedia();
  app = await startApp();
  url = await app.listen();
});
afterAll(async () => {
  await app.stop();
  await media.close();
});

interface Submission {
  readonly key: string;
  readonly idempotencyKey?: string;
  readonly webhookUrl?: string;
}

/** A talking film; the order of the parts and their boundary are other ones each time. */
async function submit({ key, idempotencyKey, webhookUrl }: Submission): Promise<Response> {
  const form = new FormData();
  if (webhookUrl !== undefined) form.append('webhookUrl', webhookUrl);
  form.append('audio', new Blob([new Uint8Array(await media.sound('mp3', 1))]), 'voice.mp3');
  form.append('image', new Blob([new Uint8Array(await media.picture('jpeg'))]), `${Math.random()}.jpg`);
  const headers = { 'x-api-key': key, ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }) };
  return fetch(`${url}/api/jobs`, { method: 'POST', headers, body: form });
}

const countOf = async (accountId: string): Promise<number> => app.database.jobs.count({ accountId, surface: 'vidgen-v1' });

describe('a submit with Idempotency-Key, where a key may have one active job', () => {
  it('is answered as the first time (201), while a plain one is refused (409)', async () => {
    const { key, accountId } = await app.createAccount();
    const first = await submit({ key, idempotencyKey: 'a' });
    const body = await first.text();
    const again = await submit({ key, idempotencyKey: 'a' });
    expect([again.status, await again.text()]).toEqual([201, body]);
    expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    const plain = await submit({ key });
    expect(plain.status).toBe(409);
    await plain.text();
    expect(await countOf(accountId)).toBe(1);
  });

  it('is answered by what was stored, whatever has become of the job', async () => {
    const { key, accountId } = await app.createAccount();
    const first = await submit({ key, idempotencyKey: 'stored' });
    const body = await first.text();
    await app.database.sql.run({
      text: `UPDATE jobs SET client_ref = '{"webhookUrl":null}', external_id = 'c' || md5(id) WHERE account_id = $1`,
      values: [accountId],
    });
    const again = await submit({ key, idempotencyKey: 'stored' });
    expect([again.status, await again.text(), again.headers.get('content-type')]).toEqual([
      ...[201, body, first.headers.get('content-type')],
    ]);
  });

  it('is one job however many equal ones come at once, and all get the same answer', async () => {
    const { key, accountId } = await app.createAccount();
    const answers = await Promise.all(Array.from({ length: 8 }, () => submit({ key, idempotencyKey: 'at once' })));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201));
    expect(new Set(bodies).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect(await countOf(accountId)).toBe(1);
  });

  it('422 for another request under the key, before the 409 of the active job', async () => {
    const { key } = await app.createAccount();
    await (await submit({ key, idempotencyKey: 'b' })).text();
    const other = await submit({ key, idempotencyKey: 'b', webhookUrl: 'https://your.app/hook' });
    expect([other.status, await other.json()]).toEqual([422, { error: 'the idempotency key was used for another request' }]);
  });

  it('stores no refusal: a 409 is tried again under the same key', async () => {
    const { key } = await app.createAccount();
    const running = await submit({ key });
    const { jobId } = z.object({ jobId: z.string() }).parse(await running.json());
    expect((await submit({ key, idempotencyKey: 'c' })).status).toBe(409);
    await fetch(`${url}/api/jobs/${jobId}`, { method: 'DELETE', headers: { 'x-api-key': key } });
    const accepted = await submit({ key, idempotencyKey: 'c' });
    expect([accepted.status, accepted.headers.get('idempotency-replayed')]).toEqual([201, null]);
  });

  it('belongs to the key, not to the account', async () => {
    const [one, other] = [await app.createAccount(), await app.createAccount()];
    const answers = [await submit({ key: one.key, idempotencyKey: 'd' }), await submit({ key: other.key, idempotencyKey: 'd' })];
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(2);
  });
});

describe('a status call with Prefer: wait', () => {
  it('is answered when another process changes the state', async () => {
    const { key } = await app.createAccount();
    const { jobId } = z.object({ jobId: z.string() }).parse(await (await submit({ key })).json());
    const headers = { 'x-api-key': key, prefer: 'wait=60' };
    const held = fetch(`${url}/api/status/${jobId}`, { headers });
    await fetch(`${url}/api/jobs/${jobId}`, { method: 'DELETE', headers });
    const answer = await held;
    expect(answer.headers.get('preference-applied')).toBe('wait=60');
    expect(await answer.json()).toMatchObject({ jobId, status: 'CANCELLED' });
  });

  it('is answered with what there is when the process stops', async () => {
    const other = await startApp();
    const { key } = await other.createAccount();
    const answer = await other.app.inject({
      method: 'POST',
      url: '/api/v2',
      headers: { authorization: `Bearer ${key}` },
      payload: { action: 'generate', scenes: [{ prompt: 'a lighthouse' }] },
    });
    const { id } = z.object({ id: z.string() }).parse(answer.json());
    const held = fetch(`${await other.listen()}/api/v2`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', prefer: 'wait=60' },
      body: JSON.stringify({ action: 'status', id }),
    });
    const stopped = held.then(() => other.stop());
    other.endWaits();
    expect(await (await held).json()).toMatchObject({ status: 'IN_QUEUE', id });
    await stopped;
  });
});
