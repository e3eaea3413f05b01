import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom, sampleRate } from './dsp.ts';
import { type EffectName, effects, makeEffect } from './effects.ts';
import { readSounds } from './read-sounds.ts';
import { soundEffect } from './sound-effect.ts';

async function make(prompt: string, options: { seed?: number; durationSeconds?: number } = {}) {
  const scratchDir = await mkdtemp(path.join(tmpdir(), 'polyreel-sound-'));
  try {
    const made = await soundEffect(
      { type: 'sound-effect', model: 'sound-effects', prompt, negativePrompt: '', durationSeconds: 2, seed: 1, ...options },
      { inputs: {}, scratchDir, signal: AbortSignal.timeout(60_000), onProgress: () => undefined },
    );
    const file = await readFile(made.path);
    const bytes = file.subarray(44);
    const samples = Float32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt16LE(at * 4) / 32_768);
    return { file, samples, warnings: made.warnings };
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

const rms = (samples: Float32Array): number => Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);

/** Share of samples at which the sign changes: low for a rumble, high for a hiss. */
function crossings(samples: Float32Array): number {
  let count = 0;
  for (let at = 1; at < samples.length; at += 1) if ((samples[at] ?? 0) < 0 !== (samples[at - 1] ?? 0) < 0) count += 1;
  return count / samples.length;
}

/** Loudest over quietest tenth of a second: large for events, small for a bed. */
function unevenness(samples: Float32Array): number {
  const size = sampleRate / 10;
  const levels = Array.from({ length: Math.floor(samples.length / size) }, (_, at) =>
    rms(samples.subarray(at * size, (at + 1) * size)),
  );
  return Math.max(...levels) / (Math.min(...levels) + 1e-6);
}

const effectNames: EffectName[] = [
  'rain',
  'wind',
  'sea',
  'fire',
  'thunder',
  'footsteps',
  'engine',
  'crowd',
  'birds',
  'explosion',
  'whoosh',
  'bell',
];

describe('sound effects', () => {
  it('last exactly as long as asked and are equal for equal seeds only', async () => {
    const first = await make('rain on a roof', { durationSeconds: 1.25 });
    expect(first.samples.length).toBe(60_000);
    expect((await make('rain on a roof', { durationSeconds: 1.25 })).file.equals(first.file)).toBe(true);
    expect((await make('rain on a roof', { durationSeconds: 1.25, seed: 2 })).file.equals(first.file)).toBe(false);
  });

  it.each(effectNames)('%s is there when its word is, neither silent nor clipped', async (name) => {
    const { samples, warnings } = await make(`a scene with ${name}`);
    expect(readSounds(`a scene with ${name}`, '')).toContain(name);
    expect(warnings).toEqual([]);
    expect(rms(samples)).toBeGreaterThan(effects[name].level * 0.5);
    expect(Math.max(...samples.map(Math.abs))).toBeLessThan(1);
  });

  it('rain hisses, thunder and engines rumble', () => {
    const rate = (name: EffectName) => crossings(makeEffect(name, 3 * sampleRate, createRandom(1)));
    for (const low of ['thunder', 'engine', 'explosion'] as const) expect(rate('rain')).toBeGreaterThan(3 * rate(low));
  });

  it('footsteps, bells and birds are events, rain and engines go on', () => {
    const events = (name: EffectName) => unevenness(makeEffect(name, 4 * sampleRate, createRandom(1)));
    for (const bed of ['rain', 'engine'] as const)
      for (const event of ['footsteps', 'birds', 'whoosh'] as const) expect(events(event)).toBeGreaterThan(2 * events(bed));
  });

  it('a quiet room and a warning where the prompt names nothing', async () => {
    const { samples, warnings } = await make('a robot playing chess');
    expect(warnings).toEqual([{ code: 'no-sound-in-prompt', details: { task: 'sound-effect' } }]);
    expect(rms(samples)).toBeGreaterThan(0);
    expect(rms(samples)).toBeLessThan(0.01);
  });

  it.each([
    ['a storm at sea with thunder', ['wind', 'sea', 'thunder']],
    ['a beach without wind', ['sea']],
    ['The camera trucks left. A quiet desk', []],
    ['a man walks through the rain', ['rain', 'footsteps']],
  ])('hears in "%s": %j', (prompt, names) => {
    expect(readSounds(prompt, '')).toEqual(names);
  });

  it('the negative prompt takes away', () => {
    expect(readSounds('rain and wind', 'rain')).toEqual(['wind']);
  });
});
