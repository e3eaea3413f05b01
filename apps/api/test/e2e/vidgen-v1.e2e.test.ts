import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type HttpsReceiver, startHttpsReceiver } from '@polyreel/testkit/https-receiver';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { makeInputs, meanVolume, probeFilm } from './media-files.ts';
import { pollUntil } from './wait.ts';

const run = promisify(execFile);
const createdSchema = z.strictObject({ message: z.literal('Job created'), jobId: z.string().regex(/^c[a-z0-9]{24}$/) });
const statusSchema = z.strictObject({
  jobId: z.string(),
  status: z.enum(['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED']),
  progress: z.int(),
  outputVideo: z.string().nullable(),
  outputShareLink: z.string().nullable(),
  errorMessage: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

let stack: Stack;
let receiver: HttpsReceiver;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-e2e-'));
  receiver = await startHttpsReceiver((_call, index) => (index === 0 ? 500 : 200));
  const ca = path.join(folder, 'ca.pem');
  await writeFile(ca, receiver.ca);
  stack = await startStack({ env: { NODE_EXTRA_CA_CERTS: ca, OUTBOUND_ALLOW: `localhost:${receiver.port}` } });
});
afterAll(async () => {
  await stack?.stop();
  await receiver?.close();
  await rm(folder, { recursive: true, force: true });
});

const status = async (jobId: string) =>
  statusSchema.parse(await (await fetch(`${stack.url}/api/status/${jobId}`, { headers: { 'X-API-Key': stack.key } })).json());

test("the document's curl makes a talking film, and its webhook is signed as the document verifies", async () => {
  const { image, audio } = await makeInputs(folder);
  const { stdout } = await run('curl', [
    '-sS',
    '-X',
    'POST',
    `${stack.url}/api/jobs`,
    '-H',
    `X-API-Key: ${stack.key}`,
    '-F',
    `image=@${image}`,
    '-F',
    `audio=@${audio}`,
    '-F',
    `webhookUrl=${receiver.url}/hooks/vidgen`,
  ]);
  const { jobId } = createdSchema.parse(JSON.parse(stdout));

  let progress = 0;
  const done = await pollUntil(
    async () => {
      const now = await status(jobId);
      expect(now.progress).toBeGreaterThanOrEqual(progress);
      progress = now.progress;
      return now;
    },
    (now) => now.status === 'COMPLETED' || now.status === 'FAILED',
  );
  expect(done).toMatchObject({ status: 'COMPLETED', progress: 100, errorMessage: null });

  const film = path.join(folder, 'film.mp4');
  const answer = await fetch(done.outputVideo ?? '');
  expect(answer.headers.get('content-type')).toBe('video/mp4');
  await writeFile(film, Buffer.from(await answer.arrayBuffer()));
  const facts = await probeFilm(film);
  const spoken = await probeFilm(audio);
  expect(facts.video).toMatchObject({ codec_name: 'h264', width: 320, height: 400, r_frame_rate: '25/1' });
  expect(facts.audio).toMatchObject({ codec_name: 'aac' });
  expect(Math.abs(facts.seconds - (spoken.audio?.seconds ?? 0))).toBeLessThanOrEqual(1 / 25 + 0.03);
  expect(await meanVolume(film)).toBeGreaterThan(-45);

  const range = await fetch(done.outputVideo ?? '', { headers: { Range: 'bytes=0-99' } });
  expect([range.status, (await range.arrayBuffer()).byteLength]).toStrictEqual([206, 100]);
  const page = await fetch(done.outputShareLink ?? '');
  expect([page.status, page.headers.get('x-robots-tag')]).toStrictEqual([200, 'noindex, nofollow']);
  expect(await page.text()).toContain('<video');

  // The first attempt was answered 500; the second comes after 5 s with the same id and the same bytes.
  const [first, second] = [await receiver.waitFor(0), await receiver.waitFor(1)];
  expect(second.body.equals(first.body)).toBe(true);
  expect(second.headers['x-webhook-id']).toBe(first.headers['x-webhook-id']);
  const secret = await readSecret();
  for (const call of [first, second])
    expect(call.headers['x-webhook-signature']).toBe(createHmac('sha256', secret).update(call.body).digest('hex'));
  const event = statusSchema.parse(JSON.parse(first.body.toString()));
  expect(event).toMatchObject({ jobId, status: 'COMPLETED', progress: 100 });
});

/** The operator's command prints the account's secret. */
async function readSecret(): Promise<string> {
  const { rows } = await stack.pool.query('SELECT name FROM accounts WHERE id = $1', [stack.accountId]);
  const { stdout } = await run('node', ['scripts/polyreel.mjs', 'webhook-secret', 'show', '--account', rows[0].name], {
    cwd: path.resolve(import.meta.dirname, '../../../..'),
    env: {
      ...process.env,
      DATABASE_URL: stack.databaseUrl,
      SECRET_KEY: stack.secretKey,
      PUBLIC_URL: stack.url,
      DATA_DIR: stack.dataDir,
    },
  });
  return stdout.trim();
}

test('two simultaneous submits with one key: one 201, one 409', async () => {
  const { image, audio } = await makeInputs(folder);
  const { key } = await stack.createAccount();
  const post = async () => {
    const { stdout } = await run('curl', [
      '-sS',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      `${stack.url}/api/jobs`,
      '-H',
      `X-API-Key: ${key}`,
      '-F',
      `image=@${image}`,
      '-F',
      `audio=@${audio}`,
    ]);
    return Number(stdout);
  };
  const codes = await Promise.all([post(), post()]);
  expect(codes.toSorted()).toStrictEqual([201, 409]);
});
