import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '@polyreel/core';
import { z } from 'zod';
import { decodeSegment, encodeSegment } from '../keys.ts';
import { isErrno } from './fs-errors.ts';

/**
 * An object is two files side by side: `<name>~<random>.bytes`, written once and never changed, and `<name>~meta.json`, which names
 * it. Renaming the meta file into place is the one moment in which an object appears or is replaced.
 */
export const objectMetaSchema = z.object({
  contentType: z.string(),
  sizeBytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Random part of the name of the bytes. */
  version: z.string().regex(/^[0-9a-f]{32}$/),
});
export type ObjectMeta = z.infer<typeof objectMetaSchema>;

export interface ObjectFiles {
  readonly dir: string;
  readonly meta: string;
  bytes(version: string): string;
  /** Where a meta file is written before it is renamed. */
  draft(version: string): string;
}

/** Paths of a key that `checkObjectKey` has passed. */
export function objectFiles(root: string, key: string): ObjectFiles {
  const names = key.split('/').map(encodeSegment);
  const dir = path.join(root, ...names.slice(0, -1));
  const name = names.at(-1) ?? '';
  return {
    dir,
    meta: path.join(dir, `${name}~meta.json`),
    bytes: (version) => path.join(dir, `${name}~${version}.bytes`),
    draft: (version) => path.join(dir, `${name}~${version}.draft`),
  };
}

/** What a file of a store folder is; null: not ours. */
export function parseFileName(
  fileName: string,
): { segment: string; role: 'meta' | 'bytes' | 'draft'; version: string | null } | null {
  const match = /^([^~]+)~(?:(meta)\.json|([0-9a-f]{32})\.(bytes|draft))$/.exec(fileName);
  const segment = match?.[1] === undefined ? null : decodeSegment(match[1]);
  if (match === null || segment === null) return null;
  if (match[2] !== undefined) return { segment, role: 'meta', version: null };
  return { segment, role: match[4] === 'bytes' ? 'bytes' : 'draft', version: match[3] ?? null };
}

export async function readMeta(metaPath: string): Promise<{ meta: ObjectMeta; modifiedAt: Date } | null> {
  try {
    const [text, { mtime }] = await Promise.all([readFile(metaPath, 'utf8'), stat(metaPath)]);
    return { meta: objectMetaSchema.parse(JSON.parse(text)), modifiedAt: mtime };
  } catch (cause) {
    if (isErrno(cause, 'ENOENT', 'ENOTDIR')) return null;
    if (cause instanceof z.ZodError || cause instanceof SyntaxError) throw damagedObject(metaPath, cause);
    throw cause;
  }
}

/** The path is for the log: the public message does not hold it. */
export function damagedObject(filePath: string, cause?: unknown): DomainError {
  return new DomainError('internal', 'a stored file is damaged', {
    code: 'object_damaged',
    cause: new Error(`damaged object file ${filePath}`, { cause }),
  });
}
