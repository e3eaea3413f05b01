import { type ClipScope, factsOfClip } from './asset-content.ts';
import { compare, type Exact, fromDecimal, toNumber, ZERO } from './fraction.ts';
import { speedOf, trimOf } from './natural-length.ts';
import type { Clip, Timeline, Track } from './schema/edit-schema.ts';
import type { SoftReader } from './soft-value.ts';
import { readDuck, readFades, type SoundItem } from './sound-graph.ts';
import type { FactsOf } from './source-facts.ts';
import { addressSource } from './sources.ts';
import { mapAnimated, multiplyAnimated, readAnimated } from './tweens.ts';

/** What a clip lets hear: the sound of films, and sound itself. Null for the rest, and for silent files. */
export const clipSound = (
  placed: { clip: Clip; path: string; start: Exact; length: Exact; track: Track },
  scope: ClipScope,
): SoundItem | null => {
  const { clip, path, start, length, track } = placed;
  const { asset } = clip;
  switch (asset.type) {
    case 'video':
    case 'audio':
    case 'image-to-video':
    case 'text-to-video':
    case 'text-to-speech':
    case 'text-to-music':
    case 'text-to-sfx':
      break;
    default:
      return null;
  }
  const found = factsOfClip(scope);
  const speed = fromDecimal(speedOf(clip));
  if (found === null || !found.facts.hasAudio || compare(speed, ZERO) <= 0) return null;
  const lengthSeconds = toNumber(length);
  const volumeOf = (value: Clip['volume'], at: string) =>
    readAnimated(value, { path: at, fallback: 1, least: 0, most: 2, lengthSeconds }, scope.read);
  const own = volumeOf('volume' in asset ? asset.volume : undefined, `${path}.asset.volume`);
  const both = multiplyAnimated(own, volumeOf(clip.volume, `${path}.volume`), lengthSeconds);
  const effect = asset.type === 'video' ? asset.volumeEffect : 'effect' in asset ? asset.effect : undefined;
  const isLooped = ('loop' in asset && asset.loop === true) || (asset.type === 'video' && asset.onEnd === 'loop');
  return {
    ...{ path, source: found.id, start, length, trim: fromDecimal(trimOf(clip)), speed, isLooped },
    isReversed: asset.type === 'video' && asset.reverse === true,
    volume: mapAnimated(both, (value) => value * (track.volume ?? 1)),
    ...readFades(effect, lengthSeconds),
    pan: asset.type === 'audio' ? (asset.pan ?? 0) : 0,
    isNormalized: asset.type === 'audio' && asset.normalize === true,
    duck: readDuck((asset.type === 'audio' ? asset.duck : undefined) ?? track.duck),
  };
};

/** The soundtrack lasts as long as its file and the film at most. */
export const soundtrackSound = (
  timeline: Timeline,
  { base, total, factsOf, read }: { base: string; total: Exact; factsOf: FactsOf; read: SoftReader },
): SoundItem | null => {
  const { soundtrack } = timeline;
  if (soundtrack === undefined) return null;
  const source = addressSource(soundtrack.src, 'audio', `${base}.soundtrack.src`, soundtrack.headers);
  const facts = factsOf(source);
  if (facts === null || !facts.hasAudio) return null;
  const trim = soundtrack.trim ?? 0;
  const rest = Math.max(0, (facts.length === null ? 0 : toNumber(facts.length)) - trim);
  const heard = soundtrack.loop === true ? toNumber(total) : Math.min(toNumber(total), rest);
  return {
    ...{
      path: `${base}.soundtrack`,
      source: source.id,
      start: ZERO,
      length: soundtrack.loop === true ? total : fromDecimal(heard),
    },
    ...{ trim: fromDecimal(trim), speed: fromDecimal(1), isLooped: soundtrack.loop === true, isReversed: false },
    volume: read.number(soundtrack.volume, { fallback: 1, least: 0, most: 2 }, `${base}.soundtrack.volume`),
    ...readFades(soundtrack.effect, heard),
    ...{ pan: 0, isNormalized: false, duck: readDuck(soundtrack.duck) },
  };
};
