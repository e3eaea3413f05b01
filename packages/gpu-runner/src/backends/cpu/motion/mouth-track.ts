import { type FrameRate, framesPerSecond } from '@polyreel/core';
import { createNoise } from './noise.ts';
import { smoothstep } from './smoothstep.ts';
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
const SYLLABLES_PER_SECOND = 4;
const FALL_SECONDS = 0.07;
const STRESS_SECONDS = 0.3;
/** Share of the opening that comes and goes with the syllables. */
const SYLLABLE_SWING = 0.15;
/** Movement a frame of 1/25 s at full loudness, in visible effect. */
const PACE = 1.5;
/** A slower film shows at most so many frames' movement of 1/25 s at once. */
const FRAMES_MAX = 1.2;
/**
 * What a step of 1 changes in the picture: the root of the mouth region's mean square change, measured on warped portraits at 16 to 30 frames a
 * second (about 2000 for the jaw to 170 for the lips). Only their ratio matters: a jaw shows over three times as much as lips.
 */
const JAW_EFFECT = 4;
const LIP_EFFECT = 1.17;
/** Share of the pace that the jaw may take alone: it opens over three or four frames instead of snapping. */
const JAW_SHARE = 0.7;
/** A jaw closes at least so far in a frame of 1/25 s, so silence finds it closed; evenly, because a snap shows more than a glide. */
const CLOSING = 0.2;

/**
 * Turns loudness into speech movement. The jaw follows the energy (fast rise, slow fall) and closes a frame ahead of a sound that ends, as a
 * speaker's does: it would otherwise move most when nothing is heard. Hissing sounds keep the teeth together. The lips round and spread as much
 * as is missing until the mouth as a whole moves at a pace proportional to the loudness, so a held tone moves too and silence never does.
 */
export const buildMouthTrack = (voice: VoiceTrack, frameRate: FrameRate, seed: number): MouthTrack => {
  const frameCount = voice.rms.length;
  const frameSeconds = 1 / framesPerSecond(frameRate);
  const loudness = createLoudness(voice.rms);
  const rhythm = createNoise(seed, 11);
  const fall = Math.exp(-frameSeconds / FALL_SECONDS);
  const settle = Math.exp(-frameSeconds / STRESS_SECONDS);
  const mouth = createMouth(frameSeconds);
  const open = new Float32Array(frameCount);
  const round = new Float32Array(frameCount);
  const stress = new Float32Array(frameCount);
  let level = 0;
  let slowLevel = 0;
  let phase = 0;
  for (let frame = 0; frame < frameCount; frame++) {
    const loud = loudness(voice.rms[frame] ?? 0);
    const hiss = smoothstep(0.22, 0.45, voice.crossings[frame] ?? 0);
    level = Math.max(loud * (1 - 0.6 * hiss), level * fall);
    if (level < 0.01) level = 0;
    phase += 2 * Math.PI * SYLLABLES_PER_SECOND * frameSeconds * (1 + 0.3 * rhythm(frame * frameSeconds * 1.5));
    const upcoming = loudness(voice.rms[frame + 1] ?? voice.rms[frame] ?? 0);
    mouth.follow(level, Math.min(level, upcoming) * (1 - SYLLABLE_SWING + SYLLABLE_SWING * Math.cos(phase)));
    slowLevel = loud + (slowLevel - loud) * settle;
    open[frame] = mouth.open;
    round[frame] = mouth.round;
    stress[frame] = slowLevel;
  }
  return { open, round, stress };
};

const createMouth = (frameSeconds: number) => {
  const frames = frameSeconds * 25;
  let towards = 1;
  const mouth = {
    open: 0,
    round: 0,
    follow(level: number, wantedOpen: number): void {
      const pace = PACE * Math.min(frames, FRAMES_MAX) * level;
      const opening = (JAW_SHARE * pace) / JAW_EFFECT;
      const closing = Math.max(opening, CLOSING * frames);
      const step = Math.min(opening, Math.max(-closing, wantedOpen - mouth.open));
      mouth.open += step;
      if (level === 0 && mouth.open < 0.01) mouth.open = 0;
      roundLips(level, Math.sqrt(Math.max(0, pace ** 2 - (JAW_EFFECT * step) ** 2)) / LIP_EFFECT);
    },
  };
  const roundLips = (level: number, step: number): void => {
    if (Math.abs(mouth.round) > level) {
      const kept = Math.max(level, Math.abs(mouth.round) * 0.5);
      mouth.round = kept < 0.01 ? 0 : Math.sign(mouth.round) * kept;
      return;
    }
    if (Math.abs(mouth.round + towards * step) > level) towards = -towards;
    mouth.round = Math.min(level, Math.max(-level, mouth.round + towards * step));
  };
  return mouth;
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
