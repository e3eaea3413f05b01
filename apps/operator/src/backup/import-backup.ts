import { createReadStream, createWriteStream } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Config } from '@polyreel/config';
import type { ObjectStore } from '@polyreel/core';
import { listMigrations, migrateDatabase } from '../run/migrate.ts';
import { repositoryRoot } from '../run/repository.ts';
import { writePrivateFile } from '../run/write-private-file.ts';
import { BackupError, type ListedObjectFacts, type Manifest, objectPrefix, tablePrefix } from './archive-format.ts';
import { findFilledTables, loadDatabase, readAppliedMigrations } from './database-load.ts';
import { createHashingStream } from './hashing.ts';
import { listAllObjects, openObjects } from './open-objects.ts';
import { type CheckedArchive, checkArchive, readEntries } from './read-archive.ts';

export interface ImportOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly file: string;
  readonly archive: CheckedArchive;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

const objectTimeoutMs = 600_000;

/** What can be told without touching the target: a damaged file, or one of a newer version. */
export async function openBackup(file: string): Promise<CheckedArchive> {
  const archive = await checkArchive(file);
  const ours = await listMigrations();
  const foreign = archive.manifest.migrations.filter((name, index) => ours[index] !== name);
  if (foreign.length > 0) {
    throw new BackupError(
      `${file} was made by a newer version of this program (it has the migration ${foreign[0]}): import it with that version`,
    );
  }
  return archive;
}

/**
 * Fills an empty server. Objects come first and the tables last, in one transaction: whoever dies in between can do it again.
 * Refuses a target that holds anything else.
 */
export async function importBackup({ config, databaseUrl, file, archive, env, say }: ImportOptions): Promise<void> {
  const { manifest } = archive;
  await refuseFilled(databaseUrl, manifest);
  const folder = await mkdtemp(path.join(tmpdir(), 'polyreel-import-'));
  try {
    const store = await openObjects(config);
    try {
      await refuseStrangers(store, archive);
      await unpack({ store, file, archive, folder, say });
      await verifyObjects(store, archive.objects);
    } finally {
      await store.close();
    }
    await migrateTo(manifest.migrations, { databaseUrl, env });
    await loadDatabase({ databaseUrl, manifest, open: ({ name }) => createReadStream(path.join(folder, name)) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await migrateDatabase({ databaseUrl, env });
  if (config.mode === 'embedded' && archive.apiKey !== null)
    await writePrivateFile(path.join(config.dataDir, 'api-key'), `${archive.apiKey}\n`);
}

async function refuseFilled(databaseUrl: string, manifest: Manifest): Promise<void> {
  const filled = await findFilledTables(databaseUrl);
  if (filled.length > 0)
    throw new BackupError(`The database is not empty (${filled.join(', ')}): a backup is imported into an empty one`);
  const applied = await readAppliedMigrations(databaseUrl);
  const ahead = applied.filter((name) => !manifest.migrations.includes(name));
  if (ahead.length > 0) {
    throw new BackupError(`The database is empty, but of a later version than the backup (${ahead[0]}): give one without tables`);
  }
}

/** Objects of an import that died are no strangers. */
async function refuseStrangers(store: ObjectStore, { manifest, objects }: CheckedArchive): Promise<void> {
  if (!manifest.hasObjects) return;
  const known = new Set(objects.map(({ key }) => key));
  for await (const { key } of listAllObjects(store)) {
    if (!known.has(key)) throw new BackupError(`The object store is not empty (${key}): a backup is imported into an empty one`);
  }
}

interface Unpacking {
  readonly store: ObjectStore;
  readonly file: string;
  readonly archive: CheckedArchive;
  /** Tables go here. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

async function unpack({ store, file, archive, folder, say }: Unpacking): Promise<void> {
  const objects = new Map(archive.objects.map((object) => [`${objectPrefix}${object.key}`, object]));
  const tables = new Map(archive.manifest.tables.map(({ name }) => [`${tablePrefix}${name}`, name]));
  let done = 0;
  await readEntries(file, async (name, content) => {
    const table = tables.get(name);
    const object = objects.get(name);
    if (table !== undefined) await pipeline(content, createWriteStream(path.join(folder, table), { flags: 'wx', mode: 0o600 }));
    if (object === undefined) return;
    await putObject(store, object, content);
    done += 1;
    if (done % 1000 === 0) say(`${done} of ${objects.size} objects`);
  });
}

async function putObject(
  store: ObjectStore,
  { key, contentType, sizeBytes }: ListedObjectFacts,
  content: Readable,
): Promise<void> {
  const body = new PassThrough();
  const signal = AbortSignal.timeout(objectTimeoutMs);
  await Promise.all([pipeline(content, body), store.put(key, body, { contentType, sizeBytes, signal })]);
}

/** Reads every object back: what was written just now, and what an S3 backup says is in the bucket. */
async function verifyObjects(store: ObjectStore, objects: readonly ListedObjectFacts[]): Promise<void> {
  for (const { key, sha256 } of objects) {
    const content = await store.get(key, { signal: AbortSignal.timeout(objectTimeoutMs) }).catch((cause: unknown) => {
      throw new BackupError(`The object ${key} of the backup is not in the object store`, { cause });
    });
    const hashing = createHashingStream();
    hashing.stream.resume();
    await pipeline(content.stream, hashing.stream);
    if (hashing.result().sha256 !== sha256)
      throw new BackupError(`The object ${key} in the object store is not the one of the backup`);
  }
}

/** An older backup enters a database as old as itself, which then goes on to this version. */
async function migrateTo(
  names: readonly string[],
  { databaseUrl, env }: { databaseUrl: string; env: NodeJS.ProcessEnv },
): Promise<void> {
  const all = path.join(repositoryRoot, 'prisma', 'migrations');
  const folder = await mkdtemp(path.join(tmpdir(), 'polyreel-migrations-'));
  try {
    for (const name of ['migration_lock.toml', ...names])
      await cp(path.join(all, name), path.join(folder, name), { recursive: true });
    await migrateDatabase({ databaseUrl, env, migrationsFolder: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
