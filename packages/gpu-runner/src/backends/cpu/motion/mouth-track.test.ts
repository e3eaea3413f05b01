import { describe, expect, it } from 'vitest';
import { buildMouthTrack } from './mouth-track.ts';
import { correlate } from './test-kit.ts';

const frameRate = { numerator: 25, denominator: 1 };
const voice = (loudness: (frame: number) => number, frames = 100, crossings = 0.05) => ({
  rms: Float32Array.from({ length: frames }, (_, frame) => loudness(frame)),
  crossings: new Float32Array(frames).fill(crossings),
});
/** Half a second of voice, half a second of pause. */
const phrases = (level: number) => voice((frame) => (frame % 25 < 12 ? level * (0.7 + 0.3 * Math.sin(frame)) : 0));
const largest = (values: Float32Array): number => Math.max(...values);

describe('buildMouthTrack', () => {
  it('keeps the mouth shut in silence', () => {
    const { open, round, stress } = buildMouthTrack(
      voice(() => 0.001),
      frameRate,
      1,
    );
    for (const values of [open, round, stress]) expect(values.every((value) => value === 0)).toBe(true);
  });

  it('closes the mouth within a fifth of a second of the last sound', () => {
    const { open, round } = buildMouthTrack(phrases(0.2), frameRate, 1);
    for (const pause of [12, 37, 62, 87]) {
      for (let frame = pause + 5; frame < pause + 12; frame++) {
        expect(open[frame]).toBeLessThan(0.1);
        expect(Math.abs(round[frame] ?? 1)).toBeLessThan(0.1);
      }
    }
  });

  it('opens the mouth within two frames of the first sound', () => {
    const { open } = buildMouthTrack(
      voice((frame) => (frame < 50 ? 0 : 0.2)),
      frameRate,
      1,
    );
    expect(open[49]).toBe(0);
    expect(open[52]).toBeGreaterThan(0.5);
  });

  it('opens the mouth as far for a quiet microphone as for a loud one', () => {
    const quiet = buildMouthTrack(phrases(0.03), frameRate, 1);
    const loud = buildMouthTrack(phrases(0.5), frameRate, 1);
    expect(largest(quiet.open)).toBeGreaterThan(0.85 * largest(loud.open));
  });

  it('keeps the teeth together on s and f', () => {
    const vowel = buildMouthTrack(
      voice(() => 0.2),
      frameRate,
      1,
    );
    const half = voice((frame) => (frame % 25 < 12 ? 0.2 : 0.2));
    const hiss = buildMouthTrack({ ...half, crossings: new Float32Array(100).fill(0.6) }, frameRate, 1);
    expect(largest(hiss.open)).toBeLessThan(0.6 * largest(vowel.open));
  });

  it('moves through a held tone, at one pace', () => {
    const { open, round } = buildMouthTrack(
      voice(() => 0.2),
      frameRate,
      1,
    );
    for (let frame = 10; frame < 100; frame++) {
      const movement = Math.hypot(
        4 * ((open[frame] ?? 0) - (open[frame - 1] ?? 0)),
        2.4 * ((round[frame] ?? 0) - (round[frame - 1] ?? 0)),
      );
      expect(movement).toBeGreaterThan(0.2);
    }
  });

  it.each([8, 16, 24, 25, 30])('moves, to the eye, as much as is heard, also in short syllables: %d fps', (fps) => {
    const syllables = Array.from({ length: 4 * fps }, (_, frame) => {
      const seconds = frame / fps;
      return seconds % 1.3 < 1 ? 0.2 * Math.abs(Math.sin(2 * Math.PI * 2.3 * seconds)) : 0;
    });
    const spoken = voice((frame) => syllables[frame] ?? 0, syllables.length);
    const { open, round } = buildMouthTrack(spoken, { numerator: fps, denominator: 1 }, 1);
    const step = (values: Float32Array, frame: number): number => (values[frame] ?? 0) - (values[frame - 1] ?? 0);
    // The luma energy that a warped portrait shows for each.
    const seen = syllables.slice(1).map((_, index) => 2000 * step(open, index + 1) ** 2 + 170 * step(round, index + 1) ** 2);
    expect(correlate(seen, syllables.slice(1))).toBeGreaterThan(0.7);
  });

  it('closes the mouth as a sound ends, not in the silence after it', () => {
    const { open } = buildMouthTrack(
      voice((frame) => (frame < 50 ? 0.2 : 0)),
      frameRate,
      1,
    );
    expect(open[49]).toBeLessThan((open[48] ?? 0) - 0.15);
    expect(open[53]).toBeLessThan(0.1);
  });

  it('hears speech above a hum', () => {
    const { open } = buildMouthTrack(
      voice((frame) => (frame % 25 < 12 ? 0.2 : 0.02)),
      frameRate,
      1,
    );
    expect(open[22]).toBeLessThan(0.05);
    expect(open[8]).toBeGreaterThan(0.5);
  });

  it('is the same for the same seed and another for another', () => {
    const track = (seed: number) => [...buildMouthTrack(phrases(0.2), frameRate, seed).open];
    expect(track(5)).toEqual(track(5));
    expect(track(5)).not.toEqual(track(6));
  });
});
