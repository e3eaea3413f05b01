import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { examineRemote, type ModelHost, openRange, RefusedDownload, type RemoteFile } from './open-range.ts';

export interface DownloadOptions {
  readonly url: string;
  readonly host: ModelHost;
  /** Where the file will lie. `<target>.partial` and `<target>.partial.json` lie there before. */
  readonly target: string;
  /** Known beforehand; null: what the host says of it is taken. */
  readonly sha256: string | null;
  readonly connections: number;
  readonly segmentBytes: number;
  /** A connection that brings nothing for so long is opened again. */
  readonly silenceMs: number;
  /** Between two tries of the same segment, doubled each time. */
  readonly retryMs: number;
  readonly signal: AbortSignal;
  /** Bytes more than at the last call. */
  onBytes(count: number): void;
}

/** A file that came whole but is not the one that was asked for. It is not kept. */
export class WrongFile extends Error {
  override readonly name = 'WrongFile';
}

const triesMax = 6;

const stateSchema = z.object({
  url: z.string(),
  bytes: z.int(),
  etag: z.string().nullable(),
  segmentBytes: z.int(),
  /** Bytes that are written, by segment. */
  written: z.array(z.int().nonnegative()),
});
type State = z.infer<typeof stateSchema>;

/**
 * Fetches one file over several connections, goes on where an earlier run was cut off, and gives it its name only when its hash is right.
 * Returns the hash. Throws RefusedDownload, WrongFile, or the disk's own error; what was written stays for the next run, but for a wrong file.
 */
export async function downloadFile(options: DownloadOptions): Promise<string> {
  const { target, signal, host, url } = options;
  await mkdir(dirname(target), { recursive: true });
  const remote = await retry(options, () => examineRemote(url, host, within(options)));
  const state = await findState(options, remote);
  const handle = await openPartial(target, state);
  const save = createSaver(target, state);
  try {
    options.onBytes(state.written.reduce((sum, count) => sum + count, 0));
    await fetchSegments(options, { remote, state, handle, save });
    await handle.sync();
  } finally {
    await save().catch(() => undefined);
    await handle.close();
  }
  signal.throwIfAborted();
  return keep(options, remote);
}

const partialOf = (target: string): string => `${target}.partial`;
const statePathOf = (target: string): string => `${target}.partial.json`;

/** An earlier run's state, where it is of the same file; else a fresh one. */
async function findState({ target, url, segmentBytes }: DownloadOptions, remote: RemoteFile): Promise<State> {
  const size = remote.takesRanges ? segmentBytes : remote.bytes;
  const fresh: State = {
    ...{ url, bytes: remote.bytes, etag: remote.etag, segmentBytes: size },
    written: Array.from({ length: Math.ceil(remote.bytes / size) }, () => 0),
  };
  const text = await readFile(statePathOf(target), 'utf8').catch(() => null);
  if (text === null || !remote.takesRanges) return fresh;
  const parsed = stateSchema.safeParse(safeJson(text));
  const has = await stat(partialOf(target)).catch(() => null);
  // Without a name for the version nobody knows whether the rest would fit what is there.
  const fits = parsed.success && has !== null && remote.etag !== null && isSameFile(parsed.data, fresh);
  return fits ? parsed.data : fresh;
}

const isSameFile = (a: State, b: State): boolean =>
  a.bytes === b.bytes && a.etag === b.etag && a.segmentBytes === b.segmentBytes && a.written.length === b.written.length;

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function openPartial(target: string, state: State): Promise<FileHandle> {
  const isFresh = state.written.every((count) => count === 0);
  return open(partialOf(target), isFresh ? 'w' : 'r+');
}

/** Writes beside and renames, so that a death in between leaves the old one; one write at a time. */
function createSaver(target: string, state: State): () => Promise<void> {
  const path = statePathOf(target);
  const write = async () => {
    await writeFile(`${path}.new`, JSON.stringify(state));
    await rename(`${path}.new`, path);
  };
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last.then(write, write);
    return last;
  };
}

interface Fetching {
  readonly remote: RemoteFile;
  readonly state: State;
  readonly handle: FileHandle;
  save(): Promise<void>;
}

/** So many segments at once; the first that fails for good stops the others. */
async function fetchSegments(options: DownloadOptions, fetching: Fetching): Promise<void> {
  const { state, handle, save } = fetching;
  const queue = state.written.flatMap((count, index) => (count < lengthOf(state, index) ? [index] : []));
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const worker = async () => {
    for (let index = queue.shift(); index !== undefined && !signal.aborted; index = queue.shift()) {
      await fetchSegment({ ...options, signal }, fetching, index);
      await handle.datasync();
      await save();
    }
  };
  const results = await Promise.allSettled(
    Array.from({ length: Math.min(options.connections, queue.length) }, () =>
      worker().catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    ),
  );
  options.signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

const lengthOf = ({ bytes, segmentBytes }: State, index: number): number => Math.min(segmentBytes, bytes - index * segmentBytes);

async function fetchSegment(options: DownloadOptions, { remote, state, handle }: Fetching, index: number): Promise<void> {
  const start = index * state.segmentBytes;
  const length = lengthOf(state, index);
  await retry(options, async () => {
    // A server without ranges begins again at the first byte.
    if (!remote.takesRanges) {
      options.onBytes(-(state.written[index] ?? 0));
      state.written[index] = 0;
    }
    const alarm = new AbortController();
    let timer = setTimeout(() => alarm.abort(), options.silenceMs);
    const signal = AbortSignal.any([options.signal, alarm.signal]);
    try {
      const from = start + (state.written[index] ?? 0);
      const body = await openRange(options.url, { host: options.host, signal, from, to: start + length - 1, remote });
      for await (const chunk of body) {
        clearTimeout(timer);
        timer = setTimeout(() => alarm.abort(), options.silenceMs);
        const written = state.written[index] ?? 0;
        if (written + chunk.length > length) throw new RefusedDownload(`${options.url} sent more than it said`);
        await handle.write(chunk, 0, chunk.length, start + written);
        state.written[index] = written + chunk.length;
        options.onBytes(chunk.length);
      }
    } finally {
      clearTimeout(timer);
    }
    if (state.written[index] !== length) throw new Error(`${options.url}: the connection broke`);
  });
}

const within = ({ signal, silenceMs }: DownloadOptions): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(silenceMs)]);

/** Tries again what the network or a busy server broke; not what the server refuses, nor a full disk. */
async function retry<T>({ signal, retryMs }: DownloadOptions, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RefusedDownload || isOfDisk(error) || tries === triesMax) throw error;
      await wait(retryMs * 2 ** (tries - 1), undefined, { signal });
    }
  }
}

const isOfDisk = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EIO', 'EFBIG'].includes(String(error.code));

async function keep({ target, sha256, url }: DownloadOptions, remote: RemoteFile): Promise<string> {
  const hash = await hashFile(partialOf(target));
  const wanted = sha256 ?? remote.sha256;
  if (wanted !== null && hash !== wanted) {
    await rm(partialOf(target), { force: true });
    await rm(statePathOf(target), { force: true });
    throw new WrongFile(`${url} has the hash ${hash}, not ${wanted}: it was removed`);
  }
  // The receipt first: a file without one would be taken for whole, and never be checked.
  await writeFile(receiptOf(target), `${hash}  ${target.slice(dirname(target).length + 1)}\n`);
  await rename(partialOf(target), target);
  await rm(statePathOf(target), { force: true });
  return hash;
}

/** In the form of `sha256sum`, beside the file. */
export const receiptOf = (target: string): string => `${target}.sha256`;

export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 4 * 2 ** 20 }), hash);
  return hash.digest('hex');
}
