import type { Exact } from './fraction.ts';
import { add, compare, divide, fromDecimal, greatest, least, multiply, subtract, toNumber, ZERO } from './fraction.ts';
import type { Animated, SourceId } from './scene-graph.ts';
import type { Duck } from './schema/common.ts';

/** What is heard, as data; made into one ffmpeg graph by `buildSoundGraph`. */
export interface SoundItem {
  /** The clip's path, for messages. */
  readonly path: string;
  readonly source: SourceId;
  /** On the timeline. */
  readonly start: Exact;
  /** How long it is heard at most; a source that ends earlier is followed by silence. */
  readonly length: Exact;
  /** In the source. */
  readonly trim: Exact;
  /** Above 0; pitch is kept. */
  readonly speed: Exact;
  readonly isLooped: boolean;
  readonly isReversed: boolean;
  /** Factor 0..2 over the item's own time; holds the track's volume. */
  readonly volume: Animated;
  readonly fadeInSeconds: number;
  readonly fadeOutSeconds: number;
  /** -1 left .. 1 right. */
  readonly pan: number;
  /** Brought to -16 LUFS before the volume. */
  readonly isNormalized: boolean;
  readonly duck: DuckSettings | null;
}

export interface DuckSettings {
  /** Share taken away while other sound is heard. */
  readonly amount: number;
  readonly attackSeconds: number;
  readonly releaseSeconds: number;
}

export const readDuck = (duck: Duck | undefined): DuckSettings | null => {
  if (duck === undefined || duck === false) return null;
  if (duck === true) return { amount: 0.8, attackSeconds: 0.02, releaseSeconds: 0.25 };
  return { amount: duck.amount, attackSeconds: duck.attack, releaseSeconds: duck.release };
};

const FADE_SECONDS = 1;

/** A named fade lasts 1 s, or half of what is heard when that is shorter. */
export const readFades = (
  name: 'none' | 'fadeIn' | 'fadeOut' | 'fadeInFadeOut' | undefined,
  lengthSeconds: number,
): { fadeInSeconds: number; fadeOutSeconds: number } => {
  const fade = Math.min(FADE_SECONDS, lengthSeconds / 2);
  return {
    fadeInSeconds: name === 'fadeIn' || name === 'fadeInFadeOut' ? fade : 0,
    fadeOutSeconds: name === 'fadeOut' || name === 'fadeInFadeOut' ? fade : 0,
  };
};

/** Sound of a composition in the time of the timeline around it: moved, cut to the clip, at the clip's speed. */
export const nestSound = (
  items: readonly SoundItem[],
  clip: { start: Exact; length: Exact; trim: Exact; speed: Exact; scale: (volume: Animated) => Animated },
): SoundItem[] =>
  items.flatMap((item): SoundItem[] => {
    // Of the composition's time [trim, trim + length * speed) is heard.
    const from = greatest(item.start, clip.trim);
    const to = least(add(item.start, item.length), add(clip.trim, multiply(clip.length, clip.speed)));
    if (compare(to, from) <= 0) return [];
    const skipped = subtract(from, item.start);
    const factor = toNumber(clip.speed);
    const shift = toNumber(skipped);
    const inOuterTime = (seconds: number): number => (seconds - shift) / factor;
    const volume: Animated =
      typeof item.volume === 'number'
        ? item.volume
        : {
            pieces: item.volume.pieces.map((piece) => ({
              ...piece,
              fromSeconds: inOuterTime(piece.fromSeconds),
              toSeconds: inOuterTime(piece.toSeconds),
            })),
          };
    return [
      {
        ...item,
        start: add(clip.start, divide(subtract(from, clip.trim), clip.speed)),
        length: divide(subtract(to, from), clip.speed),
        trim: item.isReversed ? item.trim : add(item.trim, multiply(skipped, item.speed)),
        speed: multiply(item.speed, clip.speed),
        volume: clip.scale(volume),
        fadeInSeconds: compare(skipped, ZERO) === 0 ? item.fadeInSeconds / factor : 0,
        fadeOutSeconds: compare(to, add(item.start, item.length)) === 0 ? item.fadeOutSeconds / factor : 0,
      },
    ];
  });

/** Cuts what is heard to a range of the timeline and counts from its start. What is turned down to nothing throughout need not be read. */
export const cutSound = (items: readonly SoundItem[], start: Exact, length: Exact): SoundItem[] =>
  nestSound(items, { start: ZERO, length, trim: start, speed: fromDecimal(1), scale: (volume) => volume }).filter(
    ({ volume }) => volume !== 0,
  );
