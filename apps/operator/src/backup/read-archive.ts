import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { z } from 'zod';
import {
  BackupError,
  entryNames,
  type ListedObjectFacts,
  type Manifest,
  manifestSchema,
  objectListSchema,
  objectPrefix,
  tablePrefix,
} from './archive-format.ts';
import { createHashingStream } from './hashing.ts';

/** Calls `visit` for each entry in order; what `visit` leaves unread is skipped. */
export async function readEntries(file: string, visit: (name: string, content: Readable) => Promise<void>): Promise<void> {
  const source = createReadStream(file);
  const untar = extract();
  const reading = pipeline(source, untar);
  reading.catch(() => undefined);
  for await (const entry of untar) {
    // Lazy: what is not read here is skipped by the next line.
    await visit(entry.header.name, Readable.from(entry));
    entry.resume();
  }
  await reading;
}

export interface CheckedArchive {
  readonly manifest: Manifest;
  readonly secretKey: string;
  /** Null: none was in the backup. */
  readonly apiKey: string | null;
  readonly objects: readonly ListedObjectFacts[];
}

/** Reads the whole archive and compares every byte with its list, before anything is changed. Throws BackupError. */
export async function checkArchive(file: string): Promise<CheckedArchive> {
  const texts = new Map<string, string>();
  const seen = new Map<string, { sha256: string; sizeBytes: number }>();
  try {
    await readEntries(file, async (name, content) => {
      if (name.startsWith(tablePrefix) || name.startsWith(objectPrefix)) {
        const hashing = createHashingStream();
        hashing.stream.resume();
        await pipeline(content, hashing.stream);
        seen.set(name, hashing.result());
      } else texts.set(name, await text(content));
    });
  } catch (cause) {
    throw new BackupError(
      `${file} is no backup of this program, or is damaged: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  const manifest = parseEntry(file, texts, entryNames.manifest, manifestSchema.safeParse);
  const { objects } = parseEntry(file, texts, entryNames.objects, objectListSchema.safeParse);
  const secretKey = texts.get(entryNames.secretKey)?.trim();
  if (secretKey === undefined) throw new BackupError(`${file} holds no secret key`);
  for (const table of manifest.tables) compare(file, `${tablePrefix}${table.name}`, table, seen);
  if (manifest.hasObjects) for (const object of objects) compare(file, `${objectPrefix}${object.key}`, object, seen);
  return { manifest, secretKey, apiKey: texts.get(entryNames.apiKey)?.trim() ?? null, objects };
}

type SafeParse<T> = (value: unknown) => { success: true; data: T } | { success: false; error: z.ZodError };

function parseEntry<T>(file: string, texts: ReadonlyMap<string, string>, name: string, parse: SafeParse<T>): T {
  const found = texts.get(name);
  if (found === undefined) throw new BackupError(`${file} lacks ${name}: it is no backup of this program, or was cut off`);
  let value: unknown;
  try {
    value = JSON.parse(found);
  } catch (cause) {
    throw new BackupError(`${name} in ${file} is damaged`, { cause });
  }
  const parsed = parse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BackupError(`${name} in ${file} is of another version of this program: ${issue?.path.join('.')} ${issue?.message}`);
  }
  return parsed.data;
}

function compare(
  file: string,
  name: string,
  expected: { sha256: string; sizeBytes: number },
  seen: ReadonlyMap<string, { sha256: string; sizeBytes: number }>,
): void {
  const found = seen.get(name);
  if (found === undefined) throw new BackupError(`${file} lacks ${name}`);
  if (found.sha256 !== expected.sha256 || found.sizeBytes !== expected.sizeBytes)
    throw new BackupError(`${name} in ${file} is damaged`);
}
