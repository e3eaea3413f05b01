import { expect, test } from 'vitest';
import type { MediaTiming } from '../scene-graph.ts';
import { sourceSecondsAt, splitIntoRuns } from './media-time.ts';

const timing = (changes: Partial<MediaTiming> = {}): MediaTiming => ({
  trim: { numerator: 1, denominator: 1 },
  speed: { numerator: 2, denominator: 1 },
  end: { numerator: 5, denominator: 1 },
  isReversed: false,
  onEnd: 'hide',
  ...changes,
});

test('time in a source starts at the trim and runs by the speed until nothing is left', () => {
  expect([0, 0.5, 1.9, 2, 3].map((seconds) => sourceSecondsAt(timing(), seconds))).toEqual([1, 2, 4.8, null, null]);
});

test('a loop starts again at the trim, a freeze stays within the last frame', () => {
  expect(sourceSecondsAt(timing({ onEnd: 'loop' }), 2.5)).toBeCloseTo(2, 9);
  expect(sourceSecondsAt(timing({ onEnd: 'loop' }), 4)).toBeCloseTo(1, 9);
  expect(sourceSecondsAt(timing({ onEnd: 'freeze' }), 9)).toBeCloseTo(4.999, 6);
});

test('backwards the last frame comes first and the first is held at the end', () => {
  const reversed = timing({ isReversed: true, onEnd: 'freeze' });
  expect(sourceSecondsAt(reversed, 0)).toBeCloseTo(4.999, 6);
  expect(sourceSecondsAt(reversed, 1)).toBeCloseTo(2.999, 6);
  expect(sourceSecondsAt(reversed, 7)).toBe(1);
});

test('a speed of 0 shows the trim for ever', () => {
  expect(sourceSecondsAt(timing({ speed: { numerator: 0, denominator: 1 } }), 99)).toBe(1);
});

test('moments are cut into runs that a decoder can serve in one go, and nothing is lost', () => {
  const moments = [0, 0.1, 0.2, 0.3, 0, 0.1, 0.2, null, null, 5, 5, 5, 4.9, 4.8];
  const runs = [...splitIntoRuns(moments)];
  const back = runs.flatMap((run) =>
    run === null ? [null] : Array.from({ length: run.count }, (_, index) => run.startSeconds + index * run.stepSeconds),
  );
  expect(back.length).toBe(moments.length);
  for (const [index, moment] of moments.entries()) {
    if (moment === null) expect(back[index]).toBeNull();
    else expect(back[index]).toBeCloseTo(moment, 9);
  }
  expect(runs.length).toBeLessThanOrEqual(7);
});
