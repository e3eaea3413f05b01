import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunnerTaskOf } from '@polyreel/core';
import type { RunContext, RunResult } from '../../../runner.ts';
import { reverberate } from '../music/reverb.ts';
import { createRandom, mixIn, sampleRate } from './dsp.ts';
import { makeEffect } from './effects.ts';
import { readSounds } from './read-sounds.ts';
import { toWav } from './wav.ts';

const fadeSeconds = 0.05;

/** Mixes the sounds that the prompt names into one track, WAV in stereo; equal seeds give equal samples. */
export async function soundEffect(task: RunnerTaskOf<'sound-effect'>, context: RunContext): Promise<RunResult> {
  const length = Math.max(1, Math.round(task.durationSeconds * sampleRate));
  const named = readSounds(task.prompt, task.negativePrompt);
  const names = named.length > 0 ? named : (['room'] as const);
  const track = new Float32Array(length);
  for (const [index, name] of names.entries()) {
    context.signal.throwIfAborted();
    // Each sound has its own stream: naming another one changes none of those that are there.
    mixIn(track, makeEffect(name, length, createRandom(task.seed + streamOf(name))), 0, 1);
    context.onProgress((index + 1) / (names.length + 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const path = join(context.scratchDir, 'sound-effect.wav');
  await writeFile(path, toWav(placeInRoom(track, named.length > 0)), { signal: context.signal });
  context.onProgress(1);
  const warnings = named.length > 0 ? [] : [{ code: 'no-sound-in-prompt', details: { task: 'sound-effect' } }];
  return { path, mediaType: 'audio/wav', warnings };
}

const streamOf = (name: string): number => [...name].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7);

/** What is heard comes from somewhere: a little of its surroundings, different for each ear. */
function placeInRoom(track: Float32Array, hasSurroundings: boolean): Float32Array[] {
  if (!hasSurroundings) return [finish(track), finish(track)];
  return reverberate(track, surroundings.size).map((echo) => {
    const ear = track.map((sample, at) => sample * surroundings.dry + (echo[at] ?? 0) * surroundings.wet);
    return finish(ear);
  });
}
const surroundings = { size: 0.25, dry: 0.85, wet: 0.5 } as const;

/** Soft limiting instead of clipping, and no click at the ends. */
function finish(track: Float32Array): Float32Array {
  const fade = Math.min(track.length / 2, fadeSeconds * sampleRate);
  return track.map((sample, at) => Math.tanh(sample) * Math.min(1, at / fade, (track.length - 1 - at) / fade));
}
