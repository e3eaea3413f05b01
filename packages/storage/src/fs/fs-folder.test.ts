import { mkdir, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { DomainError } from '@polyreel/core';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { openFsTarget } from '../../test/fs-target.ts';
import { findStrayFiles } from '../../test/stray-files.ts';
import { translateFsError } from './fs-errors.ts';

const key = 'jobs/a/film.mp4';
const signal = () => AbortSignal.timeout(240_000);

let target: Awaited<ReturnType<typeof openFsTarget>>;
beforeEach(async () => {
  target = await openFsTarget();
});
afterEach(() => target.close());

const put = (name: string, content = 'the film') =>
  target.store.put(name, Buffer.from(content), { contentType: 'video/mp4', signal: signal() });
const folderOf = () => path.join(target.folder, 'jobs/a');
const fileOf = async (ending: string) => {
  const name = (await readdir(folderOf())).find((candidate) => candidate.endsWith(ending));
  if (name === undefined) throw new Error(`no file ends with ${ending}`);
  return path.join(folderOf(), name);
};

describe('the folder of the file store', () => {
  it('holds an object as its bytes and a small JSON file that names them', async () => {
    await put(key);
    expect((await readdir(folderOf())).sort()).toEqual([
      expect.stringMatching(/^film\.mp4~[0-9a-f]{32}\.bytes$/),
      'film.mp4~meta.json',
    ]);
    expect((await stat(await fileOf('.bytes'))).size).toBe(8);
  });

  it('tells how much room is left', async () => {
    expect(await target.store.freeBytes()).toBeGreaterThan(0);
  });

  it('keeps no empty folders', async () => {
    await put(key);
    await put('jobs/b/film.mp4');
    await target.store.delete(key);
    expect(await readdir(path.join(target.folder, 'jobs'))).toEqual(['b']);
    await target.store.deleteMany(['jobs/b/film.mp4']);
    expect(await readdir(target.folder)).toEqual([]);
  });

  it('takes writes and deletes side by side in folders that come and go', async () => {
    const rounds = Math.max(40, Math.round(800 * inject('testScale')));
    const work = async (worker: number) => {
      const own = `jobs/shared/deep/${worker}`;
      for (let round = 0; round < rounds; round += 1) {
        await put(own, `${worker} ${round}`);
        await target.store.delete(own);
      }
    };
    await Promise.all([1, 2, 3, 4].map(work));
    expect(await readdir(target.folder)).toEqual([]);
  });

  it('keeps one whole object of many that are put under a key at once', async () => {
    const contents = Array.from({ length: 12 }, (_, index) => `film ${index}`.repeat(index + 1));
    await Promise.all(contents.map((content) => put(key, content)));
    const { stream, sizeBytes } = await target.store.get(key, { signal: signal() });
    const found = await text(stream);
    expect(contents).toContain(found);
    expect(sizeBytes).toBe(found.length);
  });

  it('neither lists nor removes files that are not its own', async () => {
    await put(key);
    const foreign = ['jobs/a/README', 'jobs/a/Film~meta.json', '.DS_Store', 'lost+found'].map((name) =>
      path.join(target.folder, name),
    );
    for (const file of foreign) await writeFile(file, 'not ours');
    await mkdir(path.join(target.folder, 'UPPER/folder'), { recursive: true });
    const { objects } = await target.store.list('', { limit: 10 });
    expect(objects.map((object) => object.key)).toEqual([key]);
    const nextDay = await target.withClock({ now: () => new Date(Date.now() + 25 * 3_600_000) });
    expect(await nextDay.removeLeftovers({ olderThanSeconds: 3600, signal: signal() })).toBe(0);
    for (const file of foreign) expect((await stat(file)).size).toBe(8);
    expect((await stat(path.join(target.folder, 'UPPER/folder'))).isDirectory()).toBe(true);
  });

  it('sweeps the bytes that a lost race left beside a whole object', async () => {
    await put(key);
    await target.abandonWrite(key);
    await target.abandonWrite(key);
    const nextDay = await target.withClock({ now: () => new Date(Date.now() + 25 * 3_600_000) });
    expect(await nextDay.removeLeftovers({ olderThanSeconds: 3600, signal: signal() })).toBe(2);
    expect(await findStrayFiles(target.folder)).toEqual([]);
    expect((await target.store.head(key))?.sizeBytes).toBe(8);
  });
});

describe('a damaged object', () => {
  const damaged = { kind: 'internal', code: 'object_damaged', message: 'a stored file is damaged' };
  const get = () => target.store.get(key, { signal: signal() });

  it('whose bytes are missing is an error, never an empty file', async () => {
    await put(key);
    await rm(await fileOf('.bytes'));
    await expect(get()).rejects.toMatchObject(damaged);
  });

  it('whose bytes are cut is an error, never half a film', async () => {
    await put(key);
    await truncate(await fileOf('.bytes'), 4);
    await expect(get()).rejects.toMatchObject(damaged);
  });

  it.each(['', '{', '{"sizeBytes":-1}', 'null'])(
    'whose meta file holds %j is an error, never a missing object',
    async (content) => {
      await put(key);
      await writeFile(await fileOf('~meta.json'), content);
      await expect(get()).rejects.toMatchObject(damaged);
      await expect(target.store.head(key)).rejects.toMatchObject(damaged);
    },
  );
});

describe('translateFsError', () => {
  it.each(['ENOSPC', 'EDQUOT'])('tells a full disk (%s) as overload', (code) => {
    const translated = translateFsError(Object.assign(new Error('no space'), { code }));
    expect(translated).toBeInstanceOf(DomainError);
    expect(translated).toMatchObject({ kind: 'overloaded', code: 'storage_full', retryAfterSeconds: 300 });
  });

  it('leaves everything else as it is', () => {
    const error = Object.assign(new Error('io'), { code: 'EIO' });
    expect(translateFsError(error)).toBe(error);
  });
});
