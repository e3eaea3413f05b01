import { beforeAll, describe, expect, inject, it } from 'vitest';
import { loadOpenCv, type OpenCv } from '../motion/morph-flow.ts';
import { type Movement, measureMovement } from '../motion/test-kit.ts';
import { openFilm, plainPrompts, sampleOf, type TextToVideo, textToVideoTask } from './test-kit.ts';
import { sceneKinds } from './words.ts';

let cv: OpenCv;
beforeAll(async () => {
  ({ cv } = await loadOpenCv());
});

const scaled = (full: number): number => Math.min(full, Math.max(5, Math.round(full * inject('testScale'))));

/** Movement between neighbours before and after the middle of the film. */
const watch = async (task: TextToVideo): Promise<Movement[]> => {
  const film = await openFilm(task);
  const pairs = [34, 58].map((index) => measureMovement(cv, task.canvas, film.luma(index), film.luma(index + 1)));
  return pairs;
};

/** What the picture does under each move, in pixels a frame; it goes the other way than the camera. */
const moves = [
  ['pan left', ({ x }: Movement) => x],
  ['pan right', ({ x }: Movement) => -x],
  ['tilt up', ({ y }: Movement) => y],
  ['zoom in', ({ expansion }: Movement) => expansion * 300],
  ['zoom out', ({ expansion }: Movement) => -expansion * 300],
] as const;

describe('the picture follows the camera', () => {
  // Moves vary faster than kinds, so that a small sample has all of them.
  const cases = sceneKinds.flatMap((kind, index) =>
    moves.map(([move, along], at) => ({ kind, move, along, seed: 100 + index * 5 + at })),
  );
  const spread = cases.map((_, index) => cases[(index * 33) % cases.length]).filter((item) => item !== undefined);
  it.each(sampleOf(spread, scaled(cases.length)))('$move over $kind (seed $seed)', async ({ kind, move, along, seed }) => {
    const movements = await watch(textToVideoTask({ prompt: `${plainPrompts[kind]}, ${move}`, seed }));
    for (const movement of movements) expect(along(movement)).toBeGreaterThan(0.05);
  });
});

describe('a locked shot stands still', () => {
  it.each(sampleOf(sceneKinds, scaled(sceneKinds.length)))('%s', async (kind) => {
    const movements = await watch(textToVideoTask({ prompt: `${plainPrompts[kind]}, locked shot`, seed: 7 }));
    for (const { x, y } of movements) expect(Math.hypot(x, y)).toBeLessThan(0.1);
  });
});

describe('guidance widens the asked move', () => {
  it.each(sampleOf(['mountains', 'forest', 'space', 'underwater', 'aurora'] as const, 5))('%s', async (kind) => {
    const lengths: number[] = [];
    for (const guidance of [1, 4, 7.5, 15]) {
      const task = textToVideoTask({
        prompt: `${plainPrompts[kind]}, pan right`,
        seed: 3,
        guidance,
        canvas: { width: 416, height: 240 },
      });
      lengths.push((await watch(task)).reduce((sum, { length }) => sum + length, 0));
    }
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    expect(new Set(lengths).size).toBe(4);
  });
});
