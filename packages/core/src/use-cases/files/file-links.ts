import type { Clock } from '../../ids.ts';
import type { LibraryFile, RenditionName } from '../../ports/library.ts';
import type { ObjectStore } from '../../ports/object-store.ts';

/** Where one form of a file stands. `skipped`: it has no meaning for this file. */
export type FileSource =
  | { readonly state: 'pending' | 'failed' | 'skipped' }
  | {
      readonly state: 'ready';
      readonly url: string;
      /** Null: it lives as long as the file is public. */
      readonly expiresAt: Date | null;
      readonly sizeBytes: number;
      readonly mediaType: string;
      readonly width?: number;
      readonly height?: number;
    };

export interface FileSources {
  readonly original: FileSource;
  readonly thumbnail: FileSource;
  readonly preview: FileSource;
  /** An HLS playlist. */
  readonly stream: FileSource;
}

/** What everybody may see while the file is public. */
export interface PublicLinks {
  readonly original: string;
  /** Null: nothing to stream, or not yet. */
  readonly stream: string | null;
  readonly page: string;
}

export interface FileLinkMaker {
  /** Links are made once and reused until half of their life is gone. */
  sources(file: LibraryFile): Promise<FileSources>;
  /** Null: the file is not public. */
  publicLinks(file: LibraryFile): PublicLinks | null;
}

export interface FileLinkOptions {
  readonly objects: Pick<ObjectStore, 'link'>;
  /** Token of a private stream. */
  signStream(claims: { fileId: string }, expiresInSeconds: number): string;
  /** No trailing slash. */
  readonly publicUrl: string;
  readonly ttlSeconds: number;
  readonly clock: Clock;
}

const maxRemembered = 20_000;

export function createFileLinks(options: FileLinkOptions): FileLinkMaker {
  const made = new Map<string, { link: Promise<{ url: string; expiresAt: Date }>; freshUntil: number }>();
  const remember = (key: string, make: () => Promise<string>): Promise<{ url: string; expiresAt: Date }> => {
    const now = options.clock.now().getTime();
    const known = made.get(key);
    if (known && known.freshUntil > now) return known.link;
    // Whole seconds, rounded down: a link never lives shorter than is said.
    const expiresAt = new Date(Math.floor(now / 1000) * 1000 + options.ttlSeconds * 1000);
    const link = make().then((url) => ({ url, expiresAt }));
    if (made.size >= maxRemembered) made.clear();
    made.set(key, { link, freshUntil: now + options.ttlSeconds * 500 });
    link.catch(() => made.delete(key));
    return link;
  };
  const objectLink = (objectKey: string, mediaType: string, filename: string) =>
    remember(objectKey, () =>
      options.objects.link(objectKey, {
        expiresInSeconds: options.ttlSeconds,
        disposition: { type: 'inline', filename: filename.slice(0, 200) },
        contentType: mediaType,
      }),
    );
  const rendition = async (file: LibraryFile, name: Exclude<RenditionName, 'playlist'>): Promise<FileSource> => {
    const made = file.renditions.find((one) => one.name === name);
    if (made?.state !== 'ready') return { state: absent(file) };
    const { mediaType, sizeBytes } = made;
    const link = await objectLink(made.objectKey, mediaType, `${name}-${file.displayName}`);
    return { state: 'ready', ...link, mediaType, sizeBytes, ...sizeOf(made.facts) };
  };
  return {
    async sources(file) {
      const [original, thumbnail, preview, stream] = await Promise.all([
        originalOf(file, objectLink),
        rendition(file, 'thumbnail'),
        rendition(file, 'preview'),
        streamOf(file, (token) => `${options.publicUrl}/hls/${token}/index.m3u8`, { ...options, remember }),
      ]);
      return { original, thumbnail, preview, stream };
    },
    publicLinks(file) {
      if (file.playbackId === null) return null;
      const base = `${options.publicUrl}/public/${file.playbackId}`;
      const hasStream = file.renditions.some(({ name, state }) => name === 'playlist' && state === 'ready');
      return {
        original: `${base}/file`,
        stream: hasStream ? `${base}/index.m3u8` : null,
        page: `${options.publicUrl}/embed/${file.playbackId}`,
      };
    },
  };
}

/** A form that is not there: still to come, never to come, or without a meaning. */
const absent = (file: LibraryFile): 'pending' | 'failed' | 'skipped' => {
  if (file.state === 'failed' || file.processing === 'failed') return 'failed';
  return file.processing === 'done' ? 'skipped' : 'pending';
};

async function originalOf(
  file: LibraryFile,
  objectLink: (key: string, mediaType: string, name: string) => Promise<{ url: string; expiresAt: Date }>,
): Promise<FileSource> {
  // Usable once it is known what it is: a link with the wrong type would be kept by whoever got it.
  if (file.state !== 'ready' || file.family === null || file.processing === 'failed')
    return { state: absent(file) === 'failed' ? 'failed' : 'pending' };
  const link = await objectLink(file.objectKey, file.mediaType, file.displayName);
  return { state: 'ready', ...link, mediaType: file.mediaType, sizeBytes: file.sizeBytes, ...sizeOf(file.facts) };
}

async function streamOf(
  file: LibraryFile,
  urlOf: (token: string) => string,
  deps: Pick<FileLinkOptions, 'signStream' | 'ttlSeconds'> & {
    remember(key: string, make: () => Promise<string>): Promise<{ url: string; expiresAt: Date }>;
  },
): Promise<FileSource> {
  const made = file.renditions.find(({ name }) => name === 'playlist');
  if (made?.state !== 'ready') return { state: absent(file) };
  const link = await deps.remember(`stream:${file.id}`, async () => urlOf(deps.signStream({ fileId: file.id }, deps.ttlSeconds)));
  return {
    state: 'ready',
    ...link,
    mediaType: 'application/vnd.apple.mpegurl',
    sizeBytes: made.sizeBytes,
    ...sizeOf(made.facts),
  };
}

/** `width` and `height` of stored facts, where they hold any. */
export function sizeOf(facts: unknown): { width?: number; height?: number } {
  const width = numberOf(facts, 'width');
  const height = numberOf(facts, 'height');
  return { ...(width !== null && { width }), ...(height !== null && { height }) };
}

/** Seconds of stored facts; null: a still, or unknown. */
export const secondsOf = (facts: unknown): number | null => numberOf(facts, 'durationSeconds') ?? numberOf(facts, 'seconds');

function numberOf(facts: unknown, name: string): number | null {
  const value: unknown = typeof facts === 'object' && facts !== null ? Reflect.get(facts, name) : undefined;
  return typeof value === 'number' ? value : null;
}
