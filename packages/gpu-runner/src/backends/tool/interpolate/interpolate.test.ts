import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createToolRunner } from '../index.ts';
import { photoPart, psnr, readLuma, testContext, testTools, writeTestFilm } from '../test-kit.ts';
import { ratiosBetween } from './schedule.ts';

const canvas = { width: 256, height: 192 };
const rate = (numerator: number, denominator = 1) => ({ numerator, denominator });
const runner = createToolRunner(testTools);
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyreel-interpolate-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const refine = async (video: string, frameRate: ReturnType<typeof rate>, frameCount: number) => {
  const context = await testContext(folder, { video });
  return runner.run({ type: 'interpolate', model: 'interpolator', canvas, frameRate, frameCount }, context);
};
const mix = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((value, at) => (value + (b[at] ?? 0)) / 2);

test('frames made between those of a moving camera show what lies there, far better than a blend', async () => {
  const truth = await Promise.all(
    Array.from({ length: 13 }, (_, index) => photoPart('portrait.jpg', { ...canvas, left: 40 + index * 7, top: 60 + index * 3 })),
  );
  const given = truth.filter((_, index) => index % 2 === 0);
  const video = await writeTestFilm(given, { path: join(folder, 'given.mp4'), canvas, frameRate: rate(16) });
  const whole = await writeTestFilm(truth, { path: join(folder, 'truth.mp4'), canvas, frameRate: rate(32) });
  const { path, warnings } = await refine(video, rate(32), 14);
  expect(warnings).toEqual([]);
  const [made, wanted] = [await readLuma(path, canvas), await readLuma(whole, canvas)];
  expect(made).toHaveLength(14);
  for (let index = 0; index < 13; index++) {
    const [frame, original] = [made[index] ?? mix(canvasOf(0), canvasOf(0)), wanted[index] ?? canvasOf(0)];
    const quality = psnr(frame, original, canvas, 24);
    if (index % 2 === 0) expect(quality).toBeGreaterThan(36);
    else {
      const blend = psnr(mix(wanted[index - 1] ?? canvasOf(0), wanted[index + 1] ?? canvasOf(0)), original, canvas, 24);
      expect(quality).toBeGreaterThan(30);
      expect(quality).toBeGreaterThan(blend + 6);
    }
  }
});

test('nothing of one scene is mixed into the next at a cut', async () => {
  const scenes = [
    ...(await Promise.all([0, 4, 8].map((left) => photoPart('portrait.jpg', { ...canvas, left: 100 + left, top: 60 })))),
    ...(await Promise.all([0, 4, 8].map((left) => photoPart('landscape.jpg', { ...canvas, left: 100 + left, top: 160 })))),
  ];
  const video = await writeTestFilm(scenes, { path: join(folder, 'cut.mp4'), canvas, frameRate: rate(8) });
  const [before, after] = [(await readLuma(video, canvas))[2], (await readLuma(video, canvas))[3]];
  const made = await readLuma((await refine(video, rate(32), 24)).path, canvas);
  expect(made).toHaveLength(24);
  const scenesSeen = made.slice(8, 13).map((frame) => {
    const [old, young] = [psnr(frame, before ?? frame, canvas), psnr(frame, after ?? frame, canvas)];
    expect(Math.max(old, young)).toBeGreaterThan(32);
    expect(Math.min(old, young)).toBeLessThan(15);
    return old > young ? 'old' : 'young';
  });
  expect(scenesSeen).toEqual(['old', 'old', 'young', 'young', 'young']);
});

test('a still film stays still, and a rate that does not divide gives exactly its frames', async () => {
  const still = await photoPart('landscape.jpg', { ...canvas, left: 200, top: 100 });
  const video = await writeTestFilm([still, still, still, still], {
    path: join(folder, 'still.mp4'),
    canvas,
    frameRate: rate(8),
  });
  const made = await readLuma((await refine(video, rate(30_000, 1001), 15)).path, canvas);
  expect(made).toHaveLength(15);
  for (const frame of made) expect(psnr(frame, made[0] ?? frame, canvas)).toBeGreaterThan(40);
});

test.each([
  [rate(16), rate(32), 81],
  [rate(16), rate(24), 400],
  [rate(24), rate(16), 400],
  [rate(30_000, 1001), rate(60), 500],
])('the places of new frames are those of their times and never drift (%o to %o)', (given, wanted, count) => {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const { startsGiven, ratios } = ratiosBetween(index, given, wanted);
    for (const ratio of [...(startsGiven ? [0] : []), ...ratios])
      times.push(((index + ratio) * given.denominator * wanted.numerator) / (given.numerator * wanted.denominator));
  }
  for (const [index, time] of times.entries()) expect(time).toBeCloseTo(index, 6);
});

const canvasOf = (value: number): Uint8Array => new Uint8Array(canvas.width * canvas.height).fill(value);
