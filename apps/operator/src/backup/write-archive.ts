import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';

export interface ArchiveWriter {
  addText(name: string, text: string): Promise<void>;
  addFile(name: string, file: string, sizeBytes: number): Promise<void>;
  /** `source` must give exactly `sizeBytes`. */
  addStream(name: string, source: Readable, sizeBytes: number): Promise<void>;
}

/** Writes a tar (0600) that takes its name only when it is whole and on disk; a failure leaves nothing. */
export async function writeArchive(file: string, fill: (writer: ArchiveWriter) => Promise<void>): Promise<void> {
  const unfinished = `${file}.unfinished`;
  await rm(unfinished, { force: true });
  const tar = pack();
  try {
    const written = pipeline(tar, createWriteStream(unfinished, { flags: 'wx', mode: 0o600, flush: true }));
    // A disk that fills up fails `written`; what waits for room in the tar must fail with it.
    const failed = written.then(() => new Promise<never>(() => undefined));
    const filled = fill(createWriter(tar)).then(() => tar.finalize());
    await Promise.race([filled, failed]).catch((error: unknown) => {
      tar.destroy(error instanceof Error ? error : new Error(String(error)));
      return Promise.allSettled([written, filled]).then(() => Promise.reject(error));
    });
    await written;
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
  const folder = await open(path.dirname(path.resolve(file)), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function createWriter(tar: Pack): ArchiveWriter {
  const head = (name: string, size: number) => ({ name, size, mode: 0o600, mtime: new Date() });
  const addStream = async (name: string, source: Readable, sizeBytes: number): Promise<void> => {
    const entry = tar.entry(head(name, sizeBytes));
    await pipeline(source, entry);
  };
  return {
    addText: (name, text) =>
      new Promise((resolve, reject) => {
        tar.entry(head(name, Buffer.byteLength(text)), text, (error) => (error ? reject(error) : resolve()));
      }),
    addFile: (name, file, sizeBytes) => addStream(name, createReadStream(file), sizeBytes),
    addStream,
  };
}
