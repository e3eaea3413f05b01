import { createHash } from 'node:crypto';
import { isMarkup, isSubtitleAddress, spokenText, taskOf } from './checks.ts';
import type { GenerationTask, SourceUse, TimelineDocument, TimelineSource } from './contract.ts';
import { isDropped, timingClips } from './times.ts';
import { type Asset, assetOfMask, type Clip, type Timeline, timelineSchema } from './schema/edit-schema.ts';

type Headers = Readonly<Record<string, string>>;

/** Equal address and equal headers give one id, so one fetch. Headers may hold secrets: the id shows none. */
export const addressId = (src: string, headers: Headers = {}): string => idOf(['address', src, Object.entries(headers).sort()]);

export const addressSource = (src: string, use: SourceUse, path: string, headers: Headers = {}): TimelineSource => ({
  id: addressId(src, headers),
  path,
  use,
  origin: { type: 'address', src, headers },
});

interface Generation {
  readonly task: GenerationTask;
  readonly model: string | undefined;
  readonly prompt: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputSrc: string | null;
  readonly inputHeaders?: Headers | undefined;
}

const generationSource = (generation: Generation, use: SourceUse, path: string, seconds: number | null): TimelineSource => {
  const { task, model = null, prompt, options, inputSrc, inputHeaders = {} } = generation;
  // Films are made as long as their clip; of other things the length is their own.
  const asked = use === 'video' || task === 'text-to-music' || task === 'text-to-sfx' ? seconds : null;
  return {
    id: idOf(['generation', task, model, prompt, options, inputSrc, asked]),
    path,
    use,
    origin: { type: 'generation', task, model, prompt, options, inputSrc, inputHeaders, seconds: asked },
  };
};

/** Keys come in whatever order: a stored document gives them back in another one than its caller wrote. */
const idOf = (parts: readonly unknown[]): string =>
  `src_${createHash('sha256').update(JSON.stringify(parts, inOrder)).digest('hex').slice(0, 24)}`;

const inOrder = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** The main file of a clip's asset; null when it has none. `prompt` wins over `src`, which is then a placeholder for editors. */
export const sourceOfClip = (clip: Clip, clipPath: string): TimelineSource | null =>
  sourceOfAsset(clip.asset, `${clipPath}.asset`, playedSeconds(clip));

const sourceOfAsset = (asset: Asset, assetPath: string, seconds: number | null): TimelineSource | null => {
  const path = `${assetPath}.src`;
  const made = generationOf(asset);
  if (made !== null) {
    const isPrompted = asset.type === 'video' || asset.type === 'image' || asset.type === 'audio';
    const use = made.task.endsWith('-image') ? 'image' : made.task.endsWith('-video') ? 'video' : 'audio';
    return generationSource(
      made,
      use,
      `${assetPath}.${isPrompted || asset.type !== 'text-to-speech' ? 'prompt' : 'text'}`,
      seconds,
    );
  }
  switch (asset.type) {
    case 'video':
    case 'image':
    case 'audio':
      return asset.src === undefined ? null : addressSource(asset.src, asset.type, path, asset.headers);
    case 'luma':
      return addressSource(asset.src, 'media', path, asset.headers);
    case 'visualizer':
      return addressSource(asset.src, 'audio', path, asset.headers);
    case 'caption':
      return addressSource(asset.src, 'captions', path, asset.headers);
    case 'svg':
      return isMarkup(asset.src) ? null : addressSource(asset.src, 'svg', path, asset.headers);
    case 'rich-caption': {
      if (asset.words !== undefined || asset.src === undefined || asset.src.startsWith('alias://')) return null;
      if (isSubtitleAddress(asset.src)) return addressSource(asset.src, 'captions', path, asset.headers);
      return transcription(asset.src, path);
    }
    default:
      return null;
  }
};

/** Of the source, where the clip says how long it shows. */
const playedSeconds = ({ length, asset }: Clip): number | null => {
  if (typeof length !== 'number') return null;
  const speed = 'speed' in asset ? (asset.speed ?? 1) : 1;
  const trim = 'trim' in asset ? Math.max(0, asset.trim ?? 0) : 0;
  return trim + length * speed;
};

const transcription = (src: string, path: string): TimelineSource =>
  generationSource({ task: 'transcription', model: undefined, prompt: '', options: {}, inputSrc: src }, 'captions', path, null);

/** Captions of another clip: none when its words are known, else its sound is transcribed. */
const aliasTranscription = (clip: Clip, path: string, timeline: Timeline): TimelineSource | null => {
  const { asset } = clip;
  if (asset.type !== 'rich-caption' || asset.words !== undefined || asset.text !== undefined) return null;
  if (asset.src?.startsWith('alias://') !== true) return null;
  const alias = asset.src.slice('alias://'.length);
  const target = timeline.tracks.flatMap((track) => track.clips).find((other) => other.alias === alias);
  if (target === undefined || spokenText(target.asset) !== undefined) return null;
  const src = 'src' in target.asset ? target.asset.src : undefined;
  return src === undefined ? null : transcription(src, `${path}.asset.src`);
};

/** The captions' own file, if it needs one, also when it is named by an alias. */
export const captionSource = (clip: Clip, path: string, timeline: Timeline): TimelineSource | null =>
  sourceOfClip(clip, path) ?? aliasTranscription(clip, path, timeline);

const generationOf = (asset: Asset): Generation | null => {
  switch (asset.type) {
    case 'video':
    case 'image':
    case 'audio': {
      if (asset.prompt === undefined) return null;
      const inputSrc = typeof asset.options?.inputSrc === 'string' ? asset.options.inputSrc : null;
      return { task: taskOf(asset), model: asset.model, prompt: asset.prompt, options: asset.options ?? {}, inputSrc };
    }
    case 'text-to-image':
      return {
        ...{ task: asset.type, model: asset.model, prompt: asset.prompt, inputSrc: null },
        options: { ...asset.options, ...defined({ width: asset.width, height: asset.height }) },
      };
    case 'text-to-video':
    case 'text-to-music':
    case 'text-to-sfx':
      return { task: asset.type, model: asset.model, prompt: asset.prompt, options: asset.options ?? {}, inputSrc: null };
    case 'image-to-video':
      return {
        ...{ task: asset.type, model: asset.model, prompt: asset.prompt ?? '', inputSrc: asset.src },
        inputHeaders: asset.headers,
        options: { ...asset.options, ...defined({ aspectRatio: asset.aspectRatio }) },
      };
    case 'text-to-speech': {
      const { voice, language, newscaster } = asset;
      return {
        ...{ task: asset.type, model: asset.model, prompt: asset.text, inputSrc: null },
        options: { ...asset.options, ...defined({ voice, language, newscaster }) },
      };
    }
    default:
      return null;
  }
};

const defined = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** Every file an edit needs, each once. Clips that are not there need none, but where others take their times from them. */
export const listTimelineSources = (document: TimelineDocument): TimelineSource[] => {
  const found = new Map<string, TimelineSource>();
  collect(document.edit.timeline, 'timeline', (source) => {
    const known = found.get(source.id);
    if (known === undefined) found.set(source.id, source);
    else if (known.use !== source.use) found.set(source.id, { ...known, use: 'media' });
  });
  return [...found.values()];
};

const collect = (timeline: Timeline, base: string, take: (source: TimelineSource) => void): void => {
  const { background, soundtrack, fonts = [] } = timeline;
  if (typeof background === 'object' && 'src' in background)
    take(addressSource(background.src, 'image', `${base}.background.src`, background.headers));
  if (soundtrack !== undefined) {
    take(addressSource(soundtrack.src, 'audio', `${base}.soundtrack.src`, soundtrack.headers));
  }
  for (const [index, font] of fonts.entries()) {
    take(addressSource(font.src, 'font', `${base}.fonts[${index}].src`, font.headers));
  }
  const timing = timingClips(timeline);
  for (const [trackIndex, track] of timeline.tracks.entries()) {
    for (const [clipIndex, clip] of track.clips.entries()) {
      const isThere = track.hidden !== true && !isDropped(clip);
      if (!isThere && !timing.has(clip)) continue;
      const path = `${base}.tracks[${trackIndex}].clips[${clipIndex}]`;
      const source = captionSource(clip, path, timeline);
      if (source !== null) take(source);
      if (clip.asset.type === 'composition') collect(nestedTimeline(clip.asset.timeline), `${path}.asset.timeline`, take);
      if (!isThere) continue;
      const mask = clip.mask === undefined ? null : sourceOfAsset(assetOfMask(clip.mask), `${path}.mask`, null);
      if (mask !== null) take(mask);
      const face = clip.caption?.font;
      if (face?.src !== undefined) take(addressSource(face.src, 'font', `${path}.caption.font.src`, face.headers));
      for (const [index, filter] of (Array.isArray(clip.filter) ? clip.filter : []).entries()) {
        if (typeof filter === 'object' && filter.src !== undefined)
          take(addressSource(filter.src, 'lut', `${path}.filter[${index}].src`, filter.headers));
      }
    }
  }
};

/** The timeline inside a composition; it was checked with the edit. */
export const nestedTimeline = (value: unknown): Timeline => timelineSchema.parse(value);
