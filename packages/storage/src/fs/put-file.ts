import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PutOptions, StoredObject } from '@polyreel/core';
import { createMeter } from '../body.ts';
import { makeFolder, removeEmptyFolders, syncFolder } from './durable.ts';
import { isErrno } from './fs-errors.ts';
import { type ObjectFiles, type ObjectMeta, readMeta } from './object-meta.ts';

interface PutFile {
  readonly root: string;
  readonly files: ObjectFiles;
  readonly source: Readable;
  readonly options: PutOptions;
}

const folderRacesMax = 20;

/**
 * Bytes under a name that nothing refers to, fsync; a meta file that names them, fsync; rename. Dying at any line leaves the old object
 * or the new one, and at most files that `removeLeftovers` finds.
 */
export async function putFile({ root, files, source, options }: PutFile): Promise<StoredObject> {
  const version = randomBytes(16).toString('hex');
  try {
    const handle = await createInFolder(files, version);
    const stored = await writeBytes(handle, source, options);
    await syncFolder(files.dir);
    const before = await readMeta(files.meta);
    await writeDraft(files.draft(version), { contentType: options.contentType, ...stored, version });
    options.signal.throwIfAborted();
    await rename(files.draft(version), files.meta);
    await syncFolder(files.dir);
    if (before !== null) await rm(files.bytes(before.meta.version), { force: true });
    return stored;
  } catch (error) {
    const current = await readMeta(files.meta).catch(() => null);
    // The rename may have happened: then these bytes are the object.
    if (current?.meta.version !== version) await rm(files.bytes(version), { force: true });
    await rm(files.draft(version), { force: true });
    await removeEmptyFolders(files.dir, root);
    throw error;
  }
}

/** A delete next door may remove the empty folder between our making it and our first file in it. */
async function createInFolder(files: ObjectFiles, version: string): Promise<FileHandle> {
  for (let race = 1; ; race += 1) {
    try {
      await makeFolder(files.dir);
      return await open(files.bytes(version), 'wx', 0o640);
    } catch (error) {
      if (!isErrno(error, 'ENOENT') || race === folderRacesMax) throw error;
    }
  }
}

async function writeBytes(handle: FileHandle, source: Readable, options: PutOptions): Promise<StoredObject> {
  try {
    const meter = createMeter(options);
    const write = async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) await handle.writeFile(chunk); // goes on where the last one ended
    };
    await pipeline(source, meter.stream, write, { signal: options.signal });
    await handle.sync();
    return meter.measure();
  } finally {
    await handle.close();
  }
}

async function writeDraft(draftPath: string, meta: ObjectMeta): Promise<void> {
  const handle = await open(draftPath, 'wx', 0o640);
  try {
    await handle.writeFile(JSON.stringify(meta));
    await handle.sync();
  } finally {
    await handle.close();
  }
}
