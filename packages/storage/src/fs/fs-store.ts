import { type FileHandle, mkdir, open, rm, statfs } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Clock, type ObjectContent, ObjectNotFound, type ObjectPage, type ObjectStore } from '@polyreel/core';
import { openBody } from '../body.ts';
import { checkObjectKey } from '../keys.ts';
import { checkListLimit } from '../list-limit.ts';
import { checkLinkOptions, fileLinks } from '../links/file-links.ts';
import type { LinkSigner } from '../links/link-signer.ts';
import { resolveRange } from '../range.ts';
import { removeEmptyFolders } from './durable.ts';
import { isErrno, translateFsError } from './fs-errors.ts';
import { removeFsLeftovers } from './leftovers.ts';
import { damagedObject, type ObjectFiles, objectFiles, readMeta } from './object-meta.ts';
import { putFile } from './put-file.ts';
import { walkKeys } from './walk.ts';

export interface FsStoreOptions {
  /** An absolute path; made when it is missing. */
  readonly folder: string;
  /** Base of the links, without a slash at its end: the api that serves `/files`. */
  readonly publicUrl: string;
  readonly signer: LinkSigner;
  readonly clock: Clock;
}

/** A replacement between reading the meta file and opening its bytes is rare; this many in a row mean damage. */
const replacedMax = 10;

/** Objects as files under one folder: `object-meta.ts` has the layout, `put-file.ts` the order of a write. */
export async function createFsStore({ folder, publicUrl, signer, clock }: FsStoreOptions): Promise<ObjectStore> {
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const links = fileLinks(signer);
  const filesOf = (key: string): ObjectFiles => {
    checkObjectKey(key);
    return objectFiles(folder, key);
  };
  const remove = async (key: string) => {
    const files = filesOf(key);
    const found = await readMeta(files.meta);
    await rm(files.meta, { force: true });
    if (found !== null) await rm(files.bytes(found.meta.version), { force: true });
    await removeEmptyFolders(files.dir, folder);
  };
  return {
    async put(key, body, options) {
      const source = openBody(body);
      try {
        const files = filesOf(key);
        options.signal.throwIfAborted();
        return await putFile({ root: folder, files, source, options });
      } catch (error) {
        source.destroy();
        throw options.signal.aborted ? options.signal.reason : translateFsError(error);
      }
    },
    get: async (key, { range, signal }) => {
      signal.throwIfAborted();
      return openObject({ key, files: filesOf(key), range, signal });
    },
    async head(key) {
      const found = await readMeta(filesOf(key).meta);
      return found === null ? null : describe(found);
    },
    delete: remove,
    async deleteMany(keys) {
      for (const key of keys) checkObjectKey(key);
      for (const key of keys) await remove(key);
    },
    list: (prefix, options) => listFolder({ folder, prefix, ...options }),
    async link(key, options) {
      checkObjectKey(key);
      checkLinkOptions(options);
      const { method = 'GET', contentType, disposition, expiresInSeconds } = options;
      const claims = { key, method, contentType, ...(disposition !== undefined && { disposition }) };
      return `${publicUrl}/files/${links.sign(claims, { expiresInSeconds })}`;
    },
    async freeBytes() {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
    removeLeftovers: ({ olderThanSeconds, signal }) =>
      removeFsLeftovers({ root: folder, before: new Date(clock.now().getTime() - olderThanSeconds * 1000), signal }),
    close: async () => {},
  };
}

type FoundMeta = NonNullable<Awaited<ReturnType<typeof readMeta>>>;

function describe({ meta, modifiedAt }: FoundMeta) {
  return { sizeBytes: meta.sizeBytes, contentType: meta.contentType, modifiedAt, etag: `"${meta.sha256}"` };
}

interface OpenObject {
  readonly key: string;
  readonly files: ObjectFiles;
  readonly range: { readonly start: number; readonly end?: number } | undefined;
  readonly signal: AbortSignal;
}

async function openObject({ key, files, range, signal }: OpenObject): Promise<ObjectContent> {
  for (let replaced = 0; replaced < replacedMax; replaced += 1) {
    const found = await readMeta(files.meta);
    if (found === null) throw new ObjectNotFound(key);
    const part = range === undefined ? undefined : resolveRange(range, found.meta.sizeBytes);
    const stream = await openBytes(files.bytes(found.meta.version), { sizeBytes: found.meta.sizeBytes, part, signal });
    if (stream !== null) return { ...describe(found), stream, ...(part !== undefined && { range: part }) };
  }
  throw damagedObject(files.meta, new Error('its bytes are missing'));
}

interface OpenBytes {
  readonly sizeBytes: number;
  readonly part: { readonly start: number; readonly end: number } | undefined;
  readonly signal: AbortSignal;
}

/** Null: the file is gone, so the object was replaced or deleted meanwhile. */
async function openBytes(file: string, { sizeBytes, part, signal }: OpenBytes): Promise<Readable | null> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    if (size !== sizeBytes) throw damagedObject(file, new Error(`it has ${size} bytes, not ${sizeBytes}`));
    return handle.createReadStream({ ...part, signal });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface ListFolder {
  readonly folder: string;
  readonly prefix: string;
  readonly after?: string;
  readonly limit: number;
}

async function listFolder({ folder, prefix, after, limit }: ListFolder): Promise<ObjectPage> {
  checkListLimit(limit);
  const objects: ObjectPage['objects'][number][] = [];
  for await (const key of walkKeys({ dir: folder, parent: '', prefix, after })) {
    const last = objects.at(-1);
    if (objects.length === limit && last !== undefined) return { objects, next: last.key };
    const found = await readMeta(objectFiles(folder, key).meta);
    if (found !== null) objects.push({ key, sizeBytes: found.meta.sizeBytes, modifiedAt: found.modifiedAt });
  }
  return { objects };
}
