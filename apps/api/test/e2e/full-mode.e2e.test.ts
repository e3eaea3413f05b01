import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTestRedis, type TestRedis } from '@polyreel/testkit/redis';
import { startS3, type TestS3 } from '@polyreel/testkit/s3';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { probeFilm } from './media-files.ts';
import { pollUntil } from './wait.ts';

let stack: Stack;
let redis: TestRedis;
let s3: TestS3;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-e2e-'));
  [redis, s3] = await Promise.all([startTestRedis(), startS3('swift-debian')]);
  stack = await startStack({
    workers: 2,
    env: {
      REDIS_URL: redis.url,
      S3_ENDPOINT: s3.endpoint,
      S3_BUCKET: 'polyreel-films',
      S3_REGION: s3.region,
      S3_ACCESS_KEY_ID: s3.accessKeyId,
      S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
      S3_FORCE_PATH_STYLE: 'true',
      S3_CHECKSUMS: 'when-required',
    },
  });
});
afterAll(async () => {
  await stack?.stop();
  await Promise.all([redis?.stop(), s3?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const call = async (body: unknown): Promise<unknown> =>
  (
    await fetch(`${stack.url}/api/v2`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${stack.key}` },
      body: JSON.stringify(body),
    })
  ).json();

const statusSchema = z.looseObject({
  status: z.string(),
  meta: z.object({ images: z.array(z.object({ url: z.string(), type: z.string() })) }).optional(),
});

test('Redis, S3 and two workers: a film comes by a presigned link, and the store refuses a changed one', async () => {
  const scenes = [{ prompt: 'calm sea' }, { prompt: 'desert dunes' }];
  const { id } = z.looseObject({ id: z.string() }).parse(await call({ action: 'generate', scenes, width: 128, height: 96 }));
  const done = await pollUntil(
    async () => statusSchema.parse(await call({ action: 'status', id })),
    ({ status }) => !['IN_QUEUE', 'IN_PROGRESS'].includes(status),
  );
  expect(done.status).toBe('COMPLETED');
  const url = done.meta?.images.find(({ type }) => type === 'signed')?.url ?? '';
  expect(url.startsWith(s3.endpoint)).toBe(true);
  const answer = await fetch(url);
  expect([answer.status, answer.headers.get('content-type')]).toStrictEqual([200, 'video/mp4']);
  expect(answer.headers.get('content-disposition')).toContain('_fp_00001.mp4');
  const film = path.join(folder, 'film.mp4');
  await writeFile(film, Buffer.from(await answer.arrayBuffer()));
  expect((await probeFilm(film)).video).toMatchObject({ width: 128, height: 96, frames: 160 });
  const changed = url.replace(
    /X-Amz-Signature=([0-9a-f]+)/,
    (_all, hex: string) => `X-Amz-Signature=${hex.split('').toReversed().join('')}`,
  );
  expect((await fetch(changed)).status).toBeGreaterThanOrEqual(400);
});

test('another account gets 404 for the film', async () => {
  const { id } = z
    .looseObject({ id: z.string() })
    .parse(await call({ action: 'generate', scenes: [{ prompt: 'sea' }], width: 64, height: 64 }));
  const { key } = await stack.createAccount();
  const answer = await fetch(`${stack.url}/api/v2`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
    body: JSON.stringify({ action: 'status', id }),
  });
  expect([answer.status, await answer.json()]).toStrictEqual([404, { status: 'FAILED', error: 'Job not found' }]);
});
