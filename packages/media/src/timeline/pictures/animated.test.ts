import { expect, test } from 'vitest';
import { animatedBounds, ease, valueAt } from './animated.ts';

const linear = { type: 'linear' } as const;

test('a value holds before the first piece, between two, and after the last', () => {
  const animated = {
    pieces: [
      { fromSeconds: 1, toSeconds: 2, from: 10, to: 20, easing: linear },
      { fromSeconds: 3, toSeconds: 4, from: 50, to: 60, easing: linear },
    ],
  };
  expect([0, 1, 1.5, 2, 2.9, 3, 3.25, 4, 9].map((seconds) => valueAt(animated, seconds))).toEqual([
    10, 10, 15, 20, 20, 50, 52.5, 60, 60,
  ]);
});

test('a bezier starts at 0, ends at 1, and is symmetric where its handles are', () => {
  const curve = { type: 'bezier', x1: 0.42, y1: 0, x2: 0.58, y2: 1 } as const;
  expect(ease(curve, 0)).toBe(0);
  expect(ease(curve, 1)).toBe(1);
  expect(ease(curve, 0.5)).toBeCloseTo(0.5, 6);
  expect(ease(curve, 0.25)).toBeCloseTo(1 - ease(curve, 0.75), 6);
  expect(ease(curve, 0.25)).toBeCloseTo(0.129, 3);
});

test('a curve with handles beyond 1 overshoots, and the bounds know it', () => {
  const back = { type: 'bezier', x1: 0.34, y1: 1.56, x2: 0.64, y2: 1 } as const;
  expect(ease(back, 0.6)).toBeGreaterThan(1);
  const { max } = animatedBounds({ pieces: [{ fromSeconds: 0, toSeconds: 1, from: 0, to: 100, easing: back }] });
  expect(max).toBeGreaterThan(105);
});

test('hold jumps at the end, a spring comes to rest', () => {
  expect([0, 0.99, 1].map((u) => ease({ type: 'hold' }, u))).toEqual([0, 0, 1]);
  expect(ease({ type: 'spring' }, 0.25)).toBeGreaterThan(1);
  expect(ease({ type: 'spring' }, 1)).toBe(1);
});
