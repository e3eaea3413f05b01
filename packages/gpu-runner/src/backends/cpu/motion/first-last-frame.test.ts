import { readFile } from 'node:fs/promises';
import { scaled } from '@polyreel/testkit/scale';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createStudio,
  encodersIn,
  factsOf,
  ffmpeg,
  firstLastFrame,
  frameHashes,
  landscape,
  lumaFrames,
  neighbourSimilarities,
  portrait,
  similarityToPicture,
} from './test-kit.ts';

const TIMEOUT_MS = 300_000;
const canvas = { width: 416, height: 240 };
const SHIFT = 36;
let studio: Awaited<ReturnType<typeof createStudio>>;
/** Two looks at one scene: the same photograph cut out in two places. */
let near = '';
let nearShifted = '';
let halfWay = '';

beforeAll(async () => {
  studio = await createStudio();
  near = studio.file('near.png');
  nearShifted = studio.file('shifted.png');
  halfWay = studio.file('half-way.png');
  const cut = (x: number): string => `scale=600:-1,crop=${canvas.width}:${canvas.height}:${x}:60`;
  await ffmpeg(['-i', landscape, '-vf', cut(60), near]);
  await ffmpeg(['-i', landscape, '-vf', cut(60 + SHIFT), nearShifted]);
  await ffmpeg(['-i', landscape, '-vf', cut(60 + SHIFT / 2), halfWay]);
}, TIMEOUT_MS);
afterAll(() => studio.remove());

const pairOf = (kind: number): readonly [first: string, last: string] => {
  if (kind === 1) return [near, nearShifted];
  if (kind === 2) return [landscape, landscape];
  if (kind === 3) return [landscape, portrait];
  return kind === 4 ? [nearShifted, near] : [portrait, landscape];
};

describe('first and last frame', () => {
  const cases = Array.from({ length: scaled(60) }, (_, index) => ({
    name: ['unrelated', 'related', 'equal', 'unrelated, tall', 'related, back again'][index % 5] ?? 'unrelated',
    kind: index % 5,
    seed: index * 7,
  }));
  it.each(cases)(
    'begins and ends with the given pictures and goes from one to the other ($name, seed $seed)',
    async ({ kind, seed }) => {
      const [first, last] = pairOf(kind);
      const shape = kind === 3 ? { width: 240, height: 416 } : canvas;
      const frameCount = kind === 1 ? 33 : 40;
      const film = await studio.make(firstLastFrame({ canvas: shape, seed, frameCount }), { image: first, lastImage: last });
      expect(await similarityToPicture(film, 0, first)).toBeGreaterThan(0.98);
      expect(await similarityToPicture(film, frameCount - 1, last)).toBeGreaterThan(0.98);
      const similarities = await neighbourSimilarities(film);
      expect(Math.min(...similarities)).toBeGreaterThan(0.9);
      expect(Math.max(...similarities)).toBeLessThan(0.999);
      expect(new Set(await frameHashes(film)).size).toBe(frameCount);
    },
    TIMEOUT_MS,
  );

  it(
    'moves a scene that was seen twice instead of showing it double',
    async () => {
      const film = await studio.make(firstLastFrame({ canvas, frameCount: 33 }), { image: near, lastImage: nearShifted });
      expect(await similarityToPicture(film, 16, halfWay)).toBeGreaterThan(0.93);
    },
    TIMEOUT_MS,
  );

  it(
    'dissolves pictures that have nothing in common, bright and dark alike on the way',
    async () => {
      const film = await studio.make(firstLastFrame({ canvas, frameCount: 33 }), { image: portrait, lastImage: landscape });
      const frames = await lumaFrames(film);
      const light = frames.map((frame) => frame.reduce((sum, value) => sum + value, 0) / frame.length);
      const [from = 0, to = 0] = [light[0], light[32]];
      for (const [index, value] of light.entries()) {
        if (index === 0 || index === 32) continue;
        expect(value).toBeGreaterThan(Math.min(from, to) - 4);
        expect(value).toBeLessThan(Math.max(from, to) + 4);
      }
    },
    TIMEOUT_MS,
  );

  it.each([
    { width: 832, height: 480, numerator: 16, denominator: 1, frameCount: 3 },
    { width: 840, height: 480, numerator: 30_000, denominator: 1001, frameCount: 2 },
    { width: 64, height: 64, numerator: 24, denominator: 1, frameCount: 25 },
    { width: 120, height: 16, numerator: 30, denominator: 1, frameCount: 1 },
    { width: 1280, height: 720, numerator: 25, denominator: 1, frameCount: 2 },
  ])(
    'has exactly $frameCount frames of $width x $height at $numerator/$denominator',
    async (shape) => {
      const { width, height, numerator, denominator, frameCount } = shape;
      const task = firstLastFrame({ canvas: { width, height }, frameRate: { numerator, denominator }, frameCount });
      const film = await studio.make(task, { image: portrait, lastImage: landscape });
      expect(await factsOf(film)).toMatchObject({
        width,
        height,
        frameCount,
        frameRate: { numerator, denominator },
        codec: 'h264',
      });
      expect(film.progress.toSorted((a, b) => a - b)).toEqual(film.progress);
      expect(film.progress.at(-1)).toBe(1);
    },
    TIMEOUT_MS,
  );

  it(
    'makes the same film for the same seed with any number of threads',
    async () => {
      const make = (threads: number) =>
        studio.make(firstLastFrame({ canvas }), { image: near, lastImage: nearShifted }, { threads });
      const [one, two] = [await make(1), await make(2)];
      expect((await readFile(one.path)).equals(await readFile(two.path))).toBe(true);
    },
    TIMEOUT_MS,
  );

  it(
    'stops when it is told to and leaves nothing behind',
    async () => {
      const own = await createStudio();
      try {
        for (const stopAt of [0, 0.1, 0.6]) {
          const abort = new AbortController();
          if (stopAt === 0) abort.abort();
          const run = own.make(
            firstLastFrame({ canvas, frameCount: 100 }),
            { image: portrait, lastImage: landscape },
            { signal: abort.signal, onProgress: (ratio) => ratio >= stopAt && abort.abort() },
          );
          await expect(run).rejects.toMatchObject({ name: 'StepError', code: 'aborted', permanent: false });
        }
        expect(encodersIn(own.folder)).toEqual([]);
        expect(await own.leftovers()).toEqual([]);
      } finally {
        await own.remove();
      }
    },
    TIMEOUT_MS,
  );

  it('says which picture is missing', async () => {
    const run = studio.make(firstLastFrame({ canvas }), { image: portrait });
    await expect(run).rejects.toMatchObject({ code: 'missing_input', publicMessage: expect.stringContaining('lastImage') });
  });
});
