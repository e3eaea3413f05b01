import { readFile, stat } from 'node:fs/promises';
import { DomainError, StepError } from '@polyreel/core';
import { MAX_FOREIGN_PIXELS } from '../foreign-input.ts';
import { readImageHeader } from '../image-header.ts';
import { measureAudio } from '../measure-audio.ts';
import { type MediaKind, mediaKinds } from '../media-kinds.ts';
import { probe, type VideoFacts } from '../probe.ts';
import { sniffFile } from '../sniff.ts';
import type { MediaTools } from '../tools.ts';
import { parseCaptions } from './captions.ts';
import type { ResolvedSource, TimelineSource } from './contract.ts';
import { fromDecimal } from './fraction.ts';
import { KnownFacts } from './known-facts.ts';
import { readPictureSize } from './picture-size.ts';
import { exactLength, type SourceFacts } from './source-facts.ts';

export interface InspectedSource {
  readonly source: TimelineSource;
  readonly path: string;
  readonly kind: MediaKind;
  readonly facts: SourceFacts;
  /** Of films: for the short cuts. */
  readonly video: VideoFacts | null;
  /** Of the sound; 0 without. */
  readonly channels: number;
  /** A still that is stored upright and opaque. */
  readonly isPlainStill: boolean;
}

const MAX_CAPTION_BYTES = 10_000_000;
const HEADERLESS_AUDIO = new Set<MediaKind>(['mp3', 'mp2', 'aac']);

/** `asset_unusable`: names the clip, what was wanted and what was found; never the address, which may hold a token. */
export const unusable = (path: string, why: string, cause?: unknown): StepError =>
  new StepError({ code: 'asset_unusable', publicMessage: `${path}: ${why}`, permanent: true, cause });

/** Measures a fetched file for its use. Throws StepError `asset_unusable` when it does not serve. */
export const inspectSource = async (
  tools: MediaTools,
  source: TimelineSource,
  { path, identity }: ResolvedSource,
  signal: AbortSignal,
): Promise<InspectedSource> => {
  try {
    const { kind } = await sniffFile(path);
    if (kind === 'empty') throw unusable(source.path, 'the file is empty');
    const { facts, video, channels } = await factsOf(tools, { source, path, identity, kind, signal });
    return { source, path, kind, facts, video, channels, isPlainStill: await isPlainStill(path, kind) };
  } catch (error) {
    if (error instanceof StepError && (error.code === 'asset_unusable' || error.code === 'aborted')) throw error;
    if (error instanceof StepError && !error.permanent && error.code !== 'process_failed') throw error;
    if (error instanceof DomainError) throw unusable(source.path, error.message, error);
    if (error instanceof StepError) throw unusable(source.path, 'the file is broken or of an unknown kind', error);
    throw error;
  }
};

const isPlainStill = async (path: string, kind: MediaKind): Promise<boolean> => {
  if (kind !== 'jpeg' && kind !== 'png' && kind !== 'webp') return false;
  const header = await readImageHeader(path);
  return header !== undefined && header.orientation === 1 && !header.hasAlpha && !header.isAnimated;
};

interface Inspection {
  readonly source: TimelineSource;
  readonly path: string;
  readonly identity: string | undefined;
  readonly kind: MediaKind;
  readonly signal: AbortSignal;
}
type Facts = Pick<InspectedSource, 'facts' | 'video' | 'channels'>;

const plain = (facts: Partial<SourceFacts>, channels = 0): Facts => ({
  facts: { scene: null, length: null, hasAudio: false, cues: null, ...facts },
  video: null,
  channels,
});

const factsOf = async (tools: MediaTools, inspection: Inspection): Promise<Facts> => {
  const { source, path, kind } = inspection;
  const { family } = mediaKinds[kind];
  switch (source.use) {
    case 'font':
      return plain({ scene: { kind: 'font' } });
    case 'lut':
      return plain({ scene: { kind: 'lut' } });
    case 'captions': {
      if ((await stat(path)).size > MAX_CAPTION_BYTES)
        throw unusable(source.path, `captions are longer than ${MAX_CAPTION_BYTES} bytes`);
      const cues = parseCaptions(await readFile(path, 'utf8'));
      return plain({ cues, length: fromDecimal(cues.reduce((end, cue) => Math.max(end, cue.to), 0)) });
    }
    case 'image':
    case 'svg':
      if (family !== 'image') throw unusable(source.path, `a picture is needed, this is ${mediaKinds[kind].mediaType}`);
      return picture(inspection);
    case 'audio': {
      if (family !== 'audio' && family !== 'video')
        throw unusable(source.path, `sound is needed, this is ${mediaKinds[kind].mediaType}`);
      const film = await media(tools, inspection);
      if (!film.facts.hasAudio) throw unusable(source.path, 'the file has no sound');
      return film;
    }
    case 'video':
      // A moving picture of the web serves as a film; a still does not.
      if (family === 'image') return picture(inspection);
      if (family !== 'video') throw unusable(source.path, `a film is needed, this is ${mediaKinds[kind].mediaType}`);
      return requirePicture(await media(tools, inspection), source);
    case 'media':
      if (family === 'image') return picture(inspection);
      return media(tools, inspection);
  }
};

const requirePicture = (facts: Facts, source: TimelineSource): Facts => {
  if (facts.video === null) throw unusable(source.path, 'the file has no moving pictures');
  return facts;
};

const picture = async ({ source, path, kind }: Inspection): Promise<Facts> => {
  const size = await readPictureSize(path, kind);
  if (size === undefined)
    throw unusable(source.path, `pictures of type ${mediaKinds[kind].mediaType} cannot be read, or it is broken`);
  const { width, height, animation } = size;
  if (width < 1 || height < 1) throw unusable(source.path, `a picture of ${width} x ${height} pixels is empty`);
  if (kind === 'svg') return plain({ scene: { kind: 'svg', width, height } });
  if (width * height > MAX_FOREIGN_PIXELS) {
    throw unusable(source.path, `a picture of ${width} x ${height} pixels exceeds ${MAX_FOREIGN_PIXELS / 1e6} megapixels`);
  }
  return plain({
    scene: { kind: 'image', width, height, animation },
    length: animation === null ? null : fromDecimal(animation.durationSeconds),
  });
};

/** ffprobe and, for some sounds, a whole decoding: far more than a render of cuts takes otherwise. */
const knownMedia = new KnownFacts<Facts>(2000);

const media = (tools: MediaTools, inspection: Inspection): Promise<Facts> =>
  knownMedia.get(inspection.identity, () => measureMedia(tools, inspection));

const measureMedia = async (tools: MediaTools, { source, path, kind, signal }: Inspection): Promise<Facts> => {
  const facts = await probe(tools, path, { kind, signal });
  const { video, audio } = facts;
  if (video === undefined && audio === undefined) throw unusable(source.path, 'the file has neither pictures nor sound');
  if (video === undefined) {
    const isHeaderTrusted = facts.durationSeconds !== null && !HEADERLESS_AUDIO.has(kind);
    const seconds = isHeaderTrusted ? facts.durationSeconds : (await measureAudio(tools, path, { kind, signal })).seconds;
    return plain(
      { scene: { kind: 'audio', durationSeconds: seconds }, length: fromDecimal(seconds), hasAudio: true },
      audio?.channels ?? 0,
    );
  }
  const counted = video.durationSeconds ?? facts.durationSeconds ?? (await countedSeconds(tools, { path, kind, signal }));
  if (counted === null || counted <= 0) throw unusable(source.path, 'the length of the film cannot be told');
  const isTurned = video.rotation === 90 || video.rotation === 270;
  const rotation = video.rotation === 90 || video.rotation === 180 || video.rotation === 270 ? video.rotation : 0;
  const hasAlpha = /^(yuva|rgba|argb|bgra|abgr|gbrap|ya)/.test(video.pixelFormat ?? '');
  return {
    video,
    channels: audio?.channels ?? 0,
    facts: {
      scene: {
        kind: 'video',
        width: isTurned ? video.height : video.width,
        height: isTurned ? video.width : video.height,
        ...{ rotation, frameRate: video.frameRate, durationSeconds: counted, hasAlpha, hasAudio: audio !== undefined },
      },
      length: exactLength(counted, video),
      hasAudio: audio !== undefined,
      cues: null,
    },
  };
};

const countedSeconds = async (
  tools: MediaTools,
  { path, kind, signal }: { path: string; kind: MediaKind; signal: AbortSignal },
): Promise<number | null> => {
  const { video } = await probe(tools, path, { kind, signal, countsFrames: true });
  if (video === undefined || video.frameCount === null || video.frameRate === null) return null;
  return (video.frameCount * video.frameRate.denominator) / video.frameRate.numerator;
};
