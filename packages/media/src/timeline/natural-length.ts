import { spreadWords, type TimedCue } from './captions.ts';
import { spokenText } from './checks.ts';
import { divide, type Exact, fromDecimal, greatest, subtract, ZERO } from './fraction.ts';
import type { Clip, Timeline } from './schema/edit-schema.ts';
import { captionSource, nestedTimeline, sourceOfClip } from './sources.ts';
import type { FactsOf } from './source-facts.ts';
import { DEFAULT_LENGTH, resolveTimes } from './times.ts';

export const trimOf = (clip: Clip): number => Math.max(0, 'trim' in clip.asset ? (clip.asset.trim ?? 0) : 0);
/** Speed 0 is a still: it has no length of its own. */
export const speedOf = (clip: Clip): number => ('speed' in clip.asset ? (clip.asset.speed ?? 1) : 1);

/** The language's rule for `length: "auto"`: (duration - trim) / speed of media, the last cue's end, 3 s for what stands still. */
export const naturalLength = (timeline: Timeline, factsOf: FactsOf): ((clip: Clip, path: string) => Exact | null) => {
  const ofClip = (clip: Clip, path: string): Exact | null => {
    const { asset } = clip;
    const played = (length: Exact): Exact => {
      const speed = speedOf(clip);
      if (speed === 0) return DEFAULT_LENGTH;
      return divide(greatest(ZERO, subtract(length, fromDecimal(trimOf(clip)))), fromDecimal(Math.max(1e-6, speed)));
    };
    switch (asset.type) {
      case 'caption':
      case 'rich-caption': {
        const cues = cuesOfClip(clip, path, timeline, factsOf, ofClip);
        return cues === null ? null : played(fromDecimal(cues.reduce((end, cue) => Math.max(end, cue.to), 0)));
      }
      case 'composition': {
        const nested = nestedTimeline(asset.timeline);
        const times = resolveTimes(nested, { base: `${path}.asset.timeline`, naturalLength: naturalLength(nested, factsOf) });
        return times.total === null ? null : played(times.total);
      }
      case 'video':
      case 'audio':
      case 'visualizer':
      case 'luma':
      case 'image-to-video':
      case 'text-to-video':
      case 'text-to-speech':
      case 'text-to-music':
      case 'text-to-sfx': {
        const source = sourceOfClip(clip, path);
        const facts = source === null ? null : factsOf(source);
        if (facts === null) return null;
        return facts.length === null ? DEFAULT_LENGTH : played(facts.length);
      }
      default:
        return DEFAULT_LENGTH;
    }
  };
  return ofClip;
};

/** The cues of a caption clip in its own clock, before trim and speed; null while a file is missing. */
export const cuesOfClip = (
  clip: Clip,
  path: string,
  timeline: Timeline,
  factsOf: FactsOf,
  naturalOf: (clip: Clip, path: string) => Exact | null,
): readonly TimedCue[] | null => {
  const { asset } = clip;
  if (asset.type !== 'rich-caption' && asset.type !== 'caption') return null;
  if (asset.type === 'rich-caption') {
    if (asset.words !== undefined) return cuesOfWords(asset.words);
    const spoken = asset.src?.startsWith('alias://') === true ? spokenTarget(asset.src, timeline, asset.text) : undefined;
    if (spoken !== undefined) {
      const length = naturalOf(spoken.clip, spoken.path);
      return length === null ? null : cuesOfSpeech(spoken.text, Number(length.n) / Number(length.d));
    }
  }
  const source = captionSource(clip, path, timeline);
  return source === null ? [] : (factsOf(source)?.cues ?? null);
};

const spokenTarget = (
  src: string,
  timeline: Timeline,
  given: string | undefined,
): { clip: Clip; path: string; text: string } | undefined => {
  const alias = src.slice('alias://'.length);
  const clip = timeline.tracks.flatMap((track) => track.clips).find((other) => other.alias === alias);
  const text = clip === undefined ? undefined : (given ?? spokenText(clip.asset));
  return clip === undefined || text === undefined ? undefined : { clip, path: `alias://${alias}`, text };
};

/** A pause this long, or the end of a sentence, ends a cue. */
const PAUSE_SECONDS = 0.8;
const MAX_CUE_WORDS = 12;

const cuesOfWords = (words: readonly { text: string; start: number; end: number }[]): TimedCue[] => {
  const sorted = words
    .filter((word) => word.end > word.start && word.text.trim() !== '')
    .map((word) => ({ text: word.text.trim(), from: word.start, to: word.end, endsLine: false }))
    .sort((a, b) => a.from - b.from);
  const cues: TimedCue[] = [];
  let open: (typeof sorted)[number][] = [];
  const close = (): void => {
    const [first, last] = [open[0], open.at(-1)];
    if (first !== undefined && last !== undefined) cues.push({ from: first.from, to: last.to, words: open });
    open = [];
  };
  for (const word of sorted) {
    const before = open.at(-1);
    if (
      before !== undefined &&
      (word.from - before.to > PAUSE_SECONDS || open.length >= MAX_CUE_WORDS || /[.!?…]$/.test(before.text))
    )
      close();
    open.push(word);
  }
  close();
  return cues;
};

/** Speech that we made: the words of its text share its length by letters. */
const cuesOfSpeech = (text: string, seconds: number): TimedCue[] =>
  cuesOfWords(
    spreadWords(text.replace(/\s+/g, ' '), 0, seconds).map((word) => ({ text: word.text, start: word.from, end: word.to })),
  );
