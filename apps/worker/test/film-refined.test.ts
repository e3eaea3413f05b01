import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JobSpecOf } from '@polyreel/core';
import { createCpuRunner, createToolRunner } from '@polyreel/gpu-runner';
import { probe } from '@polyreel/media';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeLuma } from './measure-film.ts';
import { runPlan } from './run-plan.ts';

const media = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
const runners = [createCpuRunner(media), createToolRunner(media)];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-film-refined-'));
});
afterAll(async () => {
  await Promise.all(runners.map((runner) => runner.close()));
  await rm(folder, { recursive: true, force: true });
});

const spec: JobSpecOf<'generate'> = {
  ...{ kind: 'generate', specVersion: 1, model: 'wan22', canvas: { width: 64, height: 48 } },
  scenes: [
    { prompt: 'a snowfield by day', negativePrompt: '' },
    { prompt: 'the milky way in space', negativePrompt: '' },
  ],
  ...{ frameRate: { numerator: 16, denominator: 1 }, framesPerScene: 8, seed: 3, outputName: 'film' },
};

it('a film of two scenes comes twice as large and at twice the rate, with exactly its frames, and its cut stays one', async () => {
  const results = await runPlan(
    { ...spec, upscaleFactor: 2, outputFrameRate: { numerator: 32, denominator: 1 } },
    { runners, media, folder },
  );
  const film = results.film?.artifacts.find(({ role }) => role === 'film');
  if (!film) throw new Error('no film');
  expect(film).toMatchObject({ frameCount: 32, durationSeconds: 1, width: 128, height: 96 });
  const { video } = await probe(media, film.objectKey, { signal: AbortSignal.timeout(60_000), countsFrames: true });
  expect(video).toMatchObject({ width: 128, height: 96, frameCount: 32, frameRate: { numerator: 32, denominator: 1 } });
  const { frames } = await decodeLuma(media, film.objectKey, { width: 128, height: 96 });
  const light = frames.map((frame) => frame.reduce((sum, value) => sum + value, 0) / frame.length);
  // Pale snow, then the dark of space: no frame is between the two.
  const [pale, dark] = [light[0] ?? 0, light[31] ?? 0];
  expect(pale - dark).toBeGreaterThan(25);
  for (const [index, value] of light.entries()) expect(Math.abs(value - (index < 16 ? pale : dark))).toBeLessThan(10);
  expect(results.film?.warnings).toEqual([]);
});
