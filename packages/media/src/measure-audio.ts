import { StepError } from '@polyreel/core';
import { buildForeignInputArgs, runOnForeignInput } from './foreign-input.ts';
import type { MediaKind } from './media-kinds.ts';
import { sniffFile } from './sniff.ts';
import type { MediaTools } from './tools.ts';

export interface AudioMeasure {
  /** Of the decoded samples: what a listener hears, whatever the header says. */
  readonly seconds: number;
  /** True: decoding stopped at `maxSeconds`, the sound is longer. */
  readonly isLonger: boolean;
}

export interface MeasureAudioOptions {
  readonly signal: AbortSignal;
  readonly kind?: MediaKind;
  /** Decoding stops here. Default 4 h. */
  readonly maxSeconds?: number;
  /** Computing time; default 120. Four hours of MP3 take about 10. */
  readonly cpuSeconds?: number;
}

const FOUR_HOURS_SECONDS = 4 * 60 * 60;
const DEFAULT_CPU_SECONDS = 120;

/** Samples are stamped by their count, so gaps and false times of the container do not matter. */
export const buildMeasureAudioArgs = (options: { kind: MediaKind; path: string; maxSeconds: number }): string[] => [
  ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats'],
  ...buildForeignInputArgs(options.kind, options.path),
  ...[
    '-map',
    '0:a:0',
    '-vn',
    '-sn',
    '-dn',
    '-af',
    'asetpts=N/SR/TB',
    '-t',
    String(options.maxSeconds),
    '-progress',
    'pipe:1',
    '-f',
    'null',
    '-',
  ],
];

/** Decodes the first sound of a file to its end. Throws a permanent StepError `audio_undecodable` when no sample comes out. */
export const measureAudio = async (tools: MediaTools, path: string, options: MeasureAudioOptions): Promise<AudioMeasure> => {
  const kind = options.kind ?? (await sniffFile(path)).kind;
  const maxSeconds = options.maxSeconds ?? FOUR_HOURS_SECONDS;
  let microseconds = 0;
  await runOnForeignInput({
    command: tools.ffmpegPath,
    // A second more than asked tells "exactly as long" from "longer".
    args: buildMeasureAudioArgs({ kind, path, maxSeconds: maxSeconds + 1 }),
    signal: options.signal,
    cpuSeconds: options.cpuSeconds ?? DEFAULT_CPU_SECONDS,
    onStdoutLine: (line) => {
      const value = /^out_time_us=(\d+)$/.exec(line)?.[1];
      if (value !== undefined) microseconds = Number(value);
    },
  });
  if (microseconds === 0) {
    throw new StepError({ code: 'audio_undecodable', publicMessage: 'The sound could not be decoded', permanent: true });
  }
  const seconds = microseconds / 1e6;
  return { seconds: Math.min(seconds, maxSeconds), isLonger: seconds > maxSeconds };
};
