import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Clock, DomainError } from '@polyreel/core';
import { downloadToFile, type SafeFetch, type SafeFetchOptions } from '@polyreel/safe-fetch';
import { z } from 'zod';

export interface SourceRequest {
  readonly accountId: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Gets the file; must not exist. */
  readonly path: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** False: fetched again and not kept. */
  readonly isKept: boolean;
}

/**
 * Files behind callers' addresses, kept on this machine by what they hold. What one account fetched is never given to another, nor to the
 * same one under other request headers. A kept file is given without asking as long as its server allowed (`Cache-Control`), and after
 * that only when the server confirms it (`ETag`, `Last-Modified`).
 */
export interface SourceCache {
  /** Gives the SHA-256 of what is kept, null of what is not. Throws what the fetch throws; then there is no file at `path`. */
  fetch(request: SourceRequest): Promise<string | null>;
}

const entrySchema = z.object({
  blob: z.string().regex(/^[0-9a-f]{64}\/[0-9a-f]{64}$/),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  freshUntilMs: z.number(),
});
type Entry = z.infer<typeof entrySchema>;

const freshSecondsMax = 24 * 3600;
/** What nobody used for so long goes, whatever room there is. */
const idleMsMax = 24 * 3600 * 1000;
const leftoverMsMax = 3600 * 1000;
const sweepEveryMs = 10 * 60 * 1000;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The account and the hash of the headers are part of the key; neither can be read from it. */
export const sourceKey = ({ accountId, url, headers }: Pick<SourceRequest, 'accountId' | 'url' | 'headers'>): string => {
  const sorted = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return sha256(JSON.stringify([accountId, url, sha256(JSON.stringify(sorted.sort()))]));
};

/** `bytesMax` 0 keeps nothing. */
export const createSourceCache = (deps: {
  fetch: SafeFetch;
  folder: string;
  bytesMax: number;
  clock: Clock;
  request: Pick<SafeFetchOptions, 'timeoutMs' | 'maxRedirects' | 'protocols'>;
}): SourceCache => {
  const { folder, clock } = deps;
  const now = (): number => clock.now().getTime();
  const entryPath = (key: string): string => path.join(folder, 'entries', `${key}.json`);
  const blobPath = (blob: string): string => path.join(folder, 'blobs', blob);
  let sweptMs = 0;

  const download = async (request: SourceRequest, target: string, extra: Readonly<Record<string, string>>) => {
    let seen: { get(name: string): string | null } = { get: () => null };
    const observed: SafeFetch = async (url, options) => {
      const response = await deps.fetch(url, options);
      seen = response.headers;
      return response;
    };
    const { maxBytes, signal } = request;
    await downloadToFile(observed, request.url, target, {
      ...{ ...deps.request, maxBytes, signal },
      headers: { ...request.headers, ...extra },
    });
    return seen;
  };

  const readEntry = async (key: string): Promise<Entry | null> => {
    const text = await readFile(entryPath(key), 'utf8').catch(() => null);
    if (text === null) return null;
    // A file cut short by a dying machine is no entry.
    const read = entrySchema.safeParse(parseJson(text));
    return read.success ? read.data : null;
  };
  const writeEntry = async (key: string, entry: Entry): Promise<void> => {
    const temporary = path.join(folder, 'incoming', randomUUID());
    await writeFile(temporary, JSON.stringify(entry), { mode: 0o600 });
    await rename(temporary, entryPath(key));
  };
  /** False when the file has gone meanwhile. */
  const give = async (blob: string, request: SourceRequest): Promise<boolean> => {
    const known = await stat(blobPath(blob)).catch(() => null);
    if (known === null) return false;
    if (known.size > request.maxBytes)
      throw new DomainError('too_large', `The answer exceeds ${request.maxBytes} bytes`, { code: 'response_too_large' });
    try {
      await placeFile(blobPath(blob), request.path);
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
    await markUsed(blob);
    return true;
  };
  const markUsed = async (blob: string): Promise<void> => {
    const at = clock.now();
    await utimes(blobPath(blob), at, at).catch(() => undefined);
  };

  const fetchFresh = async (request: SourceRequest, key: string, entry: Entry | null): Promise<string | null> => {
    const incoming = path.join(folder, 'incoming', randomUUID());
    try {
      const headers = await download(request, incoming, entry === null ? {} : conditions(entry));
      const rule = keepingRule(headers.get('cache-control'));
      const [etag, lastModified] = [headers.get('etag'), headers.get('last-modified')];
      if (!rule.isKept || (rule.freshSeconds === 0 && etag === null && lastModified === null)) {
        await rm(entryPath(key), { force: true });
        await placeFile(incoming, request.path);
        return null;
      }
      const blob = `${sha256(request.accountId)}/${await hashFile(incoming)}`;
      await placeFile(incoming, request.path);
      await mkdir(path.dirname(blobPath(blob)), { recursive: true });
      await rename(incoming, blobPath(blob));
      await markUsed(blob);
      await writeEntry(key, { blob, etag, lastModified, freshUntilMs: now() + rule.freshSeconds * 1000 });
      return hashOf(blob);
    } catch (error) {
      if (entry === null || !isNotModified(error)) throw error;
      // Two kinds of 304: the kept file still holds, or it was swept while we asked.
      if (!(await give(entry.blob, request))) return fetchFresh(request, key, null);
      await writeEntry(key, { ...entry, freshUntilMs: now() });
      return hashOf(entry.blob);
    } finally {
      await rm(incoming, { force: true });
    }
  };

  const sweep = async (): Promise<void> => {
    sweptMs = now();
    for (const name of await readdir(path.join(folder, 'incoming'))) {
      const file = path.join(folder, 'incoming', name);
      const known = await stat(file).catch(() => null);
      if (known !== null && now() - known.mtimeMs > leftoverMsMax) await rm(file, { force: true });
    }
    const blobs = await listBlobs(path.join(folder, 'blobs'));
    let bytes = blobs.reduce((sum, { size }) => sum + size, 0);
    for (const { file, size, usedMs } of blobs.toSorted((a, b) => a.usedMs - b.usedMs)) {
      if (bytes <= deps.bytesMax && now() - usedMs <= idleMsMax) break;
      await rm(file, { force: true });
      bytes -= size;
    }
    for (const name of await readdir(path.join(folder, 'entries'))) {
      const entry = await readEntry(name.replace(/\.json$/, ''));
      const isHeld = entry !== null && (await stat(blobPath(entry.blob)).catch(() => null)) !== null;
      if (!isHeld) await rm(path.join(folder, 'entries', name), { force: true });
    }
  };

  return {
    async fetch(request) {
      if (deps.bytesMax === 0 || !request.isKept) {
        await download(request, request.path, {});
        return null;
      }
      await Promise.all(['entries', 'blobs', 'incoming'].map((name) => mkdir(path.join(folder, name), { recursive: true })));
      const key = sourceKey(request);
      const entry = await readEntry(key);
      if (entry !== null && entry.freshUntilMs > now() && (await give(entry.blob, request))) return hashOf(entry.blob);
      const isHeld = entry !== null && (await stat(blobPath(entry.blob)).catch(() => null)) !== null;
      const hash = await fetchFresh(request, key, isHeld ? entry : null);
      if (now() - sweptMs > sweepEveryMs) await sweep();
      return hash;
    },
  };
};

const conditions = ({ etag, lastModified }: Entry): Record<string, string> => ({
  ...(etag !== null && { 'if-none-match': etag }),
  ...(lastModified !== null && { 'if-modified-since': lastModified }),
});

/** What `Cache-Control` allows a store of one account's. Without it every use is confirmed. */
export const keepingRule = (header: string | null): { isKept: boolean; freshSeconds: number } => {
  const words = (header ?? '').toLowerCase().split(',');
  const has = (word: string): boolean => words.some((one) => one.trim() === word);
  if (has('no-store')) return { isKept: false, freshSeconds: 0 };
  const age = /(?:^|[,\s])max-age\s*=\s*"?(\d{1,10})/i.exec(header ?? '')?.[1];
  return { isKept: true, freshSeconds: has('no-cache') ? 0 : Math.min(freshSecondsMax, Number(age ?? 0)) };
};

/** A second name for the same bytes, so that a sweep takes nothing from a render; a copy on another disk. */
const placeFile = async (from: string, to: string): Promise<void> => {
  try {
    await link(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EXDEV' || error.code === 'EPERM'))) throw error;
    await copyFile(from, to);
  }
};

const listBlobs = async (folder: string): Promise<{ file: string; size: number; usedMs: number }[]> => {
  const found: { file: string; size: number; usedMs: number }[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const known = await stat(file).catch(() => null);
    if (known !== null) found.push({ file, size: known.size, usedMs: known.mtimeMs });
  }
  return found;
};

const hashFile = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const hashOf = (blob: string): string => path.basename(blob);

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
const isNotModified = (error: unknown): boolean => error instanceof DomainError && error.code === 'http_304';
