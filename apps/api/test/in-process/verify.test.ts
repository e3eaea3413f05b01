import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deriveKeys, openSecret, parseSecretKey, type SecretKeys, sealSecret } from '@polyreel/config';
import { runProcess } from '@polyreel/media';
import { makeFilm } from '@polyreel/media/fixtures';
import { fingerprintFilm } from '@polyreel/media/fingerprint';
import { openSigning, signMedia } from '@polyreel/media/provenance';
import { createLumaWatermarker, markFilm } from '@polyreel/media/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApp, startApp } from './start-app.ts';

const media = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
const canvas = { width: 480, height: 288 };
const frameRate = { numerator: 16, denominator: 1 };
const watermarkId = randomBytes(8).toString('hex');
const jobId = 'job_of_the_film';
const signal = new AbortController().signal;
let app: InProcessApp;
let folder = '';
let owner: { accountId: string; key: string };
const at = (name: string): string => path.join(folder, name);
const ffmpeg = (...args: string[]) =>
  runProcess({ command: media.ffmpegPath, args: ['-v', 'error', '-nostdin', '-y', ...args], signal, timeoutMs: 120_000 });

/** A film as the worker publishes one. */
async function publish(keys: SecretKeys): Promise<void> {
  await makeFilm(media, { path: at('plain.mp4'), canvas, frameRate, frameCount: 64, source: 'mandelbrot' });
  const watermarker = createLumaWatermarker(deriveKeys(keys, 'watermark'));
  const invisible = { watermarker, id: watermarkId };
  await markFilm(media, {
    input: at('plain.mp4'),
    output: at('marked.mp4'),
    canvas,
    frameRate,
    frameCount: 64,
    invisible,
    signal,
  });
  const { frames, middle } = await fingerprintFilm(media, { input: at('marked.mp4'), kind: 'mp4', signal });
  const credential = await openSigning({
    files: null,
    secrets: app.database.serverSecrets,
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
  const record = { jobId, accountId: owner.accountId, watermarkId, fingerprint: middle, manifest: 'embedded' as const, frames };
  await app.database.provenance.record(record);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-verify-'));
  const SECRET_KEY = randomBytes(32).toString('base64url');
  app = await startApp({ env: { SECRET_KEY } });
  owner = await app.createAccount();
  const current = parseSecretKey(SECRET_KEY);
  if (current === undefined) throw new Error('no key');
  await publish({ current, previous: [] });
}, 120_000);
afterAll(async () => {
  await app?.stop();
  await rm(folder, { recursive: true, force: true });
});

const verify = async (file: string, key: string = owner.key) =>
  app.app.inject({
    method: 'POST',
    url: '/verify',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'video/mp4' },
    payload: await readFile(file),
  });

describe('POST /verify', () => {
  it('finds manifest, mark, likeness and job of a film as it was given away', async () => {
    const answer = await verify(at('signed.mp4'));
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.json()).toMatchObject({
      file: { media_type: 'video/mp4' },
      c2pa: { state: 'trusted', title: 'a film', watermarkId, faults: [] },
      watermark: { id: watermarkId },
      fingerprint: { matches: [{ record: { is_yours: true, job_id: jobId } }] },
      found_by: 'watermark',
      record: { is_yours: true, job_id: jobId, manifest: 'embedded' },
    });
  });

  it('finds the film again without its manifest, and tells a stranger the day alone', async () => {
    await ffmpeg('-i', at('signed.mp4'), '-c', 'copy', at('stripped.mkv'));
    const stranger = await app.createAccount();
    const answer = await verify(at('stripped.mkv'), stranger.key);
    expect(answer.json()).toMatchObject({ watermark: { id: watermarkId }, found_by: 'watermark' });
    const { record } = answer.json<{ record: object }>();
    expect(record).toEqual({ is_yours: false, created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
    expect(answer.body).not.toContain(jobId);
  });

  it('finds it by its likeness in a mirror, where the mark cannot be read', async () => {
    await ffmpeg('-i', at('marked.mp4'), '-vf', 'hflip', '-crf', '28', at('mirror.mp4'));
    expect((await verify(at('mirror.mp4'))).json()).toMatchObject({
      c2pa: { state: 'none' },
      watermark: null,
      found_by: 'fingerprint',
      record: { job_id: jobId },
    });
  });

  it('calls a changed film invalid', async () => {
    const bytes = await readFile(at('signed.mp4'));
    const place = bytes.length - 2000;
    bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
    const answer = await app.app.inject({
      method: 'POST',
      url: '/verify',
      headers: { 'x-api-key': owner.key, 'content-type': 'application/octet-stream' },
      payload: bytes,
    });
    expect(answer.json()).toMatchObject({ c2pa: { state: 'invalid', faults: ['assertion.bmffHash.mismatch'] } });
  });

  it('finds nothing in the film of somebody else', async () => {
    await makeFilm(media, { path: at('other.mp4'), canvas, frameRate, frameCount: 48 });
    expect((await verify(at('other.mp4'))).json()).toMatchObject({
      c2pa: { state: 'none' },
      watermark: null,
      fingerprint: { matches: [] },
      found_by: null,
      record: null,
    });
  });

  it('takes a film as the file of a form too', async () => {
    const form = (...parts: Buffer[]) =>
      app.app.inject({
        method: 'POST',
        url: '/verify',
        headers: { authorization: `Bearer ${owner.key}`, 'content-type': 'multipart/form-data; boundary=edge' },
        payload: Buffer.concat([...parts, Buffer.from('--edge--\r\n')]),
      });
    const field = Buffer.from('--edge\r\nContent-Disposition: form-data; name="note"\r\n\r\nmine\r\n');
    const head = '--edge\r\nContent-Disposition: form-data; name="file"; filename="film.mp4"\r\nContent-Type: video/mp4\r\n\r\n';
    const answer = await form(field, Buffer.from(head), await readFile(at('signed.mp4')), Buffer.from('\r\n'));
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.json()).toMatchObject({ c2pa: { state: 'trusted' }, record: { job_id: jobId } });
    expect((await form(field)).statusCode).toBe(400);
    expect((await form(field, Buffer.from(`${head}\r\n`))).statusCode).toBe(400);
  });

  it('413 for a body that is said to be too large, before it is read', async () => {
    const answer = await app.app.inject({
      method: 'POST',
      url: '/verify',
      headers: { authorization: `Bearer ${owner.key}`, 'content-length': String(512 * 1024 * 1024 + 1) },
      payload: 'the beginning',
    });
    expect([answer.statusCode, answer.json()]).toEqual([413, { error: 'The file has more than 536870912 bytes' }]);
  });

  it('401 without a key, 415 for what is no picture, 400 for no body', async () => {
    expect((await app.app.inject({ method: 'POST', url: '/verify' })).statusCode).toBe(401);
    const post = (payload?: string) =>
      app.app.inject({
        method: 'POST',
        url: '/verify',
        headers: { authorization: `Bearer ${owner.key}` },
        ...(payload && { payload }),
      });
    expect((await post('just words, and no film at all')).statusCode).toBe(415);
    expect((await post()).statusCode).toBe(400);
    expect(
      (
        await app.app.inject({
          method: 'POST',
          url: '/verify',
          headers: { authorization: `Bearer ${owner.key}`, 'content-type': 'video/mp4', 'content-length': '0' },
        })
      ).statusCode,
    ).toBe(400);
  });
});
