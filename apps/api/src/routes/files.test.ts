import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ObjectContent, ObjectStore } from '@polyreel/core';
import { createFsStore, createLinkSigner } from '@polyreel/storage';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileRoutes } from './files.ts';

const film = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
const signal = AbortSignal.timeout(600_000);

let folder: string;
let now: Date;
let store: ObjectStore;
let app: FastifyInstance;
let opened: ObjectContent['stream'][];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'files-route-'));
  now = new Date('2026-01-01T00:00:00Z');
  opened = [];
  const clock = { now: () => now };
  const signer = createLinkSigner({ secretKey: new Uint8Array(32).fill(7), previousKeys: [], clock });
  store = await createFsStore({ folder, publicUrl: '', signer, clock });
  const watched: Pick<ObjectStore, 'head' | 'get'> = {
    head: (key) => store.head(key),
    async get(key, options) {
      const content = await store.get(key, options);
      opened.push(content.stream);
      return content;
    },
  };
  app = Fastify();
  await app.register(fileRoutes({ objects: watched, signer }));
  await store.put('jobs/a/film.mp4', film, { contentType: 'video/mp4', signal });
});

afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const link = (options: Partial<Parameters<ObjectStore['link']>[1]> = {}) =>
  store.link('jobs/a/film.mp4', { expiresInSeconds: 60, contentType: 'video/mp4', ...options });

describe('GET /files/<token>', () => {
  it('gives the bytes with type, length, name and the safety headers (200)', async () => {
    const url = await link({ disposition: { type: 'inline', filename: 'Ein Stück – 海.mp4' } });
    const answer = await app.inject({ method: 'GET', url });
    expect(answer.statusCode).toBe(200);
    expect(answer.rawPayload).toEqual(film);
    expect(answer.headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '1000',
      'accept-ranges': 'bytes',
      'content-disposition': `inline; filename="Ein St?ck ? ?.mp4"; filename*=UTF-8''Ein%20St%C3%BCck%20%E2%80%93%20%E6%B5%B7.mp4`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'; media-src 'self'; style-src 'unsafe-inline'",
      'cross-origin-resource-policy': 'cross-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'private, no-cache',
    });
  });

  it('gives a part when asked by Range (206), and says where the end is when asked beyond it (416)', async () => {
    const url = await link();
    const part = await app.inject({ method: 'GET', url, headers: { range: 'bytes=10-19' } });
    expect([part.statusCode, part.headers['content-range'], part.headers['content-length']]).toEqual([
      206,
      'bytes 10-19/1000',
      '10',
    ]);
    expect(part.rawPayload).toEqual(film.subarray(10, 20));
    const beyond = await app.inject({ method: 'GET', url, headers: { range: 'bytes=1000-' } });
    expect([beyond.statusCode, beyond.headers['content-range']]).toEqual([416, 'bytes */1000']);
  });

  it('answers HEAD with the same headers and no body, and opens no file for it', async () => {
    const answer = await app.inject({ method: 'HEAD', url: await link() });
    expect([answer.statusCode, answer.headers['content-length'], answer.rawPayload.length]).toEqual([200, '1000', 0]);
    expect(opened).toHaveLength(0);
  });

  it('answers a known ETag with 304', async () => {
    const url = await link();
    const { etag } = (await app.inject({ method: 'HEAD', url })).headers;
    const again = await app.inject({ method: 'GET', url, headers: { 'if-none-match': String(etag) } });
    expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0]);
  });

  it('refuses a tampered token (403)', async () => {
    const url = await link();
    const answer = await app.inject({ method: 'GET', url: `${url.slice(0, -2)}AA` });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toEqual({ error: { code: 'link_invalid', message: 'the link is not valid' } });
  });

  it('refuses GET on a link made for HEAD (403)', async () => {
    const answer = await app.inject({ method: 'GET', url: await link({ method: 'HEAD' }) });
    expect([answer.statusCode, answer.json().error.code]).toEqual([403, 'link_invalid']);
  });

  it('refuses an expired link (410)', async () => {
    const url = await link({ expiresInSeconds: 60 });
    now = new Date(now.getTime() + 60_000);
    const answer = await app.inject({ method: 'GET', url });
    expect(answer.statusCode).toBe(410);
    expect(answer.json()).toEqual({ error: { code: 'link_expired', message: 'the link has expired' } });
  });

  it('says that a file is gone (404)', async () => {
    const url = await link();
    await store.delete('jobs/a/film.mp4');
    const answer = await app.inject({ method: 'GET', url });
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'object_not_found']);
  });

  it('takes the longest token that the signer makes', async () => {
    const key = `${Array.from({ length: 4 }, () => 'k'.repeat(200)).join('/')}/${'k'.repeat(96)}`;
    await store.put(key, film, { contentType: 'video/mp4', signal });
    const disposition = { type: 'attachment', filename: '海'.repeat(255) } as const;
    const url = await store.link(key, { expiresInSeconds: 60, contentType: 'video/mp4', disposition });
    const answer = await app.inject({ method: 'GET', url });
    expect([answer.statusCode, answer.rawPayload.length]).toEqual([200, 1000]);
  });

  it('makes unsafe types a download, whatever the link says', async () => {
    const url = await link({ contentType: 'text/html', disposition: { type: 'inline', filename: 'page.html' } });
    const answer = await app.inject({ method: 'GET', url });
    expect(answer.headers['content-disposition']).toBe('attachment; filename=page.html');
  });

  it('closes the file when the client goes away in the middle', async () => {
    const big = Buffer.alloc(32 * 1024 * 1024, 1);
    await store.put('jobs/a/film.mp4', big, { contentType: 'video/mp4', signal });
    const address = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
    const socket = connect(Number(address.port), address.hostname);
    socket.write(`GET ${await link()} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(socket, 'data');
    const stream = opened[0];
    if (stream === undefined) throw new Error('nothing was opened');
    const closed = new Promise((resolve) => stream.once('close', resolve));
    socket.destroy();
    await closed;
    expect(stream.destroyed).toBe(true);
  });
});
