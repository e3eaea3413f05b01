import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { pollUntil } from './wait.ts';

/** People at a beach, of the kind that the classifier finds suggestive and a stricter policy refuses. */
const require = createRequire(path.resolve(import.meta.dirname, '../../../../packages/gpu-runner/package.json'));
const beach = path.join(path.dirname(require.resolve('@vladmandic/face-api/package.json')), 'demo/sample2.jpg');
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ workers: 0, env: { CONTENT_SAFETY_STAGES: 'images=closed' } });
  // It says what can be done, and does none of it.
  await stack.startWorker({ WORKER_QUEUES: 'io' });
});
afterAll(() => stack?.stop());

async function vidgen(body: Readonly<Record<string, unknown>>, key: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return (await fetch(`${stack.url}/api/v2`, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

async function submitBeach(key: string): Promise<Response> {
  const form = new FormData();
  form.set('image', new Blob([await readFile(beach)]), 'beach.jpg');
  for (const [name, value] of Object.entries({ prompt: 'A calm day', length: '9', width: '256', height: '256' }))
    form.set(name, value);
  return fetch(`${stack.url}/api/v1/generate`, { method: 'POST', headers: { 'X-API-Key': key }, body: form });
}

const writePolicy = (accountId: string, policy: unknown) =>
  stack.pool.query(`UPDATE api_keys SET policies = jsonb_build_object('safety', $2::jsonb) WHERE account_id = $1`, [
    accountId,
    JSON.stringify(policy),
  ]);
const statusSchema = z.looseObject({ status: z.string() });
const done = (ask: () => Promise<unknown>) =>
  pollUntil(
    async () => statusSchema.parse(await ask()),
    ({ status }) => !['PROCESSING', 'IN_QUEUE', 'IN_PROGRESS'].includes(status),
    200_000,
  );

test('a prompt is refused before it is queued, and logged without its text', async () => {
  const { key, accountId } = await stack.createAccount();
  const body = { action: 'generate', scenes: [{ prompt: 'a nude woman on a bed' }] };
  expect(await vidgen(body, key)).toEqual({
    ...{ error: 'Content blocked', compliance: 'unsafe', reason: 'sexual content', flagged_categories: ['sexual'], scene: 0 },
  });
  const { rows } = await stack.pool.query('SELECT * FROM safety_decisions WHERE account_id = $1', [accountId]);
  expect(rows).toMatchObject([
    { phase: 'before', outcome: 'blocked', categories: ['sexual'], content: null, surface: 'vidgen-v2' },
  ]);
  expect(JSON.stringify(rows)).not.toContain('nude');
  expect((await stack.pool.query('SELECT 1 FROM jobs WHERE account_id = $1', [accountId])).rowCount).toBe(0);
});

test('films are looked at after they were made: one passes as checked, one is withheld and no byte of it is kept', async () => {
  const [open, strict, refused] = [await stack.createAccount(), await stack.createAccount(), await stack.createAccount()];
  const run = z
    .looseObject({ id: z.string() })
    .parse(await vidgen({ action: 'generate', width: 64, height: 64, scenes: [{ prompt: 'a lighthouse at dusk' }] }, open.key));
  const submitted = await submitBeach(strict.key);
  expect(submitted.status, await submitted.clone().text()).toBe(202);
  const { job_id: id } = z.looseObject({ job_id: z.string() }).parse(await submitted.json());

  // Stricter from now on: the picture is refused, and so is the film that was accepted before.
  const policy = { thresholds: { sexual: 'low' }, allow: [], block: [] };
  await writePolicy(refused.accountId, policy);
  expect(await (await submitBeach(refused.key)).json()).toMatchObject({ error: 'Content blocked', error_type: 'RAI_FILTER' });
  await writePolicy(strict.accountId, policy);
  await stack.startWorker();

  expect(await done(() => vidgen({ action: 'status', id: run.id }, open.key))).toMatchObject({
    ...{ status: 'COMPLETED', compliance: 'safe' },
    meta: { compliance: 'safe', compliance_checked: true },
  });
  const withheld = await done(async () =>
    (await fetch(`${stack.url}/api/v1/status/${id}`, { headers: { 'X-API-Key': strict.key } })).json(),
  );
  expect(withheld).toMatchObject({
    ...{ status: 'FAILED', error_type: 'RAI_FILTER', error: 'Content failed the compliance check: sexual content' },
  });
  expect(JSON.stringify(withheld)).not.toContain('http');
  const { rows } = await stack.pool.query(`SELECT origin FROM files WHERE account_id = $1 AND origin = 'output'`, [
    strict.accountId,
  ]);
  expect(rows).toEqual([]);
  const usage = await fetch(`${stack.url}/api/v1/usage`, { headers: { 'X-API-Key': strict.key } });
  expect(await usage.json()).toMatchObject({ credits_remaining: 1000, failed_jobs: 1 });
});
