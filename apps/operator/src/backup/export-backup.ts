import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Config } from '@polyreel/config';
import { ObjectNotFound, type ObjectStore } from '@polyreel/core';
import { readSecretKeys } from '../run/place.ts';
import {
  archiveFormat,
  BackupError,
  entryNames,
  type ListedObjectFacts,
  type Manifest,
  objectPrefix,
  tablePrefix,
} from './archive-format.ts';
import { dumpDatabase } from './database-dump.ts';
import { createHashingStream } from './hashing.ts';
import { listAllObjects, openObjects } from './open-objects.ts';
import { type ArchiveWriter, writeArchive } from './write-archive.ts';

export interface ExportOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly file: string;
  readonly say: (line: string) => void;
}

const triesMax = 5;
const objectTimeoutMs = 600_000;

export interface ExportReport {
  readonly tables: number;
  readonly rows: number;
  readonly objects: number;
}

/** The backup missed objects that its tables name. */
class ObjectsGone extends Error {
  readonly keys: readonly string[];

  constructor(keys: readonly string[]) {
    super(
      `${keys.length} object${keys.length === 1 ? ' was' : 's were'} removed while the backup was written (${keys.slice(0, 3).join(', ')})`,
    );
    this.keys = keys;
  }
}

/**
 * Backs up a server, running or not: the tables as of one moment, the secret key, then the objects. Objects that a running server
 * removes in between would be missed by a restored job, so then it is done again. What is missing twice was lost before.
 */
export async function exportBackup(options: ExportOptions): Promise<ExportReport> {
  const missed = new Set<string>();
  for (let tries = 1; ; tries += 1) {
    try {
      return await exportOnce(options, missed);
    } catch (error) {
      if (!(error instanceof ObjectsGone)) throw error;
      if (tries === triesMax)
        throw new BackupError(`${error.message}, ${triesMax} times in a row: stop the server and export again`);
      options.say(`${error.message}: beginning again`);
      for (const key of error.keys) missed.add(key);
    }
  }
}

async function exportOnce({ config, databaseUrl, file, say }: ExportOptions, missed: ReadonlySet<string>): Promise<ExportReport> {
  const store = await openObjects(config);
  const folder = await mkdtemp(`${path.resolve(file)}.tables-`);
  try {
    const { objectKeys, ...dump } = await dumpDatabase({ databaseUrl, folder });
    const hasObjects = config.objects.adapter === 'fs';
    const manifest: Manifest = {
      format: archiveFormat,
      createdAt: new Date().toISOString(),
      migrations: [...dump.migrations],
      tables: [...dump.tables],
      partitions: [...dump.partitions],
      hasObjects,
    };
    let objects: ListedObjectFacts[] = [];
    await writeArchive(file, async (writer) => {
      await writer.addText(entryNames.manifest, JSON.stringify(manifest, null, 2));
      await addSecrets(writer, config);
      for (const table of dump.tables)
        await writer.addFile(`${tablePrefix}${table.name}`, path.join(folder, table.name), table.sizeBytes);
      objects = await addObjects({ writer, store, hasObjects });
      checkNoneGone({ objectKeys, objects, missed, say });
      await writer.addText(entryNames.objects, JSON.stringify({ objects }, null, 1));
    });
    return { tables: dump.tables.length, rows: dump.tables.reduce((sum, table) => sum + table.rows, 0), objects: objects.length };
  } finally {
    await rm(folder, { recursive: true, force: true });
    await store.close();
  }
}

async function addSecrets(writer: ArchiveWriter, config: Config): Promise<void> {
  const { current } = await readSecretKeys(config);
  await writer.addText(entryNames.secretKey, `${Buffer.from(current).toString('base64url')}\n`);
  const apiKey = await readFile(path.join(config.dataDir, 'api-key'), 'utf8').catch(() => null);
  if (apiKey !== null) await writer.addText(entryNames.apiKey, apiKey);
}

/** Every object with its SHA-256, read from the store; its bytes too where they lie in DATA_DIR. */
async function addObjects(to: { writer: ArchiveWriter; store: ObjectStore; hasObjects: boolean }): Promise<ListedObjectFacts[]> {
  const objects: ListedObjectFacts[] = [];
  for await (const { key } of listAllObjects(to.store)) {
    const facts = await addObject(to, key);
    if (facts !== null) objects.push(facts);
  }
  return objects;
}

async function addObject(
  to: { writer: ArchiveWriter; store: ObjectStore; hasObjects: boolean },
  key: string,
): Promise<ListedObjectFacts | null> {
  const signal = AbortSignal.timeout(objectTimeoutMs);
  const content = await to.store.get(key, { signal }).catch((error: unknown) => {
    if (error instanceof ObjectNotFound) return null;
    throw error;
  });
  if (content === null) return null;
  const hashing = createHashingStream();
  if (to.hasObjects) {
    const bytes = pipeline(content.stream, hashing.stream);
    await Promise.all([bytes, to.writer.addStream(`${objectPrefix}${key}`, hashing.stream, content.sizeBytes)]);
  } else {
    hashing.stream.resume();
    await pipeline(content.stream, hashing.stream);
  }
  return { key, contentType: content.contentType, ...hashing.result() };
}

function checkNoneGone(facts: {
  objectKeys: readonly string[];
  objects: readonly ListedObjectFacts[];
  missed: ReadonlySet<string>;
  say: (line: string) => void;
}): void {
  const present = new Set(facts.objects.map(({ key }) => key));
  const gone = facts.objectKeys.filter((key) => !present.has(key));
  const fresh = gone.filter((key) => !facts.missed.has(key));
  if (fresh.length > 0) throw new ObjectsGone(fresh);
  for (const key of gone)
    facts.say(`The server knows the object ${key}, but its store does not hold it: it was lost before this backup`);
}
