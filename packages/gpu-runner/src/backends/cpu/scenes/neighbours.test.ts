import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { frameHashes, neighbourSimilarities, never, tools } from '../motion/test-kit.ts';
import { plainPrompts, sampleOf, textToVideoTask } from './test-kit.ts';
import { textToVideo } from './text-to-video.ts';
import { sceneKinds } from './words.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyreel-neighbours-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const moves = ['', 'locked shot', 'pan left', 'tilt up', 'zoom in', 'zoom out', 'dolly in', 'truck right'];

describe('no frame equals the one before, and none jumps', () => {
  const cases = sceneKinds.flatMap((kind) => moves.map((move, at) => ({ kind, move, seed: 200 + at })));
  const spread = cases.map((_, index) => cases[(index * 51) % cases.length]).filter((item) => item !== undefined);
  const count = Math.min(cases.length, Math.max(6, Math.round(cases.length * inject('testScale'))));

  it.each(sampleOf(spread, count))('$kind, $move (seed $seed)', async ({ kind, move, seed }) => {
    const scratchDir = await mkdtemp(join(folder, 'run-'));
    // Two seconds of the five: the moves are then at full pace. Shorter films would only move faster.
    const task = textToVideoTask({ prompt: `${plainPrompts[kind]}, ${move}`, seed, frameCount: 34 });
    const context = { inputs: {}, scratchDir, signal: never, onProgress: () => undefined };
    const { path } = await textToVideo(task, context, tools);
    const film = { path, canvas: task.canvas, warnings: [], progress: [] };
    const similarities = await neighbourSimilarities(film);
    expect(similarities).toHaveLength(task.frameCount - 1);
    expect(Math.min(...similarities)).toBeGreaterThanOrEqual(0.9);
    expect(Math.max(...similarities)).toBeLessThanOrEqual(0.999);
    expect(new Set(await frameHashes(film)).size).toBe(task.frameCount);
  });
});
