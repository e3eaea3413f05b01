import { DomainError, type FileFamily, type FrameRate, framesPerSecond, type LibraryFile } from '@polyreel/core';
import {
  identifyFile,
  inspectImage,
  isAboutInput,
  type MediaFacts,
  type MediaKind,
  mediaKinds,
  type MediaTools,
  probe,
  type VideoFacts,
} from '@polyreel/media';

/** What was found in a file. */
export interface Identified {
  readonly kind: MediaKind;
  readonly mediaType: string;
  readonly family: FileFamily;
  /** False: it is kept as it is, without renditions. */
  readonly isOpenable: boolean;
  readonly facts: {
    readonly width?: number;
    readonly height?: number;
    readonly durationSeconds?: number;
    readonly frameRate?: FrameRate;
    readonly frameCount?: number;
  };
  readonly hasSound: boolean;
}

/** The file can never be used; the words are for its owner. */
export class Unusable extends Error {
  override readonly name = 'Unusable';
  readonly code: string;
  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

const openableImages: readonly MediaKind[] = ['jpeg', 'png', 'webp'];

/**
 * By content: a declared family that the bytes contradict, and media that cannot be read, throw Unusable. A drawing, an archive or plain
 * bytes are kept as they are.
 */
export async function identify(
  media: MediaTools,
  path: string,
  options: { declaredFamily: LibraryFile['declaredFamily']; signal: AbortSignal },
): Promise<Identified> {
  const { signal } = options;
  const sniffed = await identifyFile(media, path, { signal });
  const family = sniffed.family === 'playlist' || sniffed.family === 'other' ? 'document' : sniffed.family;
  if (options.declaredFamily !== null && options.declaredFamily !== family)
    throw new Unusable(
      'type_mismatch',
      `The file was announced as ${options.declaredFamily}, its content is ${sniffed.mediaType}`,
    );
  const plain = {
    kind: sniffed.kind,
    mediaType: sniffed.mediaType,
    family,
    isOpenable: false,
    facts: {},
    hasSound: false,
  } as const;
  try {
    if (family === 'image' && openableImages.includes(sniffed.kind)) {
      const { width, height } = await inspectImage(media, path, { signal });
      return { ...plain, isOpenable: true, facts: { width, height } };
    }
    if ((family !== 'video' && family !== 'audio') || mediaKinds[sniffed.kind].demuxer === null) return plain;
    return { ...plain, isOpenable: true, ...readMedia(await probe(media, path, { kind: sniffed.kind, signal })) };
  } catch (error) {
    if (isAboutInput(error) || (error instanceof DomainError && error.kind === 'unsupported_media'))
      throw new Unusable('undecodable', `The ${family} could not be decoded`, { cause: error });
    throw error;
  }
}

function readMedia(found: MediaFacts): Pick<Identified, 'facts' | 'hasSound'> {
  const { video, audio } = found;
  const isTurned = video?.rotation === 90 || video?.rotation === 270;
  const durationSeconds = found.durationSeconds ?? video?.durationSeconds ?? audio?.durationSeconds ?? null;
  return {
    facts: {
      ...(video && { width: isTurned ? video.height : video.width, height: isTurned ? video.width : video.height }),
      ...(durationSeconds !== null && { durationSeconds }),
      ...(video && framesOf(video, durationSeconds)),
    },
    hasSound: audio !== undefined,
  };
}

/** Counted by the container, else reckoned from its length. */
function framesOf({ frameRate, frameCount }: VideoFacts, seconds: number | null): { frameRate?: FrameRate; frameCount?: number } {
  if (frameRate === null) return {};
  const count = frameCount ?? (seconds === null ? null : Math.round(seconds * framesPerSecond(frameRate)));
  return { frameRate, ...(count !== null && count > 0 && { frameCount: count }) };
}

/** What is known of a file for certain, for people and for search. */
export function describe(name: string, found: Identified): string {
  const { width, height, durationSeconds } = found.facts;
  const parts = [
    `${name}: ${found.family} (${found.mediaType})`,
    width !== undefined && height !== undefined ? `${width} x ${height} pixels` : '',
    durationSeconds !== undefined ? `${Math.round(durationSeconds * 10) / 10} seconds` : '',
    found.family === 'video' ? (found.hasSound ? 'with sound' : 'silent') : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}
