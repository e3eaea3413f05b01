import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateSecretKey, loadConfig } from '@polyreel/config';
import { surfaceSchemas } from '@polyreel/surfaces';
import { startTestPostgres, type TestPostgres } from '@polyreel/testkit/postgres';
import { startS3, type TestS3 } from '@polyreel/testkit/s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { operate } from '../../test/operate.ts';
import { openObjects } from './open-objects.ts';

const signal = AbortSignal.timeout(240_000);
let postgres: TestPostgres;
let s3: TestS3;
let folder = '';

beforeAll(async () => {
  postgres = await startTestPostgres();
  s3 = await startS3('swift-debian');
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-s3-backup-'));
});

afterAll(async () => {
  await s3.stop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

it('a backup over S3 lists the objects, leaves them in their bucket, and is imported only where they all are unchanged', async () => {
  const [from, to] = [await postgres.createDatabase(), await postgres.createDatabase()];
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: from.url,
    SECRET_KEY: generateSecretKey(),
    PUBLIC_URL: 'http://127.0.0.1:8080',
    DATA_DIR: path.join(folder, 'data'),
    S3_ENDPOINT: s3.endpoint,
    S3_REGION: s3.region,
    S3_BUCKET: 'films',
    S3_ACCESS_KEY_ID: s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    S3_CHECKSUMS: s3.checksums,
  };
  const store = await openObjects(loadConfig(env, [], surfaceSchemas));
  const film = randomBytes(100_000);
  await store.put('jobs/film.mp4', film, { contentType: 'video/mp4', signal });
  expect((await operate(['key', 'create', '--account', 'studio'], env)).code).toBe(0);
  const backup = path.join(folder, 'backup.tar');
  const exported = await operate(['export', backup], env);
  expect(exported).toMatchObject({ code: 0, stderr: expect.stringContaining('1 objects verified in their bucket') });
  expect((await readFile(backup)).includes(film.subarray(0, 64))).toBe(false);

  const target = { ...env, DATABASE_URL: to.url };
  await store.put('jobs/film.mp4', randomBytes(100_000), { contentType: 'video/mp4', signal });
  expect(await operate(['import', backup], target)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not the one of the backup'),
  });
  await store.delete('jobs/film.mp4');
  expect(await operate(['import', backup], target)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not in the object store'),
  });
  await store.put('jobs/film.mp4', film, { contentType: 'video/mp4', signal });
  expect(await operate(['import', backup], target)).toMatchObject({ code: 0 });
  expect((await operate(['key', 'list', '--account', 'studio'], target)).stdout).toContain('active');
  await store.close();
  await from.drop();
  await to.drop();
});
