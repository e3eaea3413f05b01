import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { ObjectStore } from '@polyreel/core';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createLinkSigner } from '../links/link-signer.ts';
import { findStrayFiles } from '../../test/stray-files.ts';
import { createFsStore } from './fs-store.ts';

const key = 'jobs/a/film.mp4';
const oldFilm = { content: 'the old film, which is longer', contentType: 'video/mp4' };
const newFilm = { content: 'the new film', contentType: 'video/webm' };
/** More operations than any action takes; each gets a folder. */
const operationsMax = 40;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'fs-crash-'));
});
afterEach(() => rm(root, { recursive: true }));

const openStore = (folder: string, clock = { now: () => new Date() }): Promise<ObjectStore> =>
  createFsStore({
    folder,
    publicUrl: '',
    signer: createLinkSigner({ secretKey: new Uint8Array(32), previousKeys: [], clock }),
    clock,
  });
const signal = () => AbortSignal.timeout(120_000);

/** Runs `dying-writer.ts`; returns what it printed and how it ended. */
async function runWriter(folder: string, action: 'put' | 'delete', dieAt: number | 'each') {
  const script = path.join(import.meta.dirname, '../../test/dying-writer.ts');
  const child = spawn(process.execPath, [script, folder, action, key, String(dieAt)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<string | number | null>((resolve) => child.once('exit', (code, how) => resolve(how ?? code)));
  return { output: await text(child.stdout), end: await ended };
}

/** A folder with the old object, or an empty one. */
async function prepare(folder: string, hasOld: boolean): Promise<void> {
  const store = await openStore(folder);
  if (hasOld) await store.put(key, Buffer.from(oldFilm.content), { contentType: oldFilm.contentType, signal: signal() });
}

async function readFilm(store: ObjectStore) {
  if ((await store.head(key)) === null) return null;
  const { stream, contentType } = await store.get(key, { signal: signal() });
  return { content: await text(stream), contentType };
}

/** What the next process finds under the key; with the sweep of the next day every trace is gone, and writing goes on. */
async function inspect(folder: string) {
  const store = await openStore(folder);
  const found = await readFilm(store);
  const { objects } = await store.list('', { limit: 10 });
  expect(objects.map((object) => object.key)).toEqual(found === null ? [] : [key]);
  const nextDay = await openStore(folder, { now: () => new Date(Date.now() + 25 * 3_600_000) });
  await nextDay.removeLeftovers({ olderThanSeconds: 24 * 3600, signal: signal() });
  expect(await findStrayFiles(folder)).toEqual([]);
  expect(await readFilm(nextDay)).toEqual(found);
  await nextDay.put(key, Buffer.from('a third film'), { contentType: 'video/mp4', signal: signal() });
  expect(await readFilm(nextDay)).toEqual({ content: 'a third film', contentType: 'video/mp4' });
  await nextDay.delete(key);
  expect(await readdir(folder)).toEqual([]);
  return found;
}

/** What is found after a stop before each operation of the action in turn; the last one after its end. */
async function stopEverywhere(action: 'put' | 'delete', hasOld: boolean) {
  await prepare(path.join(root, 'template'), hasOld);
  for (let count = 1; count <= operationsMax; count += 1) {
    await cp(path.join(root, 'template'), path.join(root, String(count)), { recursive: true });
  }
  const before = await readdir(root);
  expect(await runWriter(root, action, 'each')).toEqual({ output: '', end: 0 });
  expect(await readdir(root), 'more operations than folders').toEqual(before);
  const findings = [];
  for (let count = 1; count <= operationsMax; count += 1) findings.push(await inspect(path.join(root, String(count))));
  return findings;
}

/** Everything before the one moment of change is `before`, everything after it `after`. */
function expectOneChange(findings: readonly unknown[], before: unknown, after: unknown): void {
  const change = findings.findIndex((found) => JSON.stringify(found) === JSON.stringify(after));
  expect(change).toBeGreaterThan(0);
  for (const found of findings.slice(0, change)) expect(found).toEqual(before);
}

describe('a process that stops at any file operation', () => {
  it('while it writes a new object, leaves all of it or nothing under the key', async () => {
    expectOneChange(await stopEverywhere('put', false), null, newFilm);
  });

  it('while it replaces an object, leaves the whole old or the whole new one, with its own type', async () => {
    expectOneChange(await stopEverywhere('put', true), oldFilm, newFilm);
  });

  it('while it deletes an object, leaves the whole object or nothing', async () => {
    expectOneChange(await stopEverywhere('delete', true), oldFilm, null);
  });
});

describe('a process that is killed', () => {
  const operations = 19;
  const stride = Math.max(1, Math.floor(operations / Math.max(5, Math.round(operations * inject('testScale')))));
  const points = Array.from({ length: operations }, (_, index) => index + 1).filter((point) => point % stride === 0);

  it.each(points)('at file operation %d of replacing an object, leaves a whole one', async (dieAt) => {
    const folder = path.join(root, 'store');
    await mkdir(folder);
    await prepare(folder, true);
    expect(await runWriter(folder, 'put', dieAt)).toEqual({ output: '', end: 'SIGKILL' });
    expect([oldFilm, newFilm]).toContainEqual(await inspect(folder));
  });
});

describe('a power cut', () => {
  it('finds bytes and folders fsynced before the rename, and the rename fsynced before put resolves', async () => {
    const { output } = await runWriter(root, 'put', 0);
    const bytes = 'jobs/a/film.mp4~*.bytes';
    const draft = 'jobs/a/film.mp4~*.draft';
    const syncFolder = (folder: string) => [`open ${folder}`, `sync ${folder}`, `close ${folder}`];
    expect(output.split('\n')).toEqual([
      'mkdir jobs/a',
      ...syncFolder('jobs'),
      ...syncFolder('.'),
      `open ${bytes}`,
      `writeFile ${bytes}`,
      `sync ${bytes}`,
      `close ${bytes}`,
      ...syncFolder('jobs/a'),
      'readFile jobs/a/film.mp4~meta.json',
      'stat jobs/a/film.mp4~meta.json',
      `open ${draft}`,
      `writeFile ${draft}`,
      `sync ${draft}`,
      `close ${draft}`,
      `rename ${draft}`,
      ...syncFolder('jobs/a'),
    ]);
  });
});
