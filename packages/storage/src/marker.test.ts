import type { SettingStore } from '@polyreel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agreeOnMarker, readMarker, storeOwnPrefix, writeMarker } from './marker.ts';
import { openFsTarget } from '../test/fs-target.ts';

let target: Awaited<ReturnType<typeof openFsTarget>>;
beforeEach(async () => {
  target = await openFsTarget();
});
afterEach(() => target.close());

const createSettings = (marker?: string): SettingStore & { readonly values: Map<string, string> } => {
  const values = new Map(marker === undefined ? [] : [['object-store-marker', marker]]);
  return {
    values,
    read: async (name) => values.get(name) ?? null,
    async ensure(name, value) {
      if (!values.has(name)) values.set(name, value);
      return values.get(name) ?? '';
    },
  };
};
const agree = (settings: SettingStore, hasFiles = false) =>
  agreeOnMarker({ store: target.store, settings, hasFiles: async () => hasFiles });
const putFilm = () =>
  target.store.put('jobs/a', Buffer.from('x'), { contentType: 'video/mp4', signal: AbortSignal.timeout(60_000) });

describe('agreeOnMarker', () => {
  it('marks both when both are new, and finds the same mark again', async () => {
    const settings = createSettings();
    const marker = await agree(settings);
    expect(marker).toMatch(/^[0-9a-f]{32}$/);
    expect(await readMarker(target.store)).toBe(marker);
    expect([...settings.values.values()]).toEqual([marker]);
    await putFilm();
    expect(await agree(settings, true)).toBe(marker);
  });

  it('gives processes that start at once the same mark', async () => {
    const settings = createSettings();
    const markers = await Promise.all(Array.from({ length: 8 }, () => agree(settings)));
    expect(new Set(markers).size).toBe(1);
    expect(await readMarker(target.store)).toBe(markers[0]);
  });

  it('goes on where a process died after marking the database', async () => {
    const settings = createSettings('one');
    expect(await agree(settings)).toBe('one');
    expect(await readMarker(target.store)).toBe('one');
  });

  const mismatch = (reason: string) => ({ kind: 'internal', code: 'store_mismatch', message: expect.stringContaining(reason) });

  it('refuses objects of another installation', async () => {
    await writeMarker(target.store, 'two');
    await expect(agree(createSettings('one'))).rejects.toMatchObject(mismatch('belong to installation two, the database to one'));
  });

  it('refuses a new database over the objects of an old one', async () => {
    await agree(createSettings());
    await expect(agree(createSettings())).rejects.toMatchObject(mismatch('the database to none'));
  });

  it('refuses a place that holds foreign objects, which its sweep would delete', async () => {
    await putFilm();
    await expect(agree(createSettings())).rejects.toMatchObject(mismatch('give an empty bucket or folder'));
    expect(await readMarker(target.store)).toBeNull();
  });

  it('refuses an empty place when the database knows of files', async () => {
    await expect(agree(createSettings('one'), true)).rejects.toMatchObject(mismatch('the object store is empty'));
  });

  it('keeps its mark under the prefix that sweeps leave alone', async () => {
    await agree(createSettings());
    const { objects } = await target.store.list('', { limit: 10 });
    expect(objects.map(({ key }) => key)).toEqual([`${storeOwnPrefix}identity`]);
  });
});
