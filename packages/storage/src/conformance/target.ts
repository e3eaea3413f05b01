import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Clock, ObjectStore } from '@polyreel/core';

/** One adapter over one real place, as the conformance suite drives it. */
export interface ConformanceTarget {
  readonly store: ObjectStore;
  /** The same objects through an adapter with another clock. */
  withClock(clock: Clock): Promise<ObjectStore>;
  /** The same objects through an adapter whose secret is another one. */
  withWrongSecret(): Promise<ObjectStore>;
  /** Where the object is for somebody who signs nothing. */
  unsignedUrl(key: string): string;
  /** Leaves for this key what a process leaves that dies while it writes. */
  abandonWrite(key: string): Promise<void>;
  /** Names of what unfinished writes have left behind now. */
  leftovers(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export type GetTarget = () => ConformanceTarget;

/** Far beyond what anything here takes, so that a hang is told by the name of a call and not of a test. */
export const patience = () => AbortSignal.timeout(240_000);

/** A folder of keys that no other test uses. */
export const freshPrefix = () => `conformance/${randomBytes(8).toString('hex')}/`;

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** `sizeBytes` bytes that differ everywhere, in chunks, made while they are read; `onChunk` sees how many have been taken. */
export function patternStream(sizeBytes: number, onChunk: (takenBytes: number) => void = () => {}): Readable {
  function* chunks() {
    for (let offset = 0; offset < sizeBytes; ) {
      const chunk = patternBytes(offset, Math.min(chunkBytes, sizeBytes - offset));
      offset += chunk.length;
      onChunk(offset);
      yield chunk;
    }
  }
  return Readable.from(chunks(), { objectMode: false, highWaterMark: chunkBytes });
}

const chunkBytes = 64 * 1024;

/** Bytes of the pattern from `offset` on: no two aligned words are equal. */
export function patternBytes(offset: number, length: number): Buffer {
  const first = Math.floor(offset / 4);
  const words = new Uint32Array(Math.ceil((offset + length) / 4) - first);
  for (let index = 0; index < words.length; index += 1) words[index] = Math.imul(first + index, 2654435761);
  return Buffer.from(words.buffer, offset - first * 4, length);
}

export async function readAll(store: ObjectStore, key: string): Promise<Buffer> {
  const { stream } = await store.get(key, { signal: patience() });
  return buffer(stream);
}

export async function putBytes(store: ObjectStore, key: string, bytes: Uint8Array, contentType = 'video/mp4') {
  return store.put(key, bytes, { contentType, signal: patience() });
}
