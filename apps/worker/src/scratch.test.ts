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
  await mkdir(path.join(root, scratchOwner(dead, new Date())));
  await mkdir(path.join(root, scratchOwner(process.pid, new Date(5))));
  expect(await removeDeadScratch(root)).toBe(1);
  expect(await readdir(root)).toStrictEqual([scratchOwner(process.pid, new Date(5))]);
});
