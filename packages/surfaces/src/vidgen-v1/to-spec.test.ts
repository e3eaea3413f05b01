import { describe, expect, it } from 'vitest';
import { canvasOf } from './to-spec.ts';

describe('canvasOf', () => {
  it.each([
    [
      { width: 640, height: 480 },
      { width: 640, height: 480 },
    ],
    [
      { width: 641, height: 479 },
      { width: 642, height: 480 },
    ],
    [
      { width: 4000, height: 3000 },
      { width: 1280, height: 960 },
    ],
    [
      { width: 1000, height: 5000 },
      { width: 256, height: 1280 },
    ],
    [
      { width: 1, height: 1 },
      { width: 64, height: 64 },
    ],
  ])('%o becomes %o', (image, canvas) => {
    expect(canvasOf(image)).toEqual(canvas);
  });
});
