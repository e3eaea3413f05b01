import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { scaled } from '@polyreel/testkit/scale';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { makeInputs, meanVolume, probeFilm } from './media-files.ts';
import { pollUntil } from './wait.ts';

const run = promisify(execFile);
const acceptedSchema = z.looseObject({ message: z.literal('Generation job accepted.'), job_id: z.uuidv4() });
const statusSchema = z.looseObject({ job_id: z.string(), status: z.enum(['PROCESSING', 'COMPLETED', 'FAILED']) });
const doneSchema = statusSchema.extend({ status: z.literal('COMPLETED'), video_url: z.string() });
const usageSchema = z.looseObject({ credits_remaining: z.int(), total_jobs: z.int() });

const root = path.resolve(import.meta.dirname, '../../../..');
const allowance = scaled(50);
let stack: Stack;
let folder: string;
let image: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-vividflow-'));
  image = (await makeInputs(folder, 1)).image;
  stack = await startStack({
    workers: 2,
    env: { VIVIDFLOW_MONTHLY_CREDITS: String(allowance), MAX_ACTIVE_JOBS_PER_ACCOUNT: '1000' },
  });
});
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

const get = async (route: string, key = stack.key): Promise<unknown> =>
  (await fetch(`${stack.url}/api/v1/${route}`, { headers: { 'X-API-Key': key } })).json();

async function film(fields: readonly string[], name: string) {
  const form = fields.flatMap((field) => ['-F', field]);
  const { stdout } = await run('curl', [
    ...['-sS', '-X', 'POST', '-H', `X-API-Key: ${stack.key}`, '-F', `image=@${image}`],
    ...form,
    `${stack.url}/api/v1/generate`,
  ]);
  const { job_id: id } = acceptedSchema.parse(JSON.parse(stdout));
  const done = await pollUntil(
    async () => statusSchema.parse(await get(`status/${id}`)),
    ({ status }) => status !== 'PROCESSING',
  );
  const file = path.join(folder, name);
  await writeFile(file, Buffer.from(await (await fetch(doneSchema.parse(done).video_url)).arrayBuffer()));
  return { id, file, facts: await probeFilm(file) };
}

test('a film of wan2.1 has exactly the asked frames and size, and history and usage know it', async () => {
  const { id, facts } = await film(['prompt=A quiet chart', 'length=80', 'width=256', 'height=144'], 'wan.mp4');
  expect(facts.video).toMatchObject({ width: 256, height: 144, frames: 80, r_frame_rate: '16/1' });
  expect(facts.audio).toBeUndefined();
  expect(await get('history')).toMatchObject([{ id, prompt: 'A quiet chart', status: 'COMPLETED' }]);
  expect(usageSchema.parse(await get('usage'))).toMatchObject({ credits_remaining: allowance - 1, total_jobs: 1 });
});

test('a film of veo3.1 with sound lasts as long as asked and can be heard', async () => {
  // The longest and largest film of the document at full scale, the shortest and smallest else.
  const asked = scaled(20) >= 20 ? { seconds: 8, lines: 1080 } : { seconds: 4, lines: 720 };
  const { file, facts } = await film(
    [
      ...['prompt=Rain on a robot playing chess', 'model=veo3.1', 'generate_audio=true'],
      ...[`duration_seconds=${asked.seconds}`, `resolution=${asked.lines}p`],
    ],
    'veo.mp4',
  );
  const size = { width: asked.lines, height: (asked.lines * 16) / 9 };
  expect(facts.video).toMatchObject({ ...size, frames: asked.seconds * 24, r_frame_rate: '24/1' });
  expect(facts.audio).toMatchObject({ codec_name: 'aac' });
  expect(facts.seconds).toBeCloseTo(asked.seconds, 1);
  expect(await meanVolume(file)).toBeGreaterThan(-45);
});

test('parallel submits beyond the credits: as many accepted as there were credits; each cancelled one gives its own back once, while two workers die', async () => {
  const { key, accountId } = await stack.createAccount();
  const bytes = await readFile(image);
  const submit = async () => {
    const form = new FormData();
    form.set('image', new Blob([bytes]), 'image.jpg');
    for (const [name, value] of Object.entries({ prompt: 'A quiet chart', length: '16', width: '128', height: '128' }))
      form.set(name, value);
    return fetch(`${stack.url}/api/v1/generate`, { method: 'POST', headers: { 'X-API-Key': key }, body: form });
  };
  const answers = await Promise.all(Array.from({ length: 2 * allowance }, submit));
  const accepted = answers.filter(({ status }) => status === 202);
  const refused = answers.filter(({ status }) => status === 429);
  expect([accepted.length, refused.length]).toEqual([allowance, allowance]);
  expect(await refused[0]?.json()).toMatchObject({ error: 'Credit limit reached', credits_remaining: 0 });
  expect(usageSchema.parse(await get('usage', key)).credits_remaining).toBe(0);

  // Both workers die in the middle; another takes over. Each job ends once, and so does its credit.
  const workers = stack.processes.filter(({ name }) => name === 'worker');
  expect(workers).toHaveLength(2);
  const ids = await Promise.all(accepted.map(async (answer) => acceptedSchema.parse(await answer.json()).job_id));
  const cancels = ids.map((id) => fetch(`${stack.url}/api/v1/cancel/${id}`, { method: 'POST', headers: { 'X-API-Key': key } }));
  await Promise.all(workers.map((worker) => worker.kill('SIGKILL')));
  const cancelled = (await Promise.all(cancels)).filter(({ status }) => status === 200).length;
  await stack.startWorker();
  const done = await pollUntil(
    async () => Promise.all(ids.map(async (id) => statusSchema.parse(await get(`status/${id}`, key)))),
    (all) => all.every(({ status }) => status !== 'PROCESSING'),
    240_000,
  );
  const failed = done.filter(({ status }) => status === 'FAILED').length;
  expect(failed).toBe(cancelled);
  expect(usageSchema.parse(await get('usage', key)).credits_remaining).toBe(failed);
  const { rows } = await stack.pool.query(
    'SELECT kind, count(*)::int AS count, sum(credits)::int AS credits FROM ledger_entries WHERE account_id = $1 GROUP BY kind ORDER BY kind',
    [accountId],
  );
  expect(rows).toEqual([
    { kind: 'charge', count: allowance, credits: allowance },
    ...(failed > 0 ? [{ kind: 'refund', count: failed, credits: -failed }] : []),
  ]);
});

test("a key of the product's own form can be imported and works", async () => {
  const text = `vivid-api-key-${crypto.randomUUID()}`;
  const { rows } = await stack.pool.query('SELECT name FROM accounts WHERE id = $1', [stack.accountId]);
  const child = run('node', ['scripts/polyreel.mjs', 'key', 'import', '--account', rows[0].name], {
    cwd: root,
    env: {
      ...process.env,
      DATABASE_URL: stack.databaseUrl,
      SECRET_KEY: stack.secretKey,
      PUBLIC_URL: stack.url,
      DATA_DIR: stack.dataDir,
    },
  });
  child.child.stdin?.end(text);
  await child;
  expect(usageSchema.parse(await get('usage', text)).total_jobs).toBeGreaterThan(0);
});
