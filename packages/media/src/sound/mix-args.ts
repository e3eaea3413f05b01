import { buildInputArgs } from '../foreign-input.ts';
import type { MediaKind } from '../media-kinds.ts';
import { stereoFilters } from './loudness.ts';

/** What a track is decides how it is heard among the others: voice before effects before music. */
export const trackRoles = ['voice', 'effects', 'music'] as const;
export type TrackRole = (typeof trackRoles)[number];

/** A track of which everything is known: samples are counted at 48 kHz. */
export interface PlacedTrack {
  readonly kind: MediaKind;
  readonly path: string;
  readonly role: TrackRole;
  readonly startSample: number;
  /** Played, at most to the end of the mix. */
  readonly sampleCount: number;
  readonly gainDb: number;
  readonly fadeInSamples: number;
  readonly fadeOutSamples: number;
}

export const mixSampleRate = 48_000;

// How far a louder bus presses the ones under it: about 8 dB under speech, gently in, slowly out, so that nobody hears it pump.
const duck = {
  music: 'sidechaincompress=threshold=0.03:ratio=4:attack=40:release=700:knee=4',
  effects: 'sidechaincompress=threshold=0.05:ratio=2.5:attack=30:release=400:knee=4',
} as const;

/** One WAV of 32-bit floats, stereo, of exactly `sampleCount` samples, at whatever level comes out. */
export function buildMixArgs(options: { tracks: readonly PlacedTrack[]; sampleCount: number; output: string }): string[] {
  const { tracks, sampleCount, output } = options;
  const inputs = tracks.flatMap(({ kind, path }) => buildInputArgs(kind, path, { threads: 1 }));
  return [
    ...inputs,
    ...['-filter_complex', buildMixGraph(tracks, sampleCount), '-map', '[mix]'],
    ...['-c:a', 'pcm_f32le', '-map_metadata', '-1', '-flags:a', '+bitexact', '-fflags', '+bitexact', '-f', 'wav', output],
  ];
}

export function buildMixGraph(tracks: readonly PlacedTrack[], sampleCount: number): string {
  const chains = tracks.map((track, index) => trackChain(track, index, sampleCount));
  const buses = new Map<TrackRole, string[]>();
  for (const [index, { role }] of tracks.entries()) buses.set(role, [...(buses.get(role) ?? []), `[track${index}]`]);
  const present = trackRoles.filter((role) => buses.has(role));
  for (const role of present) chains.push(`${sum(buses.get(role) ?? [])}[${role}]`);
  const keysOf = { voice: [], effects: ['voice'], music: ['voice', 'effects'] } as const satisfies Record<TrackRole, TrackRole[]>;
  const presses = (role: TrackRole): TrackRole[] => present.filter((key) => keysOf[role].some((name) => name === key));
  for (const role of present) {
    const pressed = present.filter((other) => presses(other).includes(role));
    if (pressed.length > 0)
      chains.push(`[${role}]asplit=${pressed.length + 1}[${role}Out]${pressed.map((other) => `[${role}For${other}]`).join('')}`);
  }
  // The effects that press the music are those before they were pressed themselves.
  const heard = present.map((role) => {
    const isSplit = present.some((other) => presses(other).includes(role));
    const own = isSplit ? `[${role}Out]` : `[${role}]`;
    const keys = presses(role).map((key) => `[${key}For${role}]`);
    if (keys.length === 0 || role === 'voice') return own;
    chains.push(`${sum(keys)}[${role}Key]`, `${own}[${role}Key]${duck[role]}[${role}Ducked]`);
    return `[${role}Ducked]`;
  });
  chains.push(`${sum(heard)},${exactly(sampleCount)}[mix]`);
  return chains.join(';');
}

function trackChain(track: PlacedTrack, index: number, sampleCount: number): string {
  const { sampleCount: length, fadeInSamples, fadeOutSamples, startSample } = track;
  return [
    `[${index}:a:0]${stereoFilters}`,
    exactly(length),
    ...(fadeInSamples > 0 ? [`afade=t=in:ss=0:ns=${fadeInSamples}`] : []),
    ...(fadeOutSamples > 0 ? [`afade=t=out:ss=${length - fadeOutSamples}:ns=${fadeOutSamples}`] : []),
    `volume=${track.gainDb.toFixed(2)}dB:precision=float`,
    ...(startSample > 0 ? [`adelay=${startSample}S:all=1`] : []),
    `${exactly(sampleCount)}[track${index}]`,
  ].join(',');
}

const sum = (labels: readonly string[]): string =>
  labels.length === 1 ? `${labels[0]}anull` : `${labels.join('')}amix=inputs=${labels.length}:normalize=0:duration=longest`;

const exactly = (samples: number): string => `apad=whole_len=${samples},atrim=end_sample=${samples}`;

/** Brings a mix to its level. The limiter looks at four times the samples, so it sees the peaks between them. */
export function buildMasterArgs(options: {
  input: string;
  gainDb: number;
  ceilingDb: number;
  sampleCount: number;
  output: string;
}): string[] {
  const ceiling = (10 ** (options.ceilingDb / 20)).toFixed(6);
  const filters = [
    `volume=${options.gainDb.toFixed(2)}dB:precision=float`,
    'aresample=192000',
    `alimiter=limit=${ceiling}:attack=5:release=60:level=disabled:latency=1`,
    'aresample=48000',
    exactly(options.sampleCount),
  ];
  return [
    ...buildInputArgs('wav', options.input, { threads: 1 }),
    ...['-map', '0:a:0', '-af', filters.join(','), '-c:a', 'pcm_s16le', '-ar', String(mixSampleRate), '-ac', '2'],
    ...['-map_metadata', '-1', '-flags:a', '+bitexact', '-fflags', '+bitexact', '-f', 'wav', options.output],
  ];
}
