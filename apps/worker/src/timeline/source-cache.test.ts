import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSafeFetch } from '@polyreel/safe-fetch';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSourceCache, keepingRule, sourceKey } from './source-cache.ts';

let server: Server;
let url = '';
let folder = '';
let nowMs = Date.now();
let answer = { body: 'one', etag: '"1"', cacheControl: '' };
const asked: { headers: IncomingHttpHeaders; status: number }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const isKnown = answer.etag !== '' && request.headers['if-none-match'] === answer.etag;
    const headers = {
      ...(answer.etag !== '' && { etag: answer.etag }),
      ...(answer.cacheControl !== '' && { 'cache-control': answer.cacheControl }),
    };
    asked.push({ headers: request.headers, status: isKnown ? 304 : 200 });
    response.writeHead(isKnown ? 304 : 200, headers).end(isKnown ? undefined : answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/clip.mp4`;
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-sources-'));
  await mkdir(path.join(folder, 'out'));
  asked.length = 0;
  answer = { body: 'one', etag: '"1"', cacheControl: '' };
  return () => rm(folder, { recursive: true, force: true });
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const open = (bytesMax = 1_000_000) =>
  createSourceCache({
    fetch: createSafeFetch({ allow: [new URL(url).host] }),
    folder: path.join(folder, 'cache'),
    bytesMax,
    clock: { now: () => new Date(nowMs) },
    request: { timeoutMs: 10_000, maxRedirects: 3, protocols: ['http:'] },
  });
let count = 0;
const fetched = async (cache: ReturnType<typeof open>, options: Partial<Parameters<typeof cache.fetch>[0]> = {}) => {
  count += 1;
  const file = path.join(folder, 'out', String(count));
  const signal = new AbortController().signal;
  await cache.fetch({ accountId: 'usr_1', url, headers: {}, path: file, maxBytes: 1000, signal, isKept: true, ...options });
  return readFile(file, 'utf8');
};

describe('sources', () => {
  test('are confirmed before they are given again, and fetched anew when they changed', async () => {
    const cache = open();
    expect(await fetched(cache)).toBe('one');
    expect(await fetched(cache)).toBe('one');
    expect(asked.map(({ status }) => status)).toEqual([200, 304]);
    answer = { ...answer, body: 'two', etag: '"2"' };
    expect(await fetched(cache)).toBe('two');
    expect(await fetched(open())).toBe('two');
    expect(asked.map(({ status }) => status)).toEqual([200, 304, 200, 304]);
  });

  test('are given without asking as long as their server allows', async () => {
    const cache = open();
    answer = { ...answer, cacheControl: 'public, max-age=60' };
    await fetched(cache);
    expect(await fetched(cache)).toBe('one');
    expect(asked).toHaveLength(1);
    nowMs += 61_000;
    await fetched(cache);
    expect(asked).toHaveLength(2);
  });

  test('belong to an account and to the headers they were asked with', async () => {
    const cache = open();
    answer = { ...answer, cacheControl: 'max-age=60' };
    await fetched(cache, { headers: { Authorization: 'Bearer a' } });
    answer = { ...answer, body: 'hidden' };
    expect(await fetched(cache, { headers: { authorization: 'Bearer a' } })).toBe('one');
    expect(await fetched(cache, { headers: { authorization: 'Bearer b' } })).toBe('hidden');
    expect(await fetched(cache, { accountId: 'usr_2', headers: { authorization: 'Bearer a' } })).toBe('hidden');
    expect(asked).toHaveLength(3);
    expect(sourceKey({ accountId: 'a', url, headers: { x: 'secret' } })).toMatch(/^[0-9a-f]{64}$/);
  });

  test('that shall not be kept are not', async () => {
    const cache = open();
    await fetched(cache, { isKept: false });
    await fetched(cache, { isKept: false });
    answer = { ...answer, cacheControl: 'no-store' };
    await fetched(cache);
    answer = { ...answer, cacheControl: '', etag: '' };
    await fetched(cache);
    await fetched(open(0));
    expect(asked.map(({ headers }) => headers['if-none-match'])).toEqual(Array(5).fill(undefined));
    expect(await readdir(path.join(folder, 'cache', 'blobs'))).toEqual([]);
  });

  test('go, the longest unused first, when there is no room; a render keeps the file it was given', async () => {
    const cache = open(8);
    await fetched(cache);
    answer = { ...answer, body: 'another', etag: '"9"' };
    nowMs += 11 * 60_000;
    expect(await fetched(cache, { url: `${url}?2` })).toBe('another');
    const kept = await readdir(path.join(folder, 'cache', 'blobs'), { recursive: true });
    expect(kept.filter((name) => name.includes('/'))).toHaveLength(1);
    expect(await readFile(path.join(folder, 'out', String(count - 1)), 'utf8')).toBe('one');
    expect(await readdir(path.join(folder, 'cache', 'entries'))).toHaveLength(1);
    expect(await readdir(path.join(folder, 'cache', 'incoming'))).toEqual([]);
  });

  test('that fail leave nothing', async () => {
    const cache = open();
    answer = { ...answer, body: 'x'.repeat(2000) };
    await expect(fetched(cache)).rejects.toMatchObject({ code: 'response_too_large' });
    expect(await readdir(path.join(folder, 'cache', 'incoming'))).toEqual([]);
    expect(await readdir(path.join(folder, 'out'))).toEqual([]);
  });
});

test.each([
  [null, { isKept: true, freshSeconds: 0 }],
  ['no-store, max-age=5', { isKept: false, freshSeconds: 0 }],
  ['no-cache, max-age=5', { isKept: true, freshSeconds: 0 }],
  ['s-maxage=9, max-age=5', { isKept: true, freshSeconds: 5 }],
  ['max-age=99999999', { isKept: true, freshSeconds: 86_400 }],
])('Cache-Control %s', (header, rule) => {
  expect(keepingRule(header)).toEqual(rule);
});
