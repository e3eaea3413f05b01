import { readFile } from 'node:fs/promises';
import { scaled } from '@polyreel/testkit/scale';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadOpenCv, type OpenCv } from './morph-flow.ts';
import {
  createStudio,
  encodersIn,
  type Film,
  factsOf,
  ffmpeg,
  frameHashes,
  imageToVideo,
  landscape,
  lumaFrames,
  type Movement,
  measureMovement,
  neighbourSimilarities,
  portrait,
  similarityToPicture,
} from './test-kit.ts';

const TIMEOUT_MS = 300_000;
const canvas = { width: 416, height: 240 };
let studio: Awaited<ReturnType<typeof createStudio>>;
let openCv: { cv: OpenCv };
const pictures: Record<string, string> = {};

beforeAll(async () => {
  studio = await createStudio();
  openCv = await loadOpenCv();
  Object.assign(pictures, { portrait, landscape, fractal: studio.file('fractal.png'), chart: studio.file('chart.png') });
  await ffmpeg(['-f', 'lavfi', '-i', 'mandelbrot=s=640x400:start_scale=0.4', '-frames:v', '1', studio.file('fractal.png')]);
  await ffmpeg(['-f', 'lavfi', '-i', 'testsrc2=s=640x360', '-frames:v', '1', studio.file('chart.png')]);
}, TIMEOUT_MS);
afterAll(() => studio.remove());

/** Movement between a frame and a later one, in the middle of the film. */
const movementOf = async (film: Film, step: number): Promise<Movement> => {
  const frames = await lumaFrames(film);
  const middle = frames.length >> 1;
  return measureMovement(openCv.cv, film.canvas, frames[middle - step] ?? new Uint8Array(), frames[middle] ?? new Uint8Array());
};

const pictureOf = (index: number): string => ['landscape', 'portrait', 'fractal', 'chart'][index % 4] ?? 'landscape';

describe('image to video', () => {
  const asked: readonly (readonly [string, (movement: Movement) => number])[] = [
    ['pan left', ({ x }) => x],
    ['pan right', ({ x }) => -x],
    ['tilt up', ({ y }) => y],
    ['tilt down', ({ y }) => -y],
    ['zoom in', ({ expansion }) => 100 * expansion],
    ['zoom out', ({ expansion }) => -100 * expansion],
    ['dolly in', ({ expansion }) => 100 * expansion],
    ['truck right', ({ x }) => -x],
    ['camera rolls clockwise', ({ turn }) => -100 * turn],
  ];
  const cases = asked.flatMap(([prompt, sign]) =>
    Array.from({ length: Math.max(1, Math.round(scaled(180) / asked.length)) }, (_, index) => ({
      prompt,
      sign,
      seed: index * 97 + 1,
      picture: pictureOf(index),
    })),
  );
  it.each(cases)(
    'moves the picture as "$prompt" says ($picture, seed $seed)',
    async ({ prompt, sign, seed, picture }) => {
      const film = await studio.make(imageToVideo({ canvas, prompt, seed, frameCount: 24 }), { image: pictures[picture] ?? '' });
      expect(sign(await movementOf(film, 6))).toBeGreaterThan(0.1);
    },
    TIMEOUT_MS,
  );

  it.each(['landscape', 'portrait', 'fractal'])(
    'keeps the camera still on "locked shot" but the picture alive (%s)',
    async (picture) => {
      const film = await studio.make(imageToVideo({ canvas, prompt: 'locked shot of a quiet place', frameCount: 32 }), {
        image: pictures[picture] ?? '',
      });
      const frames = await lumaFrames(film);
      for (const index of [1, 8, 16, 31]) {
        const { x, y } = measureMovement(
          openCv.cv,
          canvas,
          frames[index - 1] ?? new Uint8Array(),
          frames[index] ?? new Uint8Array(),
        );
        expect(Math.hypot(x, y)).toBeLessThan(0.1);
      }
      const { x, y, expansion } = measureMovement(
        openCv.cv,
        canvas,
        frames[1] ?? new Uint8Array(),
        frames[31] ?? new Uint8Array(),
      );
      expect(Math.hypot(x, y)).toBeLessThan(0.1);
      expect(Math.abs(expansion)).toBeLessThan(0.001);
      expect(new Set(await frameHashes(film)).size).toBe(32);
      expect(Math.max(...(await neighbourSimilarities(film)))).toBeLessThan(0.999);
    },
    TIMEOUT_MS,
  );

  it(
    'moves farther with more guidance',
    async () => {
      const lengths: number[] = [];
      for (const guidance of [1, 4, 7.5, 15]) {
        const film = await studio.make(imageToVideo({ canvas, prompt: 'pan left', guidance, frameCount: 24 }), {
          image: landscape,
        });
        lengths.push((await movementOf(film, 6)).length);
      }
      expect(lengths.toSorted((a, b) => a - b)).toEqual(lengths);
      expect(lengths.at(-1)).toBeGreaterThan(1.3 * (lengths[0] ?? 0));
    },
    TIMEOUT_MS,
  );

  const prompts = [
    'pan left',
    'zoom out',
    'orbit',
    'heavy rain',
    'a woman waves, hair moves in the wind',
    'snowfall',
    'fog',
    'handheld camera',
    '',
  ];
  const films = Array.from({ length: Math.max(prompts.length, scaled(60)) }, (_, index) => ({
    prompt: prompts[index % prompts.length] ?? '',
    picture: pictureOf(index),
    seed: index * 13,
  }));
  it.each(films)(
    'begins as the picture and goes on without jump or stop: "$prompt" ($picture, seed $seed)',
    async ({ prompt, picture, seed }) => {
      const film = await studio.make(imageToVideo({ canvas, prompt, seed, frameCount: 24 }), { image: pictures[picture] ?? '' });
      expect(await similarityToPicture(film, 0, pictures[picture] ?? '')).toBeGreaterThan(0.98);
      const similarities = await neighbourSimilarities(film);
      expect(Math.min(...similarities)).toBeGreaterThan(0.9);
      expect(Math.max(...similarities)).toBeLessThan(0.999);
      expect(new Set(await frameHashes(film)).size).toBe(24);
    },
    TIMEOUT_MS,
  );

  it.each([
    { width: 832, height: 480, numerator: 16, denominator: 1, frameCount: 5 },
    { width: 840, height: 480, numerator: 30_000, denominator: 1001, frameCount: 3 },
    { width: 64, height: 64, numerator: 24, denominator: 1, frameCount: 33 },
    { width: 480, height: 832, numerator: 30, denominator: 1, frameCount: 2 },
    { width: 16, height: 250, numerator: 16, denominator: 1, frameCount: 1 },
    { width: 1920, height: 1080, numerator: 25, denominator: 1, frameCount: 2 },
  ])(
    'has exactly $frameCount frames of $width x $height at $numerator/$denominator',
    async (shape) => {
      const { width, height, numerator, denominator, frameCount } = shape;
      const task = imageToVideo({
        canvas: { width, height },
        frameRate: { numerator, denominator },
        frameCount,
        prompt: 'truck left, rain',
      });
      const film = await studio.make(task, { image: portrait });
      expect(await factsOf(film)).toMatchObject({
        width,
        height,
        frameCount,
        frameRate: { numerator, denominator },
        codec: 'h264',
      });
      expect(film.progress.toSorted((a, b) => a - b)).toEqual(film.progress);
      expect(film.progress.at(-1)).toBe(1);
      expect(film.warnings).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'makes the same film for the same seed with any number of threads, and another for another seed',
    async () => {
      const make = (seed: number, threads: number) =>
        studio.make(imageToVideo({ canvas, seed, prompt: 'dolly in, snow falls' }), { image: landscape }, { threads });
      const [one, two, other] = [await make(3, 1), await make(3, 2), await make(4, 2)];
      expect((await readFile(one.path)).equals(await readFile(two.path))).toBe(true);
      expect(await frameHashes(other)).not.toEqual(await frameHashes(one));
    },
    TIMEOUT_MS,
  );

  it(
    'leaves out what the negative prompt names',
    async () => {
      const make = (prompt: string, negativePrompt: string) =>
        studio.make(imageToVideo({ canvas, prompt, negativePrompt }), { image: landscape });
      const plain = await frameHashes(await make('a rocket', ''));
      expect(await frameHashes(await make('a rocket, rain', 'rain'))).toEqual(plain);
      expect(await frameHashes(await make('a rocket, rain', ''))).not.toEqual(plain);
    },
    TIMEOUT_MS,
  );

  it(
    'stops when it is told to and leaves nothing behind',
    async () => {
      const own = await createStudio();
      try {
        for (const stopAt of [0, 0.05, 0.6]) {
          const abort = new AbortController();
          if (stopAt === 0) abort.abort();
          const run = own.make(
            imageToVideo({ canvas, frameCount: 100, prompt: 'zoom in' }),
            { image: landscape },
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

  it(
    'refuses a canvas that H.264 cannot carry, and a missing picture',
    async () => {
      const odd = studio.make(imageToVideo({ canvas: { width: 417, height: 240 } }), { image: landscape });
      await expect(odd).rejects.toMatchObject({ code: 'invalid_canvas', permanent: true });
      await expect(studio.make(imageToVideo({ canvas }), {})).rejects.toMatchObject({ code: 'missing_input', permanent: true });
    },
    TIMEOUT_MS,
  );
});
