import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { ObjectNotFound } from '@polyreel/core';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { type GetTarget, freshPrefix, patience, patternBytes, patternStream, putBytes, readAll, sha256 } from './target.ts';

const mebibyte = 1024 * 1024;
const oddNames = [
  'with space.mp4',
  'plus+and%percent%41',
  "quote'(brackets)=&!*@:;,$",
  'ümläut',
  'u\u0308ml\u00e4ut',
  'u\u0308 decomposed',
  '日本語/映画.mp4',
  'emoji 🎬',
  '.hidden',
  'UPPER and upper',
  'trailing.',
  '~tilde',
  '[square]{curly}|pipe^caret`tick"double<>#?',
];

export interface RoundTripOptions {
  /** Size of the body that must not show in memory. */
  readonly largeBytes: number;
  /** Most that all buffers of the process may grow while it passes. */
  readonly growthBytesMax: number;
  /** A server that may say for a moment that an object which is being replaced is not there; it must still never show half of one. */
  readonly mayMissWhileReplacing?: boolean;
}

export function roundTripCases(target: GetTarget, options: RoundTripOptions): void {
  const { largeBytes, growthBytesMax, mayMissWhileReplacing = false } = options;
  it.each([0, 1, 1000, mebibyte, 8 * mebibyte, 8 * mebibyte + 1, 17 * mebibyte + 5])(
    'gives back %d streamed bytes, with their size and SHA-256',
    async (sizeBytes) => {
      const key = `${freshPrefix()}object`;
      const expected = patternBytes(0, sizeBytes);
      const stored = await target().store.put(key, patternStream(sizeBytes), { contentType: 'video/mp4', signal: patience() });
      expect(stored).toEqual({ sizeBytes, sha256: sha256(expected) });
      expect((await readAll(target().store, key)).equals(expected)).toBe(true);
      const info = await target().store.head(key);
      expect(info).toMatchObject({ sizeBytes, contentType: 'video/mp4', etag: expect.stringMatching(/^".+"$/) });
      expect(Math.abs(Date.now() - Number(info?.modifiedAt))).toBeLessThan(10 * 60_000);
    },
  );

  it('takes bytes and local files as well as streams', async () => {
    const [prefix, bytes] = [freshPrefix(), patternBytes(0, 100_000)];
    const folder = await mkdtemp(path.join(tmpdir(), 'conformance-'));
    try {
      const file = path.join(folder, 'source');
      await writeFile(file, bytes);
      const fromFile = await target().store.put(
        `${prefix}file`,
        { path: file },
        { contentType: 'image/png', signal: patience() },
      );
      const fromBytes = await putBytes(target().store, `${prefix}bytes`, new Uint8Array(bytes), 'image/png');
      expect(fromFile).toEqual(fromBytes);
      expect(fromFile).toEqual({ sizeBytes: 100_000, sha256: sha256(bytes) });
      expect((await readAll(target().store, `${prefix}file`)).equals(bytes)).toBe(true);
      expect((await readAll(target().store, `${prefix}bytes`)).equals(bytes)).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('moves a large body up and down without holding it in memory', async () => {
    const key = `${freshPrefix()}large`;
    const gauge = createGauge();
    gauge.begin();
    const stored = await target().store.put(key, patternStream(largeBytes, gauge.look), {
      contentType: 'video/mp4',
      signal: patience(),
    });
    const growthUp = gauge.growth();
    gauge.begin();
    let received = 0;
    const hash = createHash('sha256');
    const { stream } = await target().store.get(key, { signal: patience() });
    for await (const chunk of stream) {
      hash.update(chunk);
      received += chunk.length;
      gauge.look(received);
    }
    expect(stored.sizeBytes).toBe(largeBytes);
    expect(hash.digest('hex')).toBe(stored.sha256);
    expect(growthUp).toBeLessThan(growthBytesMax);
    expect(gauge.growth()).toBeLessThan(growthBytesMax);
  });

  it('keeps apart and gives back odd keys, also those that differ by case, Unicode form or escaping only', async () => {
    const prefix = freshPrefix();
    const keys = [...new Set(oddNames.flatMap((name) => [name, encodeURIComponent(name), name.toLowerCase()]))].map(
      (name) => prefix + name,
    );
    for (const key of keys) await putBytes(target().store, key, Buffer.from(key));
    for (const key of keys) expect((await readAll(target().store, key)).toString()).toBe(key);
    const { objects } = await target().store.list(prefix, { limit: 100 });
    expect(objects.map(({ key }) => key).sort()).toEqual([...keys].sort());
    await target().store.deleteMany(keys);
    expect((await target().store.list(prefix, { limit: 100 })).objects).toEqual([]);
  });

  it.each([
    '',
    '/absolute',
    'a//b',
    'a/',
    './a',
    'a/../b',
    '..',
    'nul\u0000',
    'line\n',
    'back\\slash',
    '\ud800',
    'x'.repeat(201),
    `${'a/'.repeat(500)}a`,
  ])('refuses the key %j before doing anything', async (key) => {
    const refusal = { kind: 'invalid_request', code: 'invalid_object_key' };
    const source = Readable.from(['x']);
    await expect(target().store.put(key, source, { contentType: 'a/b', signal: patience() })).rejects.toMatchObject(refusal);
    expect(source.destroyed).toBe(true);
    await expect(target().store.get(key, { signal: patience() })).rejects.toMatchObject(refusal);
    await expect(target().store.head(key)).rejects.toMatchObject(refusal);
    await expect(target().store.delete(key)).rejects.toMatchObject(refusal);
    await expect(target().store.deleteMany([key])).rejects.toMatchObject(refusal);
    await expect(target().store.link(key, { expiresInSeconds: 1, contentType: 'a/b' })).rejects.toMatchObject(refusal);
  });

  it('replaces an object with its type, size and ETag, also a larger by a smaller one', async () => {
    const key = `${freshPrefix()}object`;
    await target().store.put(key, patternStream(9 * mebibyte), { contentType: 'video/mp4', signal: patience() });
    const before = await target().store.head(key);
    await putBytes(target().store, key, Buffer.from('small'), 'text/plain');
    expect((await readAll(target().store, key)).toString()).toBe('small');
    const after = await target().store.head(key);
    expect(after).toMatchObject({ sizeBytes: 5, contentType: 'text/plain' });
    expect(after?.etag).not.toBe(before?.etag);
    expect(await target().leftovers()).toEqual([]);
  });

  it('shows readers a whole object while it is being replaced', async () => {
    const key = `${freshPrefix()}object`;
    const versions = [Buffer.alloc(300_000, 'a'), Buffer.alloc(500_000, 'b')];
    await putBytes(target().store, key, versions[0] ?? Buffer.of());
    let isWriting = true;
    const write = async () => {
      for (let round = 0; round < 10; round += 1) await putBytes(target().store, key, versions[round % 2] ?? Buffer.of());
      isWriting = false;
    };
    const seen = new Set<string>();
    const read = async () => {
      while (isWriting) {
        const bytes = await readAll(target().store, key).catch((error: unknown) => {
          if (mayMissWhileReplacing && error instanceof ObjectNotFound) return null;
          throw error;
        });
        if (bytes !== null) seen.add(`${bytes.length} ${sha256(bytes)}`);
      }
    };
    await Promise.all([write(), read(), read()]);
    const whole = versions.map((bytes) => `${bytes.length} ${sha256(bytes)}`);
    expect(seen.size).toBeGreaterThan(0);
    expect([...seen].filter((reading) => !whole.includes(reading))).toEqual([]);
  });

  it('tells a missing object by ObjectNotFound, null and a delete that succeeds', async () => {
    const key = `${freshPrefix()}missing`;
    const error = await target()
      .store.get(key, { signal: patience() })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ObjectNotFound);
    expect(error).toMatchObject({ kind: 'not_found', key });
    expect(await target().store.head(key)).toBeNull();
    await expect(target().store.delete(key)).resolves.toBeUndefined();
    await expect(target().store.deleteMany([key])).resolves.toBeUndefined();
    await expect(target().store.deleteMany([])).resolves.toBeUndefined();
  });

  it('deletes one and many, present and missing, and leaves the others', async () => {
    const prefix = freshPrefix();
    const keys = Array.from({ length: 12 }, (_, index) => `${prefix}folder-${index % 3}/object-${index}`);
    await Promise.all(keys.map((key) => putBytes(target().store, key, Buffer.from(key))));
    const [one = '', ...many] = keys.slice(0, 8);
    await target().store.delete(one);
    await target().store.deleteMany([...many, `${prefix}folder-0/never`]);
    const left = await target().store.list(prefix, { limit: 100 });
    expect(left.objects.map(({ key }) => key).sort()).toEqual(keys.slice(8).sort());
    expect(await target().store.head(one)).toBeNull();
    expect(await target().leftovers()).toEqual([]);
  });
}

/** Peak of all live array buffers of the process above where they stood; garbage is collected before each look. */
function createGauge() {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  let [start, peak, lookedAt] = [0, 0, 0];
  const measure = () => {
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  return {
    begin: () => {
      [start, peak, lookedAt] = [measure(), 0, 0];
    },
    look: (passedBytes: number) => {
      if (passedBytes - lookedAt < 3 * mebibyte) return;
      lookedAt = passedBytes;
      peak = Math.max(peak, measure());
    },
    growth: () => peak - start,
  };
}
