import { createTestMedia, type TestMedia } from '@polyreel/testkit/surface-app';
import { afterAll, beforeAll, expect, it } from 'vitest';
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

type Caller = Awaited<ReturnType<InProcessApp['createAccount']>>;

async function rowsOf({ accountId }: Caller) {
  const { entries } = await app.database.audit.list({ accountId, limit: 100 });
  return entries.toReversed();
}
const told = async (caller: Caller) => (await rowsOf(caller)).map(({ surface, action }) => `${surface} ${action}`);

const send = (caller: Caller, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}${path}`, {
    method,
    headers: {
      ...{ authorization: `Bearer ${caller.key}`, 'user-agent': `tool/1 ${caller.key}`, ...headers },
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

async function submitForm(caller: Caller, idempotencyKey?: string): Promise<string> {
  const form = new FormData();
  form.append('audio', new Blob([new Uint8Array(await media.sound('mp3', 1))]), 'voice.mp3');
  form.append('image', new Blob([new Uint8Array(await media.picture('jpeg'))]), 'still.jpg');
  const headers = { 'x-api-key': caller.key, ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }) };
  const answer = await fetch(`${url}/api/jobs`, { method: 'POST', headers, body: form });
  return z.object({ jobId: z.string() }).parse(await answer.json()).jobId;
}

it('has a row for every change, with who, what, when and whence, and none for reads, replays and refusals', async () => {
  const caller = await app.createAccount();
  const jobId = await submitForm(caller, 'once');
  await submitForm(caller, 'once');
  await send(caller, 'GET', `/api/status/${jobId}`, undefined, { 'x-api-key': caller.key });
  await send(caller, 'DELETE', `/api/jobs/${jobId}`, undefined, { 'x-api-key': caller.key });
  await send(caller, 'DELETE', `/api/jobs/${jobId}`, undefined, { 'x-api-key': caller.key });
  const rows = await rowsOf(caller);
  expect(rows).toMatchObject([
    {
      ...{ surface: 'vidgen-v1', action: 'job.create', target: jobId, accountId: caller.accountId, keyId: caller.keyId },
      ...{ credential: 'api_key', keyName: 'test', ip: '127.0.0.1', status: null, requestId: expect.any(String) },
    },
    { surface: 'vidgen-v1', action: 'job.cancel', target: jobId, userAgent: 'tool/1 vg_live_...' },
  ]);
  expect(JSON.stringify(rows)).not.toContain(caller.key);
});

it('is written with the change or not at all', async () => {
  const caller = await app.createAccount();
  await app.database.pool.query(
    `CREATE FUNCTION refuse_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.account_id = '${caller.accountId}' THEN RAISE EXCEPTION 'no room'; END IF; RETURN NEW; END $$`,
  );
  await app.database.pool.query(
    'CREATE TRIGGER refuse_audit BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_audit()',
  );
  const answer = await send(caller, 'POST', '/api/v2', { action: 'generate', scenes: [{ prompt: 'a lighthouse' }] });
  await app.database.pool.query('DROP TRIGGER refuse_audit ON audit_entries');
  expect(answer.status).toBe(500);
  const { rows } = await app.database.pool.query('SELECT 1 FROM jobs WHERE account_id = $1', [caller.accountId]);
  expect(rows).toEqual([]);
});

it('names each API by which something was changed', async () => {
  const caller = await app.createAccount();
  await send(caller, 'POST', '/api/v2', { action: 'generate', scenes: [{ prompt: 'a lighthouse' }] });
  await send(caller, 'POST', '/api/v2', { action: 'models' });
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(await media.picture('jpeg'))]), 'still.jpg');
  form.append('prompt', 'a lighthouse');
  const animated = await fetch(`${url}/api/v1/generate`, { method: 'POST', headers: { 'x-api-key': caller.key }, body: form });
  expect(animated.ok, await animated.text()).toBe(true);
  const upload = await send(caller, 'POST', '/v1/files/upload', { displayName: 'clip.mp4' });
  const { fileId } = z.looseObject({ fileId: z.string() }).parse(await upload.json());
  await send(caller, 'POST', `/v1/files/${fileId}/archive`);
  await send(caller, 'GET', `/v1/files/${fileId}`);
  expect(await told(caller)).toEqual([
    'vidgen-v2 job.create',
    'vividflow job.create',
    'videogen file.create',
    'videogen file.archive',
  ]);
});
