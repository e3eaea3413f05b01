import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startHttpsReceiver } from '@polyreel/testkit/https-receiver';
import { startTestRedis, type TestRedis } from '@polyreel/testkit/redis';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { makeInputs, probeFilm } from './media-files.ts';
import { pollUntil } from './wait.ts';

const statusSchema = z.looseObject({
  status: z.string(),
  meta: z.object({ images: z.array(z.object({ url: z.string(), type: z.string() })) }).optional(),
});

let stack: Stack;
let redis: TestRedis;
let folder: string;

beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis?.stop());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-e2e-'));
});
afterEach(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function call(body: unknown): Promise<unknown> {
  const answer = await fetch(`${stack.url}/api/v2`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${stack.key}` },
    body: JSON.stringify(body),
  });
  return answer.json();
}

const prompts = ['calm sea', 'desert dunes', 'campfire at night', 'clouds from above', 'abstract silk'];

async function submitFiveScenes(canvas = { width: 256, height: 144 }): Promise<string> {
  const scenes = prompts.map((prompt) => ({ prompt }));
  return z.object({ id: z.string() }).parse(await call({ action: 'generate', scenes, ...canvas, seed: 5 })).id;
}

const stepsSchema = z.array(z.object({ key: z.string(), state: z.string(), attempt: z.int(), result: z.unknown() }));
async function readSteps(id: string) {
  const { rows } = await stack.pool.query(
    'SELECT s.key, s.state, s.attempt, s.result FROM steps s JOIN jobs j ON j.id = s.job_id WHERE j.external_id = $1 ORDER BY s.position',
    [id],
  );
  return stepsSchema.parse(rows);
}

const succeeded = (steps: z.infer<typeof stepsSchema>) => steps.filter((step) => step.state === 'succeeded');

async function waitForFilm(id: string): Promise<string> {
  const done = await pollUntil(
    async () => statusSchema.parse(await call({ action: 'status', id })),
    (answer) => !['IN_QUEUE', 'IN_PROGRESS'].includes(answer.status),
    220_000,
  );
  expect(done.status).toBe('COMPLETED');
  const film = path.join(folder, 'film.mp4');
  const url = done.meta?.images.find((image) => image.type === 'signed')?.url ?? '';
  await writeFile(film, Buffer.from(await (await fetch(url)).arrayBuffer()));
  return film;
}

test('a worker killed in the middle: finished scenes are not made again, five scenes are exactly 25 s, one webhook is sent', async () => {
  const receiver = await startHttpsReceiver(() => 200);
  try {
    const ca = path.join(folder, 'ca.pem');
    await writeFile(ca, receiver.ca);
    stack = await startStack({
      env: { NODE_EXTRA_CA_CERTS: ca, OUTBOUND_ALLOW: `localhost:${receiver.port}`, WORKER_CONCURRENCY: 'cpu=2' },
    });
    const id = await submitFiveScenes({ width: 448, height: 256 });
    await pollUntil(
      () => readSteps(id),
      (steps) => succeeded(steps).length >= 1,
    );
    const talking = await submitTalking(`${receiver.url}/hooks`);
    const [before] = await pollUntil(
      () => Promise.all([readSteps(id), readSteps(talking)]),
      (jobs) => jobs.every((steps) => steps.some((step) => step.state === 'running')),
    );
    await stack.processes.find((one) => one.name === 'worker')?.kill('SIGKILL');
    await stack.startWorker();
    const { video, seconds } = await probeFilm(await waitForFilm(id));
    expect(video).toMatchObject({ width: 448, height: 256, r_frame_rate: '16/1', frames: 400 });
    expect(seconds).toBe(25);
    const after = new Map((await readSteps(id)).map((step) => [step.key, step]));
    for (const step of succeeded(before)) expect(after.get(step.key)).toStrictEqual(step);
    expect([...after.values()].filter((step) => step.attempt > 1)).not.toHaveLength(0);
    const delivery = await pollUntil(
      async () => readDelivery(talking),
      (row) => row?.state === 'delivered',
      220_000,
    );
    expect(receiver.calls.map((call) => call.headers['x-webhook-id'])).toStrictEqual([delivery?.id]);
    expect(JSON.parse(receiver.calls[0]?.body.toString() ?? '')).toMatchObject({ jobId: talking, status: 'COMPLETED' });
  } finally {
    await receiver.close();
  }
});

/** A picture that speaks for three seconds, with a webhook; of another account, whose turn comes before the next scene. */
async function submitTalking(webhookUrl: string): Promise<string> {
  const { image, audio } = await makeInputs(folder, 3);
  const { key } = await stack.createAccount();
  const form = new FormData();
  form.append('image', new Blob([await readFile(image)]), 'portrait.jpg');
  form.append('audio', new Blob([await readFile(audio)]), 'voiceover.mp3');
  form.append('webhookUrl', webhookUrl);
  const answer = await fetch(`${stack.url}/api/jobs`, { method: 'POST', headers: { 'X-API-Key': key }, body: form });
  return z.object({ jobId: z.string() }).parse(await answer.json()).jobId;
}

async function readDelivery(externalId: string): Promise<{ id: string; state: string } | undefined> {
  const { rows } = await stack.pool.query(
    'SELECT d.id, d.state FROM deliveries d JOIN jobs j ON j.id = d.job_id WHERE j.external_id = $1',
    [externalId],
  );
  return z
    .array(z.object({ id: z.string(), state: z.string() }))
    .max(1)
    .parse(rows)[0];
}

test('a worker that is stopped hands its step back, and another one finishes at once', async () => {
  stack = await startStack();
  const id = await submitFiveScenes();
  await pollUntil(
    () => readSteps(id),
    (steps) => steps.some((step) => step.state === 'running'),
  );
  expect(await stack.processes.find((one) => one.name === 'worker')?.kill('SIGTERM')).toBe(0);
  expect((await readSteps(id)).filter((step) => step.state === 'running')).toHaveLength(0);
  await stack.startWorker();
  await waitForFilm(id);
  for (const step of await readSteps(id)) expect(step).toMatchObject({ state: 'succeeded', attempt: 1 });
});

test('Redis flushed in the middle: the job completes', async () => {
  stack = await startStack({ env: { REDIS_URL: redis.url } });
  const id = await submitFiveScenes();
  const client = new Redis(redis.url);
  await pollUntil(
    () => readSteps(id),
    (steps) => succeeded(steps).length >= 1,
  );
  await client.flushall();
  await client.quit();
  expect((await probeFilm(await waitForFilm(id))).video?.frames).toBe(400);
});

test('a job committed without its wake-up starts by the sweep', async () => {
  stack = await startStack();
  // What a process that died between commit and dispatch leaves: rows, and no message.
  const source = await submitFiveScenes();
  await stack.pool.query(`UPDATE steps SET state = 'cancelled' WHERE state IN ('due', 'blocked')`);
  const { rows } = await stack.pool.query(
    `INSERT INTO jobs (id, account_id, key_id, surface, external_id, kind, spec, runners, client_ref, milestones_total)
     SELECT 'job_lost', account_id, key_id, surface, 'run_lost', kind, spec, runners, client_ref, 1 FROM jobs WHERE external_id = $1 RETURNING id`,
    [source],
  );
  expect(rows).toHaveLength(1);
  await stack.pool.query(
    `INSERT INTO steps (id, job_id, account_id, priority, key, position, type, resource, state, params, needs, weight, is_milestone, timeout_seconds)
     SELECT 'stp_lost', 'job_lost', account_id, priority, key, 0, type, resource, 'due', params, needs, weight, is_milestone, timeout_seconds
     FROM steps WHERE key = 'scene-2'`,
  );
  await pollUntil(
    () => readSteps('run_lost'),
    (steps) => steps.some((step) => step.state === 'running' || step.state === 'succeeded'),
    60_000,
  );
});
