import { PassThrough, Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { type GetTarget, freshPrefix, patience, patternBytes, patternStream, putBytes, readAll } from './target.ts';

const mebibyte = 1024 * 1024;

export function brokenWriteCases(target: GetTarget): void {
  /** Runs a write that must fail over an old object and over nothing; both must be as before. */
  const expectNothingStored = async (write: (key: string) => Promise<unknown>) => {
    const prefix = freshPrefix();
    await putBytes(target().store, `${prefix}old`, Buffer.from('old'));
    for (const name of ['old', 'new']) await write(prefix + name);
    expect((await readAll(target().store, `${prefix}old`)).toString()).toBe('old');
    expect(await target().store.head(`${prefix}new`)).toBeNull();
    const { objects } = await target().store.list(prefix, { limit: 10 });
    expect(objects.map(({ key }) => key)).toEqual([`${prefix}old`]);
    expect(await target().leftovers()).toEqual([]);
  };

  it('leaves nothing behind when it is aborted in the middle of an upload', async () => {
    await expectNothingStored(async (key) => {
      const [source, stop] = [new PassThrough(), new AbortController()];
      const put = target().store.put(key, source, { contentType: 'video/mp4', signal: stop.signal });
      const failed = expect(put).rejects.toThrow('the job was cancelled');
      for (const offset of [0, 5, 10, 15, 20]) await write(source, patternBytes(offset * mebibyte, 5 * mebibyte));
      await expect.poll(() => target().leftovers(), { timeout: 60_000 }).toHaveLength(1);
      stop.abort(new Error('the job was cancelled'));
      await failed;
      expect(source.destroyed).toBe(true);
    });
  });

  it('stores nothing when the signal has aborted before', async () => {
    await expectNothingStored(async (key) => {
      const source = patternStream(1000);
      const signal = AbortSignal.abort(new Error('too late'));
      await expect(target().store.put(key, source, { contentType: 'video/mp4', signal })).rejects.toThrow('too late');
      expect(source.destroyed).toBe(true);
    });
  });

  it.each([1000, 20 * mebibyte])(
    'stores nothing when the source fails after %d bytes, and hands its error on',
    async (sizeBytes) => {
      await expectNothingStored(async (key) => {
        async function* failing() {
          yield* patternStream(sizeBytes);
          throw new Error('the client went away');
        }
        const source = Readable.from(failing(), { objectMode: false });
        const put = target().store.put(key, source, { contentType: 'video/mp4', signal: patience() });
        await expect(put).rejects.toThrow('the client went away');
      });
    },
  );

  it('stores nothing of a source that is destroyed', async () => {
    await expectNothingStored(async (key) => {
      const source = patternStream(1000);
      source.destroy();
      await expect(target().store.put(key, source, { contentType: 'video/mp4', signal: patience() })).rejects.toThrow();
    });
  });

  it.each([
    ['shorter', 999, 1000],
    ['longer', 1001, 1000],
    ['much longer', 20 * mebibyte, 9 * mebibyte],
  ])('stores nothing of a body that is %s than announced', async (_name, sent, announced) => {
    await expectNothingStored(async (key) => {
      const options = { contentType: 'video/mp4', sizeBytes: announced, signal: patience() };
      const refusal = { kind: 'invalid_request', code: 'size_mismatch' };
      await expect(target().store.put(key, patternStream(sent), options)).rejects.toMatchObject(refusal);
    });
  });

  it.each([1000, 9 * mebibyte])(
    'stores nothing of a body beyond the limit of %d bytes, and stops reading it',
    async (maxBytes) => {
      await expectNothingStored(async (key) => {
        let taken = 0;
        const source = patternStream(64 * mebibyte, (bytes) => {
          taken = bytes;
        });
        const put = target().store.put(key, source, { contentType: 'video/mp4', maxBytes, signal: patience() });
        await expect(put).rejects.toMatchObject({ kind: 'too_large', code: 'object_too_large', details: { maxBytes } });
        expect(taken).toBeLessThan(maxBytes + 16 * mebibyte);
      });
    },
  );

  it('removes what a dead process left, once it is old, and nothing else', async () => {
    const prefix = freshPrefix();
    await putBytes(target().store, `${prefix}whole`, Buffer.from('whole'));
    await target().abandonWrite(`${prefix}whole`);
    await target().abandonWrite(`${prefix}folder/never-finished`);
    expect(await target().leftovers()).toHaveLength(2);
    const sweep = { olderThanSeconds: 24 * 3600, signal: patience() };
    expect(await target().store.removeLeftovers(sweep)).toBe(0);
    expect(await target().leftovers()).toHaveLength(2);
    const nextDay = await target().withClock({ now: () => new Date(Date.now() + 25 * 3_600_000) });
    expect(await nextDay.removeLeftovers(sweep)).toBe(2);
    expect(await target().leftovers()).toEqual([]);
    expect(await nextDay.removeLeftovers(sweep)).toBe(0);
    expect((await readAll(target().store, `${prefix}whole`)).toString()).toBe('whole');
    expect(await target().store.head(`${prefix}folder/never-finished`)).toBeNull();
    await nextDay.close();
  });

  it('takes a body of exactly the announced size and limit', async () => {
    const key = `${freshPrefix()}object`;
    const options = { contentType: 'video/mp4', sizeBytes: 1000, maxBytes: 1000, signal: patience() };
    expect(await target().store.put(key, patternStream(1000), options)).toMatchObject({ sizeBytes: 1000 });
  });
}

function write(stream: PassThrough, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
