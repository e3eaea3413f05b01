import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openScratchSpace, removeDeadScratch, scratchOwner } from './scratch.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'polyreel-scratch-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('a folder is gone after the work, also when it throws', async () => {
  const space = await openScratchSpace(root, 'me');
  await space.use('step', (folder) => mkdir(path.join(folder, 'deep')));
  await expect(
    space.use('step', () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(await readdir(path.join(root, 'me'))).toStrictEqual([]);
});

test('what dead processes left is removed, what living ones use stays', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const own = scratchOwner(process.pid, new Date(5));
  const living = scratchOwner(process.ppid, new Date(3));
  for (const name of [scratchOwner(dead, new Date()), own, living]) await mkdir(path.join(root, name));
  expect(await removeDeadScratch(root, own)).toBe(1);
  expect((await readdir(root)).toSorted()).toStrictEqual([own, living].toSorted());
});

test('the folder of an earlier process with the same number is removed', async () => {
  const own = scratchOwner(process.pid, new Date(5));
  for (const name of [scratchOwner(process.pid, new Date(4)), own]) await mkdir(path.join(root, name));
  expect(await removeDeadScratch(root, own)).toBe(1);
  expect(await readdir(root)).toStrictEqual([own]);
});
