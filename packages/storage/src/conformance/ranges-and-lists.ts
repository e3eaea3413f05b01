import { buffer } from 'node:stream/consumers';
import { type ByteRange, RangeNotSatisfiable } from '@polyreel/core';
import { expect, it } from 'vitest';
import { type GetTarget, freshPrefix, patience, patternBytes, patternStream, putBytes } from './target.ts';

const sizeBytes = 9 * 1024 * 1024 + 123; // two parts on S3
const partBoundary = 8 * 1024 * 1024;

export function rangeCases(target: GetTarget): void {
  const ranges: readonly [string, ByteRange, readonly [number, number]][] = [
    ['the first byte', { start: 0, end: 0 }, [0, 0]],
    ['a middle', { start: 1000, end: 99_999 }, [1000, 99_999]],
    ['an open end', { start: sizeBytes - 10 }, [sizeBytes - 10, sizeBytes - 1]],
    ['everything', { start: 0 }, [0, sizeBytes - 1]],
    ['across parts', { start: partBoundary - 5, end: partBoundary + 5 }, [partBoundary - 5, partBoundary + 5]],
    ['an end beyond the object', { start: sizeBytes - 1, end: sizeBytes + 1000 }, [sizeBytes - 1, sizeBytes - 1]],
  ];

  it('reads any range, and says what it gives', async () => {
    const key = `${freshPrefix()}object`;
    await target().store.put(key, patternStream(sizeBytes), { contentType: 'video/mp4', signal: patience() });
    for (const [name, range, [start, end]] of ranges) {
      const content = await target().store.get(key, { range, signal: patience() });
      expect(content, name).toMatchObject({ sizeBytes, contentType: 'video/mp4', range: { start, end } });
      const bytes = await buffer(content.stream);
      expect(bytes.equals(patternBytes(start, end - start + 1)), name).toBe(true);
    }
  });

  it('tells the size when a range begins beyond the end, also of an empty object', async () => {
    const prefix = freshPrefix();
    await putBytes(target().store, `${prefix}ten`, Buffer.alloc(10));
    await putBytes(target().store, `${prefix}empty`, Buffer.alloc(0));
    for (const [name, start, size] of [['ten', 10, 10] as const, ['ten', 5000, 10] as const, ['empty', 0, 0] as const]) {
      const error = await target()
        .store.get(prefix + name, { range: { start }, signal: patience() })
        .catch((caught: unknown) => caught);
      expect(error, name).toBeInstanceOf(RangeNotSatisfiable);
      expect(error, name).toMatchObject({ kind: 'invalid_request', code: 'range_not_satisfiable', sizeBytes: size });
    }
  });

  it.each([{ start: -1 }, { start: 2, end: 1 }, { start: 0.5 }, { start: Number.NaN }])('refuses the range %j', async (range) => {
    const key = `${freshPrefix()}object`;
    await putBytes(target().store, key, Buffer.alloc(10));
    await expect(target().store.get(key, { range, signal: patience() })).rejects.toBeInstanceOf(RangeError);
  });

  it('stops a read when its signal aborts', async () => {
    const key = `${freshPrefix()}object`;
    await target().store.put(key, patternStream(sizeBytes), { contentType: 'video/mp4', signal: patience() });
    const reading = new AbortController();
    const { stream } = await target().store.get(key, { signal: reading.signal });
    const read = async () => {
      for await (const _chunk of stream) reading.abort();
    };
    await expect(read()).rejects.toThrow();
    await expect(target().store.get(key, { signal: reading.signal })).rejects.toThrow('aborted');
  });
}

export function listCases(target: GetTarget): void {
  it('lists all of a prefix by pages, each object once, with sizes and dates', async () => {
    const prefix = freshPrefix();
    const names = Array.from({ length: 25 }, (_, index) => `${index % 2 === 0 ? 'film' : 'film-a/clip'}-${index}.mp4`);
    await Promise.all(names.map((name) => putBytes(target().store, prefix + name, Buffer.alloc(name.length))));
    const pages = await listAll(target, prefix, 10);
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5]);
    const listed = pages.flat();
    expect(listed.map(({ key }) => key).sort()).toEqual(names.map((name) => prefix + name).sort());
    for (const { key, sizeBytes: size, modifiedAt } of listed) {
      expect(size).toBe(key.length - prefix.length);
      expect(Math.abs(Date.now() - modifiedAt.getTime())).toBeLessThan(10 * 60_000);
    }
    const once = await target().store.list(prefix, { limit: 1000 });
    expect(once.objects).toEqual(listed);
    expect(once.next).toBeUndefined();
  });

  it('takes a prefix as text, not as a folder', async () => {
    const prefix = freshPrefix();
    for (const name of ['abc', 'ab/c', 'ab/d/e', 'a', 'b']) await putBytes(target().store, prefix + name, Buffer.from('x'));
    const listed = async (text: string) => {
      const { objects } = await target().store.list(prefix + text, { limit: 10 });
      return objects.map(({ key }) => key.slice(prefix.length)).sort();
    };
    expect(await listed('ab')).toEqual(['ab/c', 'ab/d/e', 'abc']);
    expect(await listed('ab/')).toEqual(['ab/c', 'ab/d/e']);
    expect(await listed('ab/d')).toEqual(['ab/d/e']);
    expect(await listed('')).toEqual(['a', 'ab/c', 'ab/d/e', 'abc', 'b']);
    expect(await listed('nothing')).toEqual([]);
  });

  it('goes on after an object that was deleted meanwhile', async () => {
    const prefix = freshPrefix();
    for (const name of ['1', '2', '3', '4']) await putBytes(target().store, prefix + name, Buffer.from('x'));
    const { next } = await target().store.list(prefix, { limit: 2 });
    expect(next).toBe(`${prefix}2`);
    await target().store.delete(`${prefix}2`);
    const rest = await target().store.list(prefix, { after: next ?? '', limit: 2 });
    expect(rest.objects.map(({ key }) => key)).toEqual([`${prefix}3`, `${prefix}4`]);
    expect(rest.next).toBeUndefined();
  });

  it.each([0, -1, 1001, 1.5])('refuses a page of %d', async (limit) => {
    await expect(target().store.list('', { limit })).rejects.toBeInstanceOf(RangeError);
  });
}

async function listAll(target: GetTarget, prefix: string, limit: number) {
  const pages = [];
  let after: string | undefined;
  do {
    const page = await target().store.list(prefix, { limit, ...(after !== undefined && { after }) });
    pages.push(page.objects);
    after = page.next;
  } while (after !== undefined);
  return pages;
}
