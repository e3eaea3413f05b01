import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { decodeSegment } from '../keys.ts';
import { removeEmptyFolders } from './durable.ts';
import { isErrno } from './fs-errors.ts';
import { objectFiles, parseFileName, readMeta } from './object-meta.ts';
import { readFolder } from './walk.ts';

interface LeftoverQuery {
  readonly root: string;
  /** Only files that were last written before. */
  readonly before: Date;
  readonly signal: AbortSignal;
}

/** Removes drafts and bytes that no meta file names, and empty folders. Returns how many files. */
export async function removeFsLeftovers(query: LeftoverQuery): Promise<number> {
  return sweepFolder(query, query.root, '');
}

async function sweepFolder(query: LeftoverQuery, dir: string, parent: string): Promise<number> {
  query.signal.throwIfAborted();
  let removed = 0;
  const bytesBySegment = new Map<string, string[]>();
  const withMeta = new Set<string>();
  for (const entry of await readFolder(dir)) {
    if (entry.isDirectory()) {
      const segment = decodeSegment(entry.name);
      if (segment !== null) removed += await sweepFolder(query, path.join(dir, entry.name), `${parent}${segment}/`);
      continue;
    }
    const file = parseFileName(entry.name);
    if (file?.role === 'meta') withMeta.add(file.segment);
    if (file?.role === 'draft') removed += await removeOld(path.join(dir, entry.name), query.before);
    if (file?.role === 'bytes' && file.version !== null) {
      bytesBySegment.set(file.segment, [...(bytesBySegment.get(file.segment) ?? []), file.version]);
    }
  }
  for (const [segment, versions] of bytesBySegment) {
    // One meta file and one file of bytes belong together; every other number has a leftover in it.
    if (withMeta.has(segment) && versions.length === 1) continue;
    removed += await removeUnnamed(query, parent + segment, versions);
  }
  await removeEmptyFolders(dir, query.root);
  return removed;
}

async function removeUnnamed({ root, before }: LeftoverQuery, key: string, versions: readonly string[]): Promise<number> {
  const files = objectFiles(root, key);
  const named = (await readMeta(files.meta))?.meta.version;
  let removed = 0;
  for (const version of versions) if (version !== named) removed += await removeOld(files.bytes(version), before);
  return removed;
}

async function removeOld(file: string, before: Date): Promise<number> {
  try {
    if ((await stat(file)).mtime >= before) return 0;
    await rm(file);
    return 1;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 0;
    throw error;
  }
}
