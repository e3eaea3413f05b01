import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runRender } from '../render.ts';
import { sniffFile } from '../sniff.ts';
import type { MediaTools } from '../tools.ts';
import { measureAudio } from '../measure-audio.ts';
import { type Loudness, measureLoudness } from './loudness.ts';
import { buildMasterArgs, buildMixArgs, mixSampleRate, type PlacedTrack, type TrackRole } from './mix-args.ts';

export interface MixTrack {
  /** Any sound that can be decoded. */
  readonly path: string;
  readonly role: TrackRole;
  readonly startSeconds: number;
  /** Played from its beginning for so long; absent: as long as it lasts. */
  readonly seconds?: number | undefined;
  /** Louder or softer than its role is by itself. Default 0. */
  readonly gainDb?: number | undefined;
  readonly fadeInSeconds: number;
  readonly fadeOutSeconds: number;
}

export interface MixSoundOptions {
  readonly tracks: readonly MixTrack[];
  /** The mix lasts exactly this long, to the sample. */
  readonly seconds: number;
  /** WAV, 48 kHz, stereo, 16 bits. */
  readonly output: string;
  /** An existing folder; what is made in it is removed. */
  readonly scratchDir: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (ratio: number) => void;
}

/** LUFS of a finished mix, and the highest peak in dB: AAC and MP3 encoders overshoot by up to a dB. */
const target = { integrated: -16, ceilingDb: -2 } as const;
/** LUFS of a track within the mix, before the others press it. */
const levelOf = { voice: -18, effects: -23, music: -23 } as const satisfies Record<TrackRole, number>;
/** What is softer is meant to be: an empty room is not made as loud as a storm. */
const quiet = -45;
const gainDbMax = 30;
const passesMax = 4;
const toleranceDb = 0.3;

/**
 * Several sounds as one: voice before effects before music, each pressed by those before it, faded as told, brought to -16 LUFS with
 * its true peak at most -2 dB. A mix of nothing but very soft sounds stays soft. Throws StepError.
 */
export async function mixSound(tools: MediaTools, options: MixSoundOptions): Promise<Loudness> {
  const { signal, output } = options;
  const sampleCount = Math.round(options.seconds * mixSampleRate);
  const raw = join(options.scratchDir, 'mix-raw.wav');
  try {
    const tracks: PlacedTrack[] = [];
    for (const track of options.tracks) {
      const placed = await placeTrack(tools, track, sampleCount, signal);
      if (placed) tracks.push(placed);
      options.onProgress?.((0.4 * tracks.length) / options.tracks.length);
    }
    if (tracks.length === 0) throw new RangeError('a mix needs a track that begins before its end');
    await runRender(tools, { args: buildMixArgs({ tracks, sampleCount, output: raw }), output: raw, signal });
    options.onProgress?.(0.6);
    const loudness = await master(tools, { raw, output, sampleCount, signal });
    options.onProgress?.(1);
    return loudness;
  } finally {
    await rm(raw, { force: true });
  }
}

/** Null for a track that would begin after the end. */
async function placeTrack(
  tools: MediaTools,
  track: MixTrack,
  mixSamples: number,
  signal: AbortSignal,
): Promise<PlacedTrack | null> {
  const { kind } = await sniffFile(track.path);
  const startSample = Math.round(track.startSeconds * mixSampleRate);
  const seconds = track.seconds ?? (await measureAudio(tools, track.path, { kind, signal })).seconds;
  const sampleCount = Math.min(Math.round(seconds * mixSampleRate), mixSamples - startSample);
  if (sampleCount <= 0) return null;
  const { integrated } = await measureLoudness(tools, track.path, { signal });
  const own = integrated < quiet ? 0 : Math.min(gainDbMax, levelOf[track.role] - integrated);
  // Together never longer than the track, so that a short sound is faded and not cut off.
  const fades = [track.fadeInSeconds, track.fadeOutSeconds].map((fade) =>
    Math.floor(Math.min(fade * mixSampleRate, sampleCount / 2)),
  );
  const [fadeInSamples = 0, fadeOutSamples = 0] = fades;
  return {
    ...{ kind, path: track.path, role: track.role, startSample, sampleCount, fadeInSamples, fadeOutSamples },
    gainDb: own + (track.gainDb ?? 0),
  };
}

/** Gain and limiter, measured and corrected: a limiter that has to work takes loudness away. */
async function master(
  tools: MediaTools,
  { raw, output, sampleCount, signal }: { raw: string; output: string; sampleCount: number; signal: AbortSignal },
): Promise<Loudness> {
  const before = await measureLoudness(tools, raw, { signal });
  const isQuiet = before.integrated < quiet;
  let gainDb = isQuiet ? 0 : Math.min(gainDbMax, target.integrated - before.integrated);
  for (let pass = 1; ; pass += 1) {
    const args = buildMasterArgs({ input: raw, gainDb, ceilingDb: target.ceilingDb, sampleCount, output });
    await runRender(tools, { args, output, signal });
    const made = await measureLoudness(tools, output, { signal });
    const missing = target.integrated - made.integrated;
    if (isQuiet || pass === passesMax || Math.abs(missing) <= toleranceDb || gainDb + missing > gainDbMax) return made;
    gainDb += missing;
  }
}
