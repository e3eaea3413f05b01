import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { initSync, WasmBuilder, WasmReader } from '@contentauth/c2pa-wasm';

/** What the reader below can read. */
interface SyncBlob extends Blob {
  readBytes(): ArrayBuffer;
}

/**
 * A file as the library wants one: it was made for browser workers, where a Blob is read by a synchronous reader. Slices are read from
 * disk when asked for, so a film is never in memory because of being read.
 */
class FileBlob extends Blob implements SyncBlob {
  readonly #fd: number;
  readonly #start: number;
  readonly #end: number;
  override readonly size: number;

  constructor(fd: number, start: number, end: number) {
    super([]);
    this.#fd = fd;
    this.#start = start;
    this.#end = end;
    this.size = end - start;
  }

  override slice(start = 0, end = this.size): FileBlob {
    const first = Math.min(this.#start + start, this.#end);
    return new FileBlob(this.#fd, first, Math.max(first, Math.min(this.#start + end, this.#end)));
  }

  readBytes(): ArrayBuffer {
    const bytes = new Uint8Array(this.size);
    for (let filled = 0; filled < bytes.length; ) {
      const count = readSync(this.#fd, bytes, filled, bytes.length - filled, this.#start + filled);
      if (count === 0) throw new Error('a file ended while it was read');
      filled += count;
    }
    return bytes.buffer;
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return this.readBytes();
  }
}

/** Bytes in memory, in the same way. */
class BytesBlob extends Blob implements SyncBlob {
  readonly #bytes: Uint8Array;
  override readonly size: number;

  constructor(bytes: Uint8Array) {
    super([]);
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  override slice(start = 0, end = this.size): BytesBlob {
    return new BytesBlob(this.#bytes.subarray(start, end));
  }

  readBytes(): ArrayBuffer {
    return Uint8Array.from(this.#bytes).buffer;
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return this.readBytes();
  }
}

class FileReaderSync {
  readAsArrayBuffer(blob: SyncBlob): ArrayBuffer {
    return blob.readBytes();
  }
}

/**
 * Hashing is one call over the whole file: with the engine's own patience it would run to its end in code of the first, slow compiler,
 * since only a next call gets the better code. So functions are compiled well after little use, and before they go on: six times faster.
 * Not where no film is hashed, only pictures: there the good compiler would take longer than the hashing.
 */
const engineFlags = ['--wasm-sync-tier-up', '--wasm-tiering-budget=1000000'] as const;

/** Loads the library into this process; once, before anything of it is used. `hashesFilms`: whole films go through it. */
export const loadC2pa = ({ hashesFilms }: { hashesFilms: boolean }): void => {
  if (hashesFilms) for (const flag of engineFlags) setFlagsFromString(flag);
  Object.assign(globalThis, { FileReaderSync });
  const module = readFileSync(createRequire(import.meta.url).resolve('@contentauth/c2pa-wasm/c2pa.wasm'));
  initSync({ module });
};

/** Opens a file for the time of `work`. */
export const withFileBlob = async <T>(path: string, work: (blob: Blob) => Promise<T>): Promise<T> => {
  const fd = openSync(path, 'r');
  try {
    return await work(new FileBlob(fd, 0, fstatSync(fd).size));
  } finally {
    closeSync(fd);
  }
};

export const bytesBlob = (bytes: Uint8Array): Blob => new BytesBlob(bytes);

export { WasmBuilder, WasmReader };
