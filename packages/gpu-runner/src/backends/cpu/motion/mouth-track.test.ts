import { describe, expect, it } from 'vitest';
import { buildMouthTrack } from './mouth-track.ts';

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
