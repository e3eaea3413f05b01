import { buffer } from 'node:stream/consumers';
import { findMissingForS3, startS3, type TestS3 } from '@polyreel/testkit/s3';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { freshPrefix, patience, patternBytes, patternStream, putBytes, readAll, sha256 } from '../conformance/target.ts';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../../test/faulty-proxy.ts';
import { systemClock } from '../../test/fs-target.ts';
import { listUploads, s3SettingsOf, withWrongSecret } from '../../test/s3-target.ts';
import { ensureS3Bucket } from './ensure-bucket.ts';
import type { S3Settings } from './s3-settings.ts';
import { createS3Store } from './s3-store.ts';

const mebibyte = 1024 * 1024;
const filmBytes = 24 * mebibyte; // three parts
const missing = await findMissingForS3('swift');
const mayRun = missing === null || inject('requireAll');

describe.skipIf(!mayRun)('the S3 store', () => {
  let server: TestS3;
  let settings: S3Settings;
  const closings: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    server = await startS3('swift');
    settings = s3SettingsOf(server);
    expect(await ensureS3Bucket(settings)).toBe(true);
  });
  afterEach(async () => {
    for (const close of closings.splice(0).reverse()) await close();
  });
  afterAll(() => server?.stop());

  const openStore = (changes: Partial<S3Settings> = {}) => {
    const store = createS3Store({ settings: { ...settings, ...changes }, clock: systemClock });
    closings.push(() => store.close());
    return store;
  };
  const openFaulty = async (decide: (name: string, before: number) => Fault | null) => {
    const proxy: FaultyProxy = await startFaultyProxy(server.endpoint, decide);
    closings.push(() => proxy.close());
    return { proxy, store: openStore({ endpoint: proxy.endpoint }) };
  };
  const putFilm = (store: ReturnType<typeof openStore>, key: string, signal = patience()) =>
    store.put(key, patternStream(filmBytes), { contentType: 'video/mp4', signal });
  const unavailable = { kind: 'backend_unavailable', code: 'object_store_unavailable', retryAfterSeconds: 30 };
  const refused = { kind: 'internal', code: 'object_store_refused' };

  describe('in front of a server that stumbles', () => {
    it.each<[string, Fault]>([
      ['answers 500', { status: 500 }],
      ['answers 503', { status: 503 }],
      ['breaks off', 'cut-request'],
      ['loses its answer', 'lose-answer'],
    ])('stores the film when it %s to a part, twice', async (_name, fault) => {
      const { proxy, store } = await openFaulty((name, before) =>
        name === 'PUT part' && before >= 1 && before <= 2 ? fault : null,
      );
      const key = `${freshPrefix()}film`;
      const stored = await putFilm(store, key);
      expect(stored).toEqual({ sizeBytes: filmBytes, sha256: sha256(patternBytes(0, filmBytes)) });
      expect(sha256(await readAll(openStore(), key))).toBe(stored.sha256);
      expect(proxy.requests.filter((name) => name === 'PUT part')).toHaveLength(5);
      expect(await listUploads(settings)).toEqual([]);
    });

    it('stores a small film when it answers 500 once', async () => {
      const { store } = await openFaulty((name, before) => (name === 'PUT' && before === 0 ? { status: 500 } : null));
      const key = `${freshPrefix()}film`;
      await putBytes(store, key, patternBytes(0, 1000));
      expect((await readAll(openStore(), key)).equals(patternBytes(0, 1000))).toBe(true);
    });

    it('holds the whole film or nothing when the answer to the last call is lost', async () => {
      const { store } = await openFaulty((name, before) => (name === 'complete' && before === 0 ? 'lose-answer' : null));
      const key = `${freshPrefix()}film`;
      const outcome = await putFilm(store, key).then(
        () => 'stored',
        () => 'failed',
      );
      const info = await openStore().head(key);
      expect([null, filmBytes]).toContain(info?.sizeBytes ?? null);
      if (outcome === 'stored') expect(info?.sizeBytes).toBe(filmBytes);
      expect(await listUploads(settings)).toEqual([]);
    });
  });

  describe('in front of a server that has failed', () => {
    it('gives a typed error when parts keep failing, leaves no upload, and does not read the rest of the film', async () => {
      const { proxy, store } = await openFaulty((name, before) => (name === 'PUT part' && before >= 2 ? { status: 500 } : null));
      const key = `${freshPrefix()}film`;
      let taken = 0;
      const source = patternStream(20 * filmBytes, (bytes) => {
        taken = bytes;
      });
      const put = store.put(key, source, { contentType: 'video/mp4', signal: patience() });
      await expect(put).rejects.toMatchObject(unavailable);
      expect(source.destroyed).toBe(true);
      expect(taken).toBeLessThan(3 * filmBytes);
      expect(proxy.requests).toContain('abort');
      expect(await openStore().head(key)).toBeNull();
      expect(await listUploads(settings)).toEqual([]);
    });

    it('leaves no upload although the first calls to abort it fail too', async () => {
      const { store } = await openFaulty((name, before) => {
        if (name === 'PUT part') return { status: 500 };
        return name === 'abort' && before < 4 ? { status: 500 } : null;
      });
      await expect(putFilm(store, `${freshPrefix()}film`)).rejects.toMatchObject(unavailable);
      expect(await listUploads(settings)).toEqual([]);
    });

    it('keeps the old film when the new one cannot be completed', async () => {
      const key = `${freshPrefix()}film`;
      await putBytes(openStore(), key, Buffer.from('old'));
      const { store } = await openFaulty((name) => (name === 'complete' ? { status: 500 } : null));
      await expect(putFilm(store, key)).rejects.toMatchObject(unavailable);
      expect((await readAll(openStore(), key)).toString()).toBe('old');
      expect(await listUploads(settings)).toEqual([]);
    });

    it('stops at once, and leaves no upload, when it is aborted while the server hangs', async () => {
      const hanging = Promise.withResolvers<void>();
      const { store } = await openFaulty((name) => {
        if (name !== 'PUT part') return null;
        hanging.resolve();
        return 'hang';
      });
      const stop = new AbortController();
      const put = expect(putFilm(store, `${freshPrefix()}film`, stop.signal)).rejects.toThrow('cancelled');
      await hanging.promise;
      stop.abort(new Error('cancelled'));
      await put;
      expect(await listUploads(settings)).toEqual([]);
    });

    it('does not believe a store that says another size, and removes what it kept', async () => {
      const { store } = await openFaulty((name) => (name === 'HEAD' ? { contentLength: 999 } : null));
      const key = `${freshPrefix()}film`;
      const mismatch = { kind: 'backend_unavailable', code: 'object_store_size_mismatch' };
      await expect(putBytes(store, key, patternBytes(0, 1000))).rejects.toMatchObject(mismatch);
      expect(await openStore().head(key)).toBeNull();
    });

    it('fails a read that breaks off, instead of giving half a film', async () => {
      const key = `${freshPrefix()}film`;
      await putFilm(openStore(), key);
      const { store } = await openFaulty((name) => (name === 'GET' ? { cutAnswerAfterBytes: 5 * mebibyte } : null));
      const { stream } = await store.get(key, { signal: patience() });
      await expect(buffer(stream)).rejects.toThrow();
    });

    it('gives a typed error for every call when nobody answers', async () => {
      const proxy = await startFaultyProxy(server.endpoint, () => null);
      await proxy.close();
      const store = openStore({ endpoint: proxy.endpoint });
      await expect(putBytes(store, 'a', Buffer.from('x'))).rejects.toMatchObject(unavailable);
      await expect(putFilm(store, 'a')).rejects.toMatchObject(unavailable);
      await expect(store.get('a', { signal: patience() })).rejects.toMatchObject(unavailable);
      await expect(store.head('a')).rejects.toMatchObject(unavailable);
      await expect(store.delete('a')).rejects.toMatchObject(unavailable);
      await expect(store.deleteMany(['a'])).rejects.toMatchObject(unavailable);
      await expect(store.list('', { limit: 1 })).rejects.toMatchObject(unavailable);
      await expect(store.removeLeftovers({ olderThanSeconds: 0, signal: patience() })).rejects.toMatchObject(unavailable);
      await expect(ensureS3Bucket({ ...settings, endpoint: proxy.endpoint })).rejects.toMatchObject(unavailable);
    });
  });

  describe('with settings that are wrong', () => {
    it.each([
      ['a wrong secret', () => withWrongSecret(settings)],
      ['an unknown key', () => ({ ...settings, credentials: { accessKeyId: 'test:nobody', secretAccessKey: 'testing' } })],
      [
        'a key without rights',
        () => ({ ...settings, credentials: { accessKeyId: 'test:guest', secretAccessKey: 'guest-secret' } }),
      ],
    ])('is refused by the server for %s, and says that it was', async (_name, wrong) => {
      const key = `${freshPrefix()}film`;
      await putBytes(openStore(), key, Buffer.from('old'));
      const store = openStore(wrong());
      await expect(putBytes(store, key, Buffer.from('new'))).rejects.toMatchObject(refused);
      await expect(putFilm(store, key)).rejects.toMatchObject(refused);
      await expect(store.get(key, { signal: patience() })).rejects.toMatchObject(refused);
      await expect(store.head(key)).rejects.toMatchObject(refused);
      await expect(store.delete(key)).rejects.toMatchObject(refused);
      await expect(store.deleteMany([key])).rejects.toMatchObject(refused);
      await expect(store.list('', { limit: 1 })).rejects.toMatchObject(refused);
      await expect(ensureS3Bucket(wrong())).rejects.toMatchObject(refused);
      expect((await readAll(openStore(), key)).toString()).toBe('old');
    });

    it('says that the bucket is missing, and makes it once when asked by many', async () => {
      const fresh = { ...settings, bucket: 'another-bucket' };
      await expect(putBytes(openStore(fresh), 'a', Buffer.from('x'))).rejects.toMatchObject(refused);
      const made = await Promise.all([1, 2, 3, 4].map(() => ensureS3Bucket(fresh)));
      expect(made.filter(Boolean).length).toBeGreaterThanOrEqual(1);
      await putBytes(openStore(fresh), 'a', Buffer.from('x'));
      expect(await ensureS3Bucket(fresh)).toBe(false);
      expect((await readAll(openStore(fresh), 'a')).toString()).toBe('x');
    });
  });

  it('puts the public endpoint into links, and such a link works', async () => {
    const publicEndpoint = server.endpoint.replace('127.0.0.1', 'localhost');
    const store = openStore({ publicEndpoint });
    const key = `${freshPrefix()}film.mp4`;
    await putBytes(store, key, Buffer.from('the film'));
    const url = await store.link(key, { expiresInSeconds: 60, contentType: 'video/mp4' });
    expect(new URL(url).origin).toBe(publicEndpoint);
    expect(await (await fetch(url, { signal: patience() })).text()).toBe('the film');
  });

  it('deletes more objects than one request takes', async () => {
    const prefix = freshPrefix();
    const keys = Array.from({ length: 201 }, (_, index) => `${prefix}${index}`);
    const there = [0, 99, 100, 200].map((index) => `${prefix}${index}`);
    const store = openStore();
    for (const key of there) await putBytes(store, key, Buffer.from('x'));
    await store.deleteMany(keys);
    expect((await store.list(prefix, { limit: 10 })).objects).toEqual([]);
  });
});
