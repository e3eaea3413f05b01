import { mkdir, open, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { isErrno } from './fs-errors.ts';

/** Makes what a folder holds survive a power cut. */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the folder and its parents, durable before anything is put in. */
export async function makeFolder(dir: string): Promise<void> {
  const first = await mkdir(dir, { recursive: true });
  if (first === undefined) return;
  for (let made = dir; made.length >= first.length; made = path.dirname(made)) await syncFolder(path.dirname(made));
}

/** Removes the folder and its parents below `root` as long as they are empty. */
export async function removeEmptyFolders(dir: string, root: string): Promise<void> {
  for (let empty = dir; empty.length > root.length; empty = path.dirname(empty)) {
    try {
      await rmdir(empty);
    } catch (error) {
      if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) return;
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }
}
