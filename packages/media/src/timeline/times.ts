import type { FrameRate } from '@polyreel/core';
import type { TimelineIssue } from './contract.ts';
import {
  add,
  compare,
  type Exact,
  exact,
  frameAtOrAfter,
  fromDecimal,
  greatest,
  least,
  roundFrames,
  subtract,
  ZERO,
} from './fraction.ts';
import type { Clip, Timeline } from './schema/edit-schema.ts';

/** Start and length of a clip, exact; null while it hangs on a source that was not measured yet. */
export interface ClipTime {
  readonly start: Exact | null;
  readonly length: Exact | null;
}

export interface TimelineTimes {
  readonly errors: readonly TimelineIssue[];
  /** By track, by clip; dropped clips too. */
  readonly clips: readonly (readonly ClipTime[])[];
  /** Null while unknown. */
  readonly total: Exact | null;
}

/** How long the asset itself lasts at its speed; null: not known yet. */
export type NaturalLength = (clip: Clip, path: string) => Exact | null;

/** Pictures, texts, shapes and the like last so long when nothing is said. */
export const DEFAULT_LENGTH = exact(3n);
/** An empty timeline is so long. */
export const EMPTY_LENGTH = exact(1n);

interface Node {
  readonly clip: Clip;
  readonly path: string;
  readonly before: Node | undefined;
  readonly isThere: boolean;
}
type Field = 'start' | 'length';

/** A clip that is not there, by its own word. Those of a hidden track are not there either. */
export const isDropped = (clip: Clip): boolean => clip.hidden === true || clip.condition === false;

/** Names by which clips that are there, and captions of them, take their times from others. */
const namesTaken = (timeline: Timeline): ReadonlySet<string> =>
  new Set(
    timeline.tracks
      .filter((track) => track.hidden !== true)
      .flatMap((track) => track.clips.filter((clip) => !isDropped(clip)))
      .flatMap((clip) => [clip.start, clip.length, 'src' in clip.asset ? clip.asset.src : undefined])
      .flatMap((word) => (typeof word === 'string' && word.startsWith('alias://') ? [word.slice('alias://'.length)] : [])),
  );

/** Clips that are not there but whose length decides that of others. On a hidden track it may hang on its neighbours'. */
export const timingClips = (timeline: Timeline): ReadonlySet<Clip> => {
  const names = namesTaken(timeline);
  const isNamed = ({ alias }: Clip): boolean => alias !== undefined && names.has(alias);
  return new Set(
    timeline.tracks.flatMap((track) => {
      if (track.hidden === true) return track.clips.some(isNamed) ? track.clips : [];
      return track.clips.filter((clip) => isDropped(clip) && isNamed(clip));
    }),
  );
};

/**
 * Resolves numbers, `auto`, `end` and `alias://` to exact times (the language's section 9). `end` clips, and those that hang on one, do
 * not decide the total unless there is nothing else.
 */
export const resolveTimes = (timeline: Timeline, options: { base: string; naturalLength: NaturalLength }): TimelineTimes => {
  const errors: TimelineIssue[] = [];
  const tracks = timeline.tracks.map((track, trackIndex) => {
    let before: Node | undefined;
    return track.clips.map((clip, clipIndex): Node => {
      const path = `${options.base}.tracks[${trackIndex}].clips[${clipIndex}]`;
      const node = { clip, path, before, isThere: track.hidden !== true && !isDropped(clip) };
      if (!isDropped(clip)) before = node;
      return node;
    });
  });
  const nodes = tracks.flat();
  const aliases = new Map<string, Node>();
  for (const node of nodes) {
    const { alias } = node.clip;
    if (alias === undefined) continue;
    if (aliases.has(alias)) {
      errors.push({
        path: `${node.path}.alias`,
        code: 'duplicate_alias',
        message: `another clip has the alias ${JSON.stringify(alias)}`,
      });
    } else aliases.set(alias, node);
  }
  errors.push(...aliasFaults(nodes, aliases));
  if (errors.length > 0)
    return { errors, clips: tracks.map((track) => track.map(() => ({ start: null, length: null }))), total: null };

  const aliased = (word: string): Node | undefined => aliases.get(word.slice('alias://'.length));
  const memo = new Map<string, Exact | null>();
  const onEnd = new Map<Node, boolean>();
  const hangsOnEnd = (node: Node): boolean => {
    const known = onEnd.get(node);
    if (known !== undefined) return known;
    onEnd.set(node, false);
    const { start, length } = node.clip;
    const others = [
      ...(start === 'auto' && node.before !== undefined ? [node.before] : []),
      ...[start, length].flatMap((word) => (typeof word === 'string' && word.startsWith('alias:') ? (aliased(word) ?? []) : [])),
    ];
    const value = length === 'end' || others.some(hangsOnEnd);
    onEnd.set(node, value);
    return value;
  };
  const endOf = (node: Node): Exact | null => sum(timeOf(node, 'start'), timeOf(node, 'length'));
  const compute = (node: Node, field: Field): Exact | null => {
    const word = node.clip[field];
    if (typeof word === 'number') return fromDecimal(word);
    if (word.startsWith('alias://')) {
      const other = aliased(word);
      return other === undefined ? null : timeOf(other, field);
    }
    if (field === 'start') {
      if (node.before === undefined) return ZERO;
      const end = endOf(node.before);
      return end === null ? null : greatest(ZERO, subtract(end, fromDecimal(node.clip.crossfade ?? 0)));
    }
    const natural = options.naturalLength(node.clip, node.path);
    if (word === 'auto') return natural;
    const start = timeOf(node, 'start');
    if (total === null || start === null) return null;
    const rest = greatest(ZERO, subtract(total, start));
    return isEndless(node.clip) ? rest : natural === null ? null : least(rest, natural);
  };
  const timeOf = (node: Node, field: Field): Exact | null => {
    const key = `${node.path}.${field}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const value = compute(node, field);
    memo.set(key, value);
    return value;
  };
  const live = nodes.filter((node) => node.isThere);
  const deciding = live.filter((node) => !hangsOnEnd(node));
  const findTotal = (): Exact | null => {
    if (timeline.duration !== undefined) return fromDecimal(timeline.duration);
    if (live.length === 0) return EMPTY_LENGTH;
    if (deciding.length > 0) return most(deciding.map(endOf));
    return most(live.map((node) => options.naturalLength(node.clip, node.path)));
  };
  let total: Exact | null = null;
  total = findTotal();
  const clips = tracks.map((track) => track.map((node) => ({ start: timeOf(node, 'start'), length: timeOf(node, 'length') })));
  return { errors, clips, total };
};

const sum = (a: Exact | null, b: Exact | null): Exact | null => (a === null || b === null ? null : add(a, b));
const most = (values: readonly (Exact | null)[]): Exact | null =>
  values.reduce<Exact | null>((best, value) => (best === null || value === null ? null : greatest(best, value)), ZERO);

/** Things that have no length of their own, and sound or film that starts again, reach to the end. */
const isEndless = ({ asset }: Clip): boolean => {
  switch (asset.type) {
    case 'video':
      return asset.loop === true || asset.onEnd === 'loop' || asset.onEnd === 'freeze' || asset.speed === 0;
    case 'audio':
    case 'composition':
    case 'text-to-music':
    case 'text-to-sfx':
      return asset.loop === true;
    case 'image-to-video':
    case 'text-to-video':
    case 'text-to-speech':
    case 'caption':
    case 'rich-caption':
    case 'visualizer':
      return false;
    default:
      return true;
  }
};

/** Names nobody has, and rings of names. Aliases that lead through `auto` count: the chain is followed through the clip before. */
const aliasFaults = (nodes: readonly Node[], aliases: ReadonlyMap<string, Node>): TimelineIssue[] => {
  const faults: TimelineIssue[] = [];
  const done = new Set<string>();
  const inRing = new Set<string>();
  const visit = (node: Node, field: Field, chain: readonly string[]): void => {
    const key = `${node.path}.${field}`;
    if (chain.includes(key)) {
      const ring = [...chain.slice(chain.indexOf(key)), key];
      if (ring.some((part) => inRing.has(part))) return;
      for (const part of ring) inRing.add(part);
      faults.push({ path: key, code: 'alias_cycle', message: `the times wait for each other: ${ring.join(' -> ')}` });
      return;
    }
    if (done.has(key)) return;
    const word = node.clip[field];
    const next = [...chain, key];
    if (typeof word === 'string' && word.startsWith('alias://')) {
      const other = aliases.get(word.slice('alias://'.length));
      if (other === undefined) {
        faults.push({
          path: key,
          code: 'unknown_alias',
          message: `no clip has the alias ${JSON.stringify(word.slice('alias://'.length))}`,
        });
      } else visit(other, field, next);
    } else if (field === 'start' && word === 'auto' && node.before !== undefined) {
      visit(node.before, 'start', next);
      visit(node.before, 'length', next);
    } else if (field === 'length' && word === 'end') {
      visit(node, 'start', next);
    }
    done.add(key);
  };
  for (const node of nodes) {
    visit(node, 'start', []);
    visit(node, 'length', []);
  }
  return faults;
};

/** Frames n with start <= n / rate < start + length, in exact fractions: neighbours never share a frame nor leave one out. */
export const framesOf = (start: Exact, length: Exact, rate: FrameRate): { from: number; to: number } => ({
  from: frameAtOrAfter(start, rate),
  to: frameAtOrAfter(add(start, length), rate),
});

export const totalFrames = (total: Exact, rate: FrameRate): number => Math.max(1, roundFrames(total, rate));

export const isZero = (value: Exact): boolean => compare(value, ZERO) === 0;
