import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { compareKeys, decodeSegment } from '../keys.ts';
import { isErrno } from './fs-errors.ts';
import { parseFileName } from './object-meta.ts';

/** Entries of a folder; none when a delete has just removed it. */
export async function readFolder(dir: string): Promise<Dirent[]> {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

interface Walk {
  readonly dir: string;
  /** Key of the folder with its slash; empty for the root. */
  readonly parent: string;
  readonly prefix: string;
  readonly after: string | undefined;
}

/** Keys that begin with `prefix` and come after `after`, in the order of their bytes. Reads only the folders it must. */
export async function* walkKeys({ dir, parent, prefix, after }: Walk): AsyncGenerator<string> {
  const found: { key: string; folder: string | null }[] = [];
  for (const entry of await readFolder(dir)) {
    if (entry.isDirectory()) {
      const segment = decodeSegment(entry.name);
      if (segment !== null) found.push({ key: `${parent}${segment}/`, folder: path.join(dir, entry.name) });
    } else {
      const file = parseFileName(entry.name);
      if (file?.role === 'meta') found.push({ key: parent + file.segment, folder: null });
    }
  }
  found.sort((left, right) => compareKeys(left.key, right.key));
  for (const { key, folder } of found) {
    if (folder === null) {
      if (key.startsWith(prefix) && (after === undefined || compareKeys(key, after) > 0)) yield key;
    } else if (mayHold(key, prefix, after)) {
      yield* walkKeys({ dir: folder, parent: key, prefix, after });
    }
  }
}

function mayHold(folderKey: string, prefix: string, after: string | undefined): boolean {
  const fitsPrefix = folderKey.startsWith(prefix) || prefix.startsWith(folderKey);
  return fitsPrefix && (after === undefined || after.startsWith(folderKey) || compareKeys(folderKey, after) > 0);
}
