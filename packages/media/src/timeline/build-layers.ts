import type { Canvas, FrameRate } from '@polyreel/core';
import { type ClipScope, type DrawnAsset, drawAsset, timingOf } from './asset-content.ts';
import { nativeCaptionLayer } from './caption-content.ts';
import { readChromaKey, readFilters, readTransition } from './clip-effects.ts';
import { readMotion } from './clip-motion.ts';
import type { Dialect } from './dialect.ts';
import { compare, type Exact, fromDecimal, toFraction, toNumber, ZERO } from './fraction.ts';
import { placeBox, placeMedia } from './layout.ts';
import { naturalLength, speedOf, trimOf } from './natural-length.ts';
import { withOpacity } from './parse-color.ts';
import type { Background, FrameRange, Layer, Matte } from './scene-graph.ts';
import { assetOfMask, type Clip, type Timeline, type Track } from './schema/edit-schema.ts';
import type { SoftReader } from './soft-value.ts';
import { clipSound, soundtrackSound } from './clip-sound.ts';
import { nestSound, type SoundItem } from './sound-graph.ts';
import type { FactsOf } from './source-facts.ts';
import { addressId, nestedTimeline } from './sources.ts';
import { readGradient } from './text-content.ts';
import { framesOf, isDropped, resolveTimes, type TimelineTimes, totalFrames } from './times.ts';
import { mapAnimated, readAnimated } from './tweens.ts';

export interface BuildContext {
  readonly base: string;
  readonly canvas: Canvas;
  readonly frameRate: FrameRate;
  readonly dialect: Dialect;
  readonly factsOf: FactsOf;
  readonly read: SoftReader;
  readonly depth: number;
}

export interface BuiltTimeline {
  readonly times: TimelineTimes;
  readonly total: Exact;
  readonly frameCount: number;
  readonly background: Background;
  readonly layers: readonly Layer[];
  readonly mattes: readonly Matte[];
  readonly sound: readonly SoundItem[];
  /** By path; with those of nested timelines. */
  readonly clipTimes: ReadonlyMap<string, { readonly start: number; readonly length: number }>;
}

/** A timeline whose sources are known becomes layers, mattes and sound. Null while some time is unknown. */
export const buildTimeline = (timeline: Timeline, context: BuildContext): BuiltTimeline | null => {
  const { base, frameRate, factsOf } = context;
  const naturalOf = naturalLength(timeline, factsOf);
  const times = resolveTimes(timeline, { base, naturalLength: naturalOf });
  if (times.total === null) return null;
  const frameCount = totalFrames(times.total, frameRate);
  const builder = { timeline, context, naturalOf, frameCount };
  const clipTimes = new Map<string, { start: number; length: number }>();
  const tracks = timeline.tracks.map((track, trackIndex) => {
    const parts = track.clips.flatMap((clip, clipIndex): BuiltClip[] => {
      const path = `${base}.tracks[${trackIndex}].clips[${clipIndex}]`;
      const { start = null, length = null } = times.clips[trackIndex]?.[clipIndex] ?? {};
      if (track.hidden === true || isDropped(clip) || start === null || length === null) return [];
      clipTimes.set(path, { start: toNumber(start), length: toNumber(length) });
      if (times.total !== null && compare(start, times.total) >= 0)
        context.read.warn(path, 'outside_range', 'the clip begins when the film is over');
      if (compare(length, ZERO) <= 0) return [];
      return [buildClip({ clip, path, start, length, track }, builder, clipTimes)];
    });
    warnOverlaps(parts, context.read);
    return joinTrack(parts, context.dialect);
  });
  const sound = tracks.flatMap((track) => track.sound);
  const music = soundtrackSound(timeline, { base, total: times.total, factsOf, read: context.read });
  return {
    ...{ times, total: times.total, frameCount, clipTimes },
    background: backgroundOf(timeline, context),
    // The first track is the topmost; painters begin at the bottom.
    layers: [...tracks].reverse().flatMap((track) => track.layers),
    mattes: tracks.flatMap((track) => track.mattes),
    sound: music === null ? sound : [...sound, music],
  };
};

interface Builder {
  readonly timeline: Timeline;
  readonly context: BuildContext;
  readonly naturalOf: (clip: Clip, path: string) => Exact | null;
  readonly frameCount: number;
}

interface PlacedClip {
  readonly clip: Clip;
  readonly path: string;
  readonly start: Exact;
  readonly length: Exact;
  readonly track: Track;
}

interface BuiltClip extends PlacedClip {
  /** Bottom first. */
  readonly layers: readonly Layer[];
  readonly mattes: readonly Matte[];
  /** The clip is a luma: it masks the others of its track. */
  readonly trackMatte: Matte | null;
  readonly sound: readonly SoundItem[];
}

const buildClip = (
  placed: PlacedClip,
  builder: Builder,
  clipTimes: Map<string, { start: number; length: number }>,
): BuiltClip => {
  const { clip, path, start, length, track } = placed;
  const { context } = builder;
  const { frameRate, canvas: frame, read, factsOf } = context;
  const scope: ClipScope = {
    ...{ clip, path, frame, length, factsOf, read },
    timeline: builder.timeline,
    naturalOf: builder.naturalOf,
  };
  const span = framesOf(start, length, frameRate);
  const frames = { from: Math.min(span.from, builder.frameCount), to: Math.min(span.to, builder.frameCount) };
  const own = clipSound(placed, scope);
  const nested = clip.asset.type === 'composition' ? buildComposition(placed, scope, context, clipTimes) : null;
  const sound = track.muted === true ? [] : [...(own === null ? [] : [own]), ...(nested?.sound ?? [])];
  const drawn = nested?.drawn ?? drawAsset(scope);
  if (drawn === null || frames.to <= frames.from) return { ...placed, layers: [], mattes: [], trackMatte: null, sound };
  const layer = buildLayer(drawn, placed, { frames, frame, read });
  if (clip.asset.type === 'luma') {
    const matte: Matte = { id: path, layer, isInverted: clip.asset.invert === true, space: 'frame' };
    return { ...placed, layers: [], mattes: [], trackMatte: matte, sound };
  }
  const mask = maskOf(scope, layer);
  const masked = mask === null ? layer : { ...layer, mattes: [mask.id] };
  const caption = clip.caption === undefined ? [] : [captionLayer(placed, scope, frames)];
  return { ...placed, layers: [masked, ...caption], mattes: mask === null ? [] : [mask], trackMatte: null, sound };
};

const buildLayer = (
  drawn: DrawnAsset,
  { clip, path, start, length, track }: PlacedClip,
  { frames, frame, read }: { frames: FrameRange; frame: Canvas; read: SoftReader },
): Layer => {
  const lengthSeconds = toNumber(length);
  const { border, shadow } = clip;
  return {
    ...{ path, frames, start: toFraction(start), startSeconds: toNumber(start), lengthSeconds },
    content: drawn.content,
    ...drawn.placement,
    ...readMotion({ clip, path, frame, lengthSeconds, trackOpacity: track.opacity ?? 1, read }),
    blend: clip.blendMode ?? 'normal',
    cornerRadius: clip.borderRadius ?? 0,
    border:
      border === undefined || border.width === 0
        ? null
        : { width: border.width, color: read.color(border.color, '#000000ff', `${path}.border.color`) },
    shadow:
      shadow === undefined
        ? null
        : {
            x: shadow.offsetX ?? 0,
            y: shadow.offsetY ?? 4,
            blur: shadow.blur ?? 12,
            color: withOpacity(read.color(shadow.color, '#000000ff', `${path}.shadow.color`), shadow.opacity ?? 0.5),
          },
    chromaKey: readChromaKey(clip.asset, path, read),
    filters: readFilters(clip, { path, frameHeight: frame.height, lutSource: (index) => lutSource(clip, index) }),
    transition: readTransition(clip, lengthSeconds),
    mattes: [],
  };
};

const lutSource = (clip: Clip, index: number): string | null => {
  const filter = Array.isArray(clip.filter) ? clip.filter[index] : undefined;
  return typeof filter === 'object' && filter.src !== undefined ? addressId(filter.src, filter.headers) : null;
};

/** The clip's own mask: stretched over its box, in the clip's time. */
const maskOf = (scope: ClipScope, layer: Layer): Matte | null => {
  const { clip, path } = scope;
  if (clip.mask === undefined) return null;
  const plainClip: Clip = { asset: assetOfMask(clip.mask), start: 0, length: 0, fit: 'fill' };
  const drawn = drawAsset({ ...scope, clip: plainClip, path: `${path}.mask`, frame: layer.box });
  if (drawn === null) return null;
  const still = {
    offset: { x: 0, y: 0 },
    scale: { x: 1, y: 1 },
    rotate: 0,
    skew: { x: 0, y: 0 },
    flip: { x: 0, y: 0 },
    opacity: 1,
  };
  const mask: Layer = {
    ...layer,
    ...still,
    content: drawn.content,
    ...placeMedia(layer.box, { clip: plainClip, frame: layer.box, focus: { x: 0.5, y: 0.5 } }),
    ...{ motion: null, blend: 'normal', cornerRadius: 0, border: null, shadow: null, chromaKey: null, filters: [] },
    ...{ transition: { in: null, out: null }, mattes: [] },
  };
  return { id: `${path}.mask`, layer: mask, isInverted: clip.mask.invert === true, space: 'box' };
};

/** The engine's caption of a clip lies directly above it and stands still. */
const captionLayer = (placed: PlacedClip, scope: ClipScope, frames: FrameRange): Layer => {
  const { path, length } = placed;
  const { frame, read } = scope;
  const caption = placed.clip.caption ?? { text: '' };
  const family = caption.font?.src === undefined ? null : fontFamily(caption.font.src);
  const native = nativeCaptionLayer(caption, { frame, lengthSeconds: toNumber(length), family, path: `${path}.caption` }, read);
  const plain: Clip = { asset: { type: 'caption', src: 'caption' }, start: 0, length: 0, position: native.position };
  const placement = placeBox(native.box, { clip: plain, frame });
  const word = native.position.toLowerCase();
  const layer = buildLayer(
    { content: native.content, placement },
    { ...placed, clip: plain, path: `${path}.caption` },
    { frames, frame, read },
  );
  return {
    ...layer,
    offset: {
      x: word.includes('left') ? native.margin.x : word.includes('right') ? -native.margin.x : 0,
      y: word.includes('top') ? native.margin.y : word.includes('bottom') ? -native.margin.y : 0,
    },
  };
};

/** A font answers to its file's base name, as Shotstack has it. */
export const fontFamily = (src: string): string => {
  const path = src.replace(/[?#].*$/, '');
  const base = path.slice(path.lastIndexOf('/') + 1).replace(/\.[A-Za-z0-9]{1,6}$/, '');
  try {
    return decodeURIComponent(base);
  } catch {
    return base;
  }
};

interface BuiltComposition {
  readonly drawn: DrawnAsset;
  readonly sound: readonly SoundItem[];
}

const buildComposition = (
  placed: PlacedClip,
  scope: ClipScope,
  context: BuildContext,
  clipTimes: Map<string, { start: number; length: number }>,
): BuiltComposition | null => {
  const { clip, path, length } = placed;
  const { asset } = clip;
  if (asset.type !== 'composition') return null;
  const canvas = { width: asset.width ?? context.canvas.width, height: asset.height ?? context.canvas.height };
  const nested = buildTimeline(nestedTimeline(asset.timeline), {
    ...context,
    ...{ base: `${path}.asset.timeline`, canvas, depth: context.depth + 1 },
  });
  if (nested === null) return null;
  for (const [key, value] of nested.clipTimes) clipTimes.set(key, value);
  const speed = fromDecimal(speedOf(clip));
  const volume = readAnimated(
    clip.volume ?? asset.volume,
    { path: `${path}.volume`, fallback: 1, least: 0, most: 2, lengthSeconds: toNumber(length) },
    context.read,
  );
  const factor = typeof volume === 'number' ? volume * (placed.track.volume ?? 1) : (placed.track.volume ?? 1);
  if (typeof volume !== 'number') {
    context.read.warn(
      `${path}.volume`,
      'volume_of_composition',
      'tweens of a composition’s volume are not heard: put them on its clips',
    );
  }
  const sound =
    compare(speed, ZERO) === 0
      ? []
      : nestSound(nested.sound, {
          ...{ start: placed.start, length, trim: fromDecimal(trimOf(clip)), speed },
          scale: (value) => mapAnimated(value, (number) => number * factor),
        });
  return {
    sound,
    drawn: {
      content: {
        type: 'composition',
        canvas,
        frameCount: nested.frameCount,
        background: nested.background,
        layers: nested.layers,
        mattes: nested.mattes,
        timing: timingOf(clip, length, nested.total),
      },
      placement: placeMedia(canvas, { clip, frame: scope.frame, focus: { x: 0.5, y: 0.5 } }),
    },
  };
};

const backgroundOf = (timeline: Timeline, { base, read, depth }: BuildContext): Background => {
  const { background } = timeline;
  // A composition without a word about it shows what lies below.
  if (background === undefined) return { type: 'color', color: depth === 0 ? '#000000ff' : '#00000000' };
  if (typeof background === 'string') return { type: 'color', color: read.color(background, '#000000ff', `${base}.background`) };
  if ('src' in background) return { type: 'image', source: addressId(background.src, background.headers) };
  return readGradient({ ...background, angle: background.angle ?? 0 }, `${base}.background`, read);
};

/** Later clips lie on top; in the engine's own files the earlier ones do. Lumas mask the others of the track while they show. */
const joinTrack = (clips: readonly BuiltClip[], dialect: Dialect): Pick<BuiltClip, 'layers' | 'mattes' | 'sound'> => {
  const lumas = clips.flatMap((clip) => clip.trackMatte ?? []);
  const masked = (layer: Layer): Layer => {
    const ids = lumas
      .filter(({ layer: luma }) => luma.frames.from < layer.frames.to && luma.frames.to > layer.frames.from)
      .map((luma) => luma.id);
    return ids.length === 0 ? layer : { ...layer, mattes: [...layer.mattes, ...ids] };
  };
  const ordered = [...clips].sort((a, b) => compare(a.start, b.start));
  if (dialect === 'native') ordered.reverse();
  return {
    layers: ordered.flatMap((clip) => clip.layers.map(masked)),
    mattes: [...clips.flatMap((clip) => clip.mattes), ...lumas],
    sound: clips.flatMap((clip) => clip.sound),
  };
};

const warnOverlaps = (clips: readonly BuiltClip[], read: SoftReader): void => {
  const shown = clips.filter((clip) => clip.layers.length > 0).sort((a, b) => compare(a.start, b.start));
  for (const [index, clip] of shown.entries()) {
    const before = shown[index - 1]?.layers[0];
    const layer = clip.layers[0];
    if (before === undefined || layer === undefined || before.frames.to <= layer.frames.from) continue;
    if ((clip.clip.crossfade ?? 0) > 0) continue;
    read.warn(clip.path, 'clips_overlap', 'it overlaps the clip before it on its track: the later one lies on top');
  }
};
