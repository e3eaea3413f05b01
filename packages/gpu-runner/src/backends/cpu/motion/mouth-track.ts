import { type FrameRate, framesPerSecond } from '@polyreel/core';
import { createNoise } from './noise.ts';
import type { VoiceTrack } from './voice.ts';

/** Ratios a frame: how far the jaw is open, 0 (closed) to about 1 (loudest vowel); lip rounding, -1 (spread) to 1 (round); slow stress. */
export interface MouthTrack {
  readonly open: Float32Array;
  readonly round: Float32Array;
  /** Loudness over about a third of a second, 0..1: drives nods. */
  readonly stress: Float32Array;
}

/** Below -50 dBFS nobody speaks. */
const SILENCE_RMS = 0.003;
const SYLLABLES_PER_SECOND = 3.6;
const FALL_SECONDS = 0.07;
const STRESS_SECONDS = 0.3;

/**
 * Turns loudness into speech movement. The jaw follows the energy (fast rise, slow fall); hissing sounds keep the teeth together;
 * lips round and spread at the pace of syllables, as far as the voice is loud, so a held tone moves too and silence never does.
 */
export const buildMouthTrack = (voice: VoiceTrack, frameRate: FrameRate, seed: number): MouthTrack => {
  const frameCount = voice.rms.length;
  const frameSeconds = 1 / framesPerSecond(frameRate);
  const loudness = createLoudness(voice.rms);
  const pace = createNoise(seed, 11);
  const fall = Math.exp(-frameSeconds / FALL_SECONDS);
  const settle = Math.exp(-frameSeconds / STRESS_SECONDS);
  const track = {
    open: new Float32Array(frameCount),
    round: new Float32Array(frameCount),
    stress: new Float32Array(frameCount),
  };
  let level = 0;
  let stress = 0;
  let phase = 0;
  for (let frame = 0; frame < frameCount; frame++) {
    const loud = loudness(voice.rms[frame] ?? 0);
    const hiss = smoothstep(0.22, 0.45, voice.crossings[frame] ?? 0);
    const target = loud * (1 - 0.6 * hiss);
    level = Math.max(target, level * fall);
    if (level < 0.01) level = 0;
    stress = loud + (stress - loud) * settle;
    phase += 2 * Math.PI * SYLLABLES_PER_SECOND * frameSeconds * (1 + 0.3 * pace(frame * frameSeconds * 1.5));
    track.open[frame] = level * (0.74 + 0.26 * Math.cos(phase));
    track.round[frame] = level * Math.sin(phase) * 0.8;
    track.stress[frame] = stress;
  }
  return track;
};

/** Loudness relative to the loud parts of this very recording, so a quiet microphone opens the mouth as far as a loud one. */
const createLoudness = (rms: Float32Array): ((value: number) => number) => {
  const sorted = rms.toSorted();
  const at = (ratio: number): number => sorted[Math.floor(ratio * (sorted.length - 1))] ?? 0;
  const loud = at(0.95) > SILENCE_RMS ? at(0.95) : at(1);
  if (loud <= SILENCE_RMS) return () => 0;
  const hum = at(0.05) * 1.4;
  const floor = Math.max(SILENCE_RMS, hum < loud * 0.25 ? hum : 0);
  if (floor >= loud) return () => 0;
  return (value) => (value <= floor ? 0 : Math.min(1.1, (value - floor) / (loud - floor)) ** 0.85);
};

export const smoothstep = (low: number, high: number, value: number): number => {
  const ratio = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return ratio * ratio * (3 - 2 * ratio);
};
