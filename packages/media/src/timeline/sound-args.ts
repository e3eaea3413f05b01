import { StepError } from '@polyreel/core';
import { buildInputArgs } from '../foreign-input.ts';
import type { MediaKind } from '../media-kinds.ts';
import { type Exact, toNumber } from './fraction.ts';
import type { Animated } from './scene-graph.ts';
import type { DuckSettings, SoundItem } from './sound-graph.ts';
import { type LaneItem, type SampleSpan, spreadOverLanes } from './sound-lanes.ts';
import { animatedAt, easeAt } from './tweens.ts';

export interface SoundFile {
  readonly kind: MediaKind;
  readonly path: string;
  readonly channels: number;
  readonly lengthSeconds: number;
}

export interface SoundGraphOptions {
  readonly items: readonly SoundItem[];
  readonly files: ReadonlyMap<string, SoundFile>;
  readonly duration: Exact;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** LUFS, or null. */
  readonly loudness: number | null;
  /** Number of the first input of this graph; earlier ones are the caller's. */
  readonly firstInput: number;
}

export interface SoundGraph {
  readonly inputArgs: readonly string[];
  /** For `-filter_complex`; ends in `[sound]`. */
  readonly filter: string;
}

/** All mixing is done at this rate, in floats, stereo. */
const MIX_RATE = 48_000;
const STEREO = 'aformat=sample_fmts=fltp:channel_layouts=stereo';
/** One channel is heard in both ears as loud as it is; the resampler alone would take 3 dB away. */
const MONO_TO_STEREO = 'aformat=sample_fmts=fltp:channel_layouts=mono,pan=stereo|c0=c0|c1=c0';

/**
 * The whole sound as one graph: each item cut, turned, stretched, faded and put at its sample; ducked sound pressed down by the rest;
 * all summed, limited so that nothing clips, and as long as the picture to the sample. Without items it is silence.
 */
export const buildSoundGraph = (options: SoundGraphOptions): SoundGraph => {
  const { items, duration } = options;
  const totalSamples = Math.round(toNumber(duration) * MIX_RATE);
  const inputArgs: string[] = [];
  const chains: string[] = [];
  for (const [index, item] of items.entries()) {
    const file = options.files.get(item.source);
    if (file === undefined) throw missing(item);
    inputArgs.push(...itemInputArgs(item, file));
    chains.push(`[${options.firstInput + index}:a:0]${itemFilters(item, file).join(',')}[i${index}]`);
  }
  const { groups, filters } = joinLanes(items);
  chains.push(...filters);
  const mixed = mixLanes(groups);
  // Silence has no loudness to be brought anywhere.
  const isLevelled = options.loudness !== null && items.length > 0;
  const loudness = isLevelled ? [`loudnorm=I=${options.loudness}:TP=-1:LRA=11`, `aresample=${MIX_RATE}`] : [];
  const whole = [
    ...[`apad=whole_len=${totalSamples}`, `atrim=end_sample=${totalSamples}`, ...loudness],
    'alimiter=limit=0.97:level=false:latency=true',
    // The limiter and the loudness filter may move the end by some samples.
    ...[`apad=whole_len=${totalSamples}`, `atrim=end_sample=${totalSamples}`, 'asetpts=N/SR/TB'],
    ...(options.sampleRate === MIX_RATE ? [] : [`aresample=${options.sampleRate}`]),
    ...(options.channels === 1 ? ['pan=mono|c0=0.5*c0+0.5*c1'] : []),
  ];
  return { inputArgs, filter: `${chains.join(';')}${chains.length > 0 ? ';' : ''}${mixed}${whole.join(',')}[sound]` };
};

const missing = (item: SoundItem): StepError =>
  new StepError({ code: 'asset_unusable', publicMessage: `${item.path}: its sound is missing`, permanent: true });

/** Containers whose index finds a sample exactly; of the others the part before `trim` is decoded and thrown away. */
const seekable = new Set<MediaKind>(['mp4', 'mov', 'm4a', 'wav', 'webm', 'mkv']);
const SEEK_FROM_SECONDS = 2;

const inputSeek = (item: SoundItem, file: SoundFile): number => {
  const trim = toNumber(item.trim);
  return seekable.has(file.kind) && trim > SEEK_FROM_SECONDS ? trim - 1 : 0;
};

/** Of the source's own time, what is heard of it: [from, to). */
const sourceSpan = (item: SoundItem, file: SoundFile): { from: number; to: number } => {
  const from = toNumber(item.trim);
  const wanted = from + toNumber(item.length) * toNumber(item.speed);
  return { from, to: item.isLooped ? Math.max(from, file.lengthSeconds) : Math.min(wanted, Math.max(from, file.lengthSeconds)) };
};

const itemInputArgs = (item: SoundItem, file: SoundFile): string[] => {
  const seek = inputSeek(item, file);
  const { to } = sourceSpan(item, file);
  return [
    ...(seek > 0 ? ['-ss', seek.toFixed(6)] : []),
    // A second more than needed: the cut itself is made to the sample, in the graph.
    ...['-t', (to - seek + 1).toFixed(6)],
    ...buildInputArgs(file.kind, file.path, { threads: 1 }),
  ];
};

const itemSamples = ({ length }: SoundItem): number => Math.max(1, Math.round(toNumber(length) * MIX_RATE));

const itemFilters = (item: SoundItem, file: SoundFile): string[] => {
  const seek = inputSeek(item, file);
  const { from, to } = sourceSpan(item, file);
  const length = toNumber(item.length);
  const speed = toNumber(item.speed);
  const samples = itemSamples(item);
  const fadeOutAt = Math.max(0, Math.min(length, item.isLooped ? length : (to - from) / speed) - item.fadeOutSeconds);
  const segment = Math.max(1, Math.round((to - from) * MIX_RATE));
  return [
    // Gaps and a late start become silence, so that sound stays with its picture.
    ...[file.channels === 1 ? MONO_TO_STEREO : STEREO, `aresample=${MIX_RATE}:async=1:first_pts=0`],
    ...[`atrim=start=${seconds(from - seek)}:end=${seconds(to - seek)}`, 'asetpts=PTS-STARTPTS'],
    ...(item.isReversed ? ['areverse', 'asetpts=N/SR/TB'] : []),
    ...(item.isLooped ? [`aloop=loop=-1:size=${segment}`, 'asetpts=N/SR/TB'] : []),
    ...tempoFilters(speed),
    ...[`atrim=end_sample=${samples}`, 'asetpts=N/SR/TB'],
    ...(item.isNormalized ? ['loudnorm=I=-16:TP=-1.5:LRA=11', `aresample=${MIX_RATE}`] : []),
    ...volumeFilters(item.volume, length),
    ...(item.fadeInSeconds > 0 ? [`afade=t=in:st=0:d=${seconds(item.fadeInSeconds)}`] : []),
    ...(item.fadeOutSeconds > 0 ? [`afade=t=out:st=${seconds(fadeOutAt)}:d=${seconds(item.fadeOutSeconds)}`] : []),
    ...(item.pan === 0
      ? []
      : [`pan=stereo|c0=${number(Math.min(1, 1 - item.pan))}*c0|c1=${number(Math.min(1, 1 + item.pan))}*c1`]),
  ];
};

/** Sounds that duck alike, by the labels of their lanes. */
interface LaneGroup {
  readonly duck: DuckSettings | null;
  readonly labels: readonly string[];
}

/** Sounds that do not overlap are joined end to end, in one lane; what ducks alike goes together. */
const joinLanes = (items: readonly SoundItem[]): { groups: LaneGroup[]; filters: string[] } => {
  const filters: string[] = [];
  let laneCount = 0;
  const alike = Map.groupBy(items.entries(), ([, { duck }]) => (duck === null ? '' : JSON.stringify(duck)));
  const groups = [...alike.values()].map((members): LaneGroup => {
    const spans = members.map(([index, item]) => {
      const from = Math.round(toNumber(item.start) * MIX_RATE);
      return { index, from, to: from + itemSamples(item) };
    });
    const labels = spreadOverLanes(spans).map((lane) => {
      const label = `[l${laneCount}]`;
      laneCount += 1;
      filters.push(...joinLane(lane, label));
      return label;
    });
    return { duck: members[0]?.[1].duck ?? null, labels };
  });
  return { groups, filters };
};

const joinLane = (lane: readonly LaneItem<SampleSpan & { index: number }>[], label: string): string[] => {
  const parts = lane.map(({ item: { index, from, to }, gap }) => {
    const whole = gap + to - from;
    const delay = gap > 0 ? [`adelay=delays=${gap}S:all=1`] : [];
    const fill = [`apad=whole_len=${whole}`, `atrim=end_sample=${whole}`, 'asetpts=N/SR/TB'];
    return { from: `[i${index}]`, to: `[p${index}]`, filters: [...delay, ...(lane.length > 1 ? fill : [])] };
  });
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return [`${only.from}${[...only.filters, 'anull'].join(',')}${label}`];
  return [
    ...parts.map((part) => `${part.from}${part.filters.join(',')}${part.to}`),
    `${parts.map((part) => part.to).join('')}concat=n=${parts.length}:v=0:a=1${label}`,
  ];
};

const seconds = (value: number): string => Math.max(0, value).toFixed(6);
const number = (value: number): string => String(Math.round(value * 1e6) / 1e6);

/** One `atempo` does 0.5 to 2 cleanly; more is a chain. Slower than a hundredth is as good as silence, and held there. */
const tempoFilters = (speed: number): string[] => {
  const filters: string[] = [];
  let rest = Math.max(0.01, speed);
  for (; rest < 0.5; rest /= 0.5) filters.push('atempo=0.5');
  for (; rest > 2; rest /= 2) filters.push('atempo=2');
  if (Math.abs(rest - 1) > 1e-9) filters.push(`atempo=${number(rest)}`);
  return filters;
};

const EASING_STEPS = 12;
const MAX_VOLUME_STEPS = 400;

/** A changing volume is an expression of straight lines over time, evaluated every 10 ms. */
const volumeFilters = (volume: Animated, length: number): string[] => {
  if (typeof volume === 'number') return volume === 1 ? [] : [`volume=${number(volume)}`];
  const points = volumePoints(volume, length);
  const terms = points.slice(0, -1).map((point, index) => {
    const next = points[index + 1] ?? point;
    const slope = next.time > point.time ? (next.value - point.value) / (next.time - point.time) : 0;
    return `gte(t,${number(point.time)})*lt(t,${number(next.time)})*(${number(point.value)}+${number(slope)}*(t-${number(point.time)}))`;
  });
  const [first, last] = [points[0], points.at(-1)];
  const before = first === undefined ? '1' : `lt(t,${number(first.time)})*${number(first.value)}`;
  const after = last === undefined ? '0' : `gte(t,${number(last.time)})*${number(last.value)}`;
  return ['asetnsamples=n=480:p=0', `volume=volume='${[before, ...terms, after].join('+')}':eval=frame`];
};

const volumePoints = (volume: Extract<Animated, object>, length: number): { time: number; value: number }[] => {
  const steps = volume.pieces.length > MAX_VOLUME_STEPS ? 1 : EASING_STEPS;
  if (volume.pieces.length > 4 * MAX_VOLUME_STEPS) {
    return Array.from({ length: MAX_VOLUME_STEPS + 1 }, (_, index) => {
      const time = (length * index) / MAX_VOLUME_STEPS;
      return { time, value: animatedAt(volume, time) };
    });
  }
  return volume.pieces.flatMap((piece) => {
    const count = piece.easing.type === 'linear' ? 1 : steps;
    const span = piece.toSeconds - piece.fromSeconds;
    return Array.from({ length: count + 1 }, (_, index) => ({
      // Two points at one time would divide by nothing: the end of a piece lies a hair before the next one's start.
      time: piece.fromSeconds + (span * index) / count - (index === count ? Math.min(1e-5, span / 4) : 0),
      value: piece.from + (piece.to - piece.from) * easeAt(piece.easing, index / count),
    }));
  });
};

/** Ends with an open label list before the common tail: `...[mix]` or a source of silence. */
const mixLanes = (groups: readonly LaneGroup[]): string => {
  if (groups.length === 0) return `anullsrc=r=${MIX_RATE}:cl=stereo,`;
  const plain = groups.find(({ duck }) => duck === null);
  const ducked = groups.flatMap(({ duck, labels }) => (duck === null ? [] : [{ duck, labels }]));
  if (plain === undefined || ducked.length === 0) return `${mix(groups.flatMap(({ labels }) => labels))},`;
  // The compressor stops with the shorter of its inputs, so both go on in silence.
  const parts = [
    `${mix(plain.labels)},apad,asplit=${ducked.length + 1}[main]${ducked.map((_, index) => `[key${index}]`).join('')}`,
  ];
  for (const [index, { duck, labels }] of ducked.entries()) {
    parts.push(`${mix(labels)},apad[low${index}]`);
    parts.push(
      `[low${index}][key${index}]sidechaincompress=threshold=0.002:ratio=20:attack=${number(duck.attackSeconds * 1000)}:` +
        `release=${number(duck.releaseSeconds * 1000)}:mix=${number(duck.amount)}[ducked${index}]`,
    );
  }
  return `${parts.join(';')};${mix(['[main]', ...ducked.map((_, index) => `[ducked${index}]`)])},`;
};

const mix = (labels: readonly string[]): string =>
  labels.length === 1
    ? `${labels[0]}anull`
    : `${labels.join('')}amix=inputs=${labels.length}:duration=longest:normalize=0:dropout_transition=0`;
