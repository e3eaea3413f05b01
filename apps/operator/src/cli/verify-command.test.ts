import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deriveKeys, generateSecretKey, openSecret, parseSecretKey, sealSecret } from '@polyreel/config';
import { openDatabase } from '@polyreel/db';
import { makeFilm } from '@polyreel/media/fixtures';
import { fingerprintFilm } from '@polyreel/media/fingerprint';
import { openSigning, signMedia } from '@polyreel/media/provenance';
import { createLumaWatermarker, markFilm } from '@polyreel/media/watermark';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@polyreel/testkit/postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { operate } from '../../test/operate.ts';

const media = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
const canvas = { width: 416, height: 240 };
const film = { canvas, frameRate: { numerator: 16, denominator: 1 }, frameCount: 48 } as const;
const watermarkId = '0123456789abcdef';
const { signal } = new AbortController();

let postgres: TestPostgres;
let fresh: TestDatabase;
let database: Awaited<ReturnType<typeof openDatabase>>;
let folder = '';
let env: NodeJS.ProcessEnv = {};
const at = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  postgres = await startTestPostgres();
  fresh = await postgres.createDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 2, onError: () => undefined });
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-verify-command-'));
  const SECRET_KEY = generateSecretKey();
  env = {
    ...{ PATH: process.env.PATH, DATABASE_URL: fresh.url, SECRET_KEY, PUBLIC_URL: 'http://127.0.0.1:8080' },
    ...{ DATA_DIR: folder, MIN_FREE_BYTES: '0' },
  };
  const current = parseSecretKey(SECRET_KEY);
  if (current === undefined) throw new Error('no key');
  const keys = { current, previous: [] };
  await makeFilm(media, { ...film, path: at('plain.mp4'), source: 'mandelbrot' });
  const watermarker = createLumaWatermarker(deriveKeys(keys, 'watermark'));
  const invisible = { watermarker, id: watermarkId };
  await markFilm(media, { ...film, input: at('plain.mp4'), output: at('marked.mp4'), invisible, signal });
  const { frames, middle } = await fingerprintFilm(media, { input: at('marked.mp4'), kind: 'mp4', signal });
  const credential = await openSigning({
    files: null,
    secrets: database.serverSecrets,
    seal: (text, context) => sealSecret(text, { keys, context }),
    open: (sealed, context) => openSecret(sealed, { keys, context }),
    clock: { now: () => new Date() },
  });
  await signMedia({
    ...{ input: at('marked.mp4'), output: at('signed.mp4'), mediaType: 'video/mp4', ingredients: [], credential, signal },
    embedBytesMax: 1e9,
    facts: {
      ...{ title: 'a film', generator: { name: 'Polyreel', version: '0' }, softwareAgents: [], createdAt: new Date() },
      ...{ watermarkId, fingerprint: middle, hasVisibleMark: false, credits: {} },
    },
  });
  const record = { jobId: 'job_1', accountId: 'usr_1', watermarkId, fingerprint: middle, manifest: 'embedded' as const, frames };
  await database.provenance.record(record);
}, 240_000);
afterAll(async () => {
  await database?.close();
  await fresh?.drop();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('tells of a film of this server what it is and which job made it: JSON for programs, sentences for people', async () => {
  const { code, stdout, stderr } = await operate(['verify', at('signed.mp4')], env);
  expect({ code, report: JSON.parse(stdout) }).toMatchObject({
    code: 0,
    report: {
      ...{ c2pa: { state: 'trusted', title: 'a film', watermarkId }, watermark: { id: watermarkId } },
      found: { by: 'watermark', record: { jobId: 'job_1', manifest: 'embedded' } },
    },
  });
  for (const line of ['C2PA manifest: trusted', `hidden mark ${watermarkId}`, 'made by job job_1'])
    expect(stderr).toContain(line);
}, 240_000);

it('tells of a film of somebody else that it is not known, and of a text that it is no film', async () => {
  await makeFilm(media, { ...film, path: at('other.mp4') });
  const other = await operate(['verify', at('other.mp4')], env);
  expect({ code: other.code, report: JSON.parse(other.stdout) }).toMatchObject({
    code: 0,
    report: { c2pa: { state: 'none' }, watermark: null, matches: [], found: null },
  });
  await writeFile(at('words.txt'), 'just words, and no film at all');
  expect(await operate(['verify', at('words.txt')], env)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('neither a film nor a picture'),
  });
}, 240_000);
