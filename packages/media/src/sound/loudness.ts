import { StepError } from '@polyreel/core';
import { buildInputArgs } from '../foreign-input.ts';
import type { MediaKind } from '../media-kinds.ts';
import { runProcess } from '../run-process.ts';
import { sniffFile } from '../sniff.ts';
import { type MediaTools, RENDER_MEMORY_BYTES } from '../tools.ts';

/** Loudness of a whole sound by EBU R 128, as heard from two speakers: a mono sound comes from both. */
export interface Loudness {
  /** LUFS; -70 for silence and for what is shorter than the 0.4 s that the measure needs. */
  readonly integrated: number;
  /** dB of full scale, by oversampling; -Infinity for silence. */
  readonly truePeak: number;
}

const TIMEOUT_MS = 30 * 60 * 1000;

/** What every measured or mixed sound goes through: 48 kHz, two channels, floating point, times by count of samples. */
export const stereoFilters = 'asetpts=N/SR/TB,aresample=48000,aformat=sample_fmts=flt:channel_layouts=stereo';

export const buildLoudnessArgs = (options: { kind: MediaKind; path: string }): string[] => [
  ...['-hide_banner', '-loglevel', 'info', '-nostdin', '-nostats'],
  ...buildInputArgs(options.kind, options.path, { threads: 1 }),
  ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-af', `${stereoFilters},ebur128=peak=true:framelog=verbose`],
  ...['-f', 'null', '-'],
];

/** Measures the first sound of a file. Throws StepError. */
export async function measureLoudness(tools: MediaTools, path: string, options: { signal: AbortSignal }): Promise<Loudness> {
  const { kind } = await sniffFile(path);
  const { stderr } = await runProcess({
    command: tools.ffmpegPath,
    args: buildLoudnessArgs({ kind, path }),
    signal: options.signal,
    timeoutMs: TIMEOUT_MS,
    maxMemoryBytes: RENDER_MEMORY_BYTES,
  });
  return readLoudness(stderr);
}

/** Of ffmpeg's own summary. */
export function readLoudness(log: string): Loudness {
  const summary = log.slice(log.lastIndexOf('Summary:'));
  const integrated = /I:\s+(-?[\d.]+|-?inf|nan) LUFS/.exec(summary)?.[1];
  const truePeak = /Peak:\s+(-?[\d.]+|-?inf|nan) dBFS/.exec(summary)?.[1];
  if (integrated === undefined || truePeak === undefined)
    throw new StepError({
      code: 'loudness_unmeasured',
      publicMessage: 'The loudness of a sound could not be measured',
      permanent: true,
      cause: new Error(log.slice(-500)),
    });
  const level = Number(integrated);
  return {
    integrated: Number.isFinite(level) && level > silence && level !== 0 ? level : silence,
    truePeak: Number.isFinite(Number(truePeak)) ? Number(truePeak) : Number.NEGATIVE_INFINITY,
  };
}

/** LUFS of silence: the lowest that the measure knows. */
export const silence = -70;
