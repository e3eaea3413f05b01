import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JobSpecOf, StandaloneResults } from '@polyreel/core';
import { createCpuRunner } from '@polyreel/gpu-runner';
import { placeMark } from '@polyreel/media/watermark';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeLuma } from './measure-film.ts';
import { runPlan } from './run-plan.ts';

const media = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
const runner = createCpuRunner(media);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-marked-'));
});
afterAll(async () => {
  await runner.close();
  await rm(folder, { recursive: true, force: true });
});

const canvas = { width: 160, height: 96 };
const look = { position: 'bottom-right', scale: 0.5, opacity: 1, margin: 0.05 } as const;
const results: StandaloneResults = { count: 1, collection: 'library', isTemporary: false, description: 'a night' };
const prompt = 'a dark night sky';
const specs: Readonly<Record<'film' | 'image', JobSpecOf<'generate'> | JobSpecOf<'tool'>>> = {
  film: {
    ...{ kind: 'generate', specVersion: 1, model: 'wan22', scenes: [{ prompt: prompt, negativePrompt: '' }], canvas },
    ...{ frameRate: { numerator: 16, denominator: 1 }, framesPerScene: 8, seed: 3, outputName: 'result', results },
  },
  image: {
    ...{ kind: 'tool', specVersion: 1, inputs: {}, outputName: 'result', results },
    task: { type: 'image', model: 'z-image-turbo', canvas, seed: 3, prompt: prompt, negativePrompt: '' },
  },
};

it.each(['film', 'image'] as const)('a marked %s is the plain one but for the mark in its corner', async (role) => {
  const spec = specs[role];
  const visibleMark = { ...look, content: { text: 'MARKED', color: '#ffffff' } };
  const made = async (change: Partial<StandaloneResults>, step: string) => {
    const kept = await runPlan({ ...spec, results: { ...results, ...change } }, { runners: [runner], media, folder });
    const artifact = kept[step]?.artifacts.find((one) => one.role === role);
    if (!artifact) throw new Error(`${step} made no ${role}`);
    expect(artifact).toMatchObject({ name: role === 'film' ? 'result.mp4' : 'result.png', ...canvas });
    return (await decodeLuma(media, artifact.objectKey, canvas)).frames;
  };
  const plain = await made({}, role === 'film' ? 'film' : 'task');
  const marked = await made({ visibleMark }, 'mark');
  expect(marked).toHaveLength(plain.length);
  const box = placeMark(canvas, { width: 2, height: 1 }, look);
  for (const [index, frame] of marked.entries()) {
    const changed = [...frame.entries()].filter(([place, luma]) => Math.abs(luma - (plain[index]?.[place] ?? 0)) > 60);
    expect(changed.length).toBeGreaterThan(30);
    for (const [place] of changed) {
      expect(place % canvas.width).toBeGreaterThanOrEqual(box.x);
      expect(Math.floor(place / canvas.width)).toBeGreaterThanOrEqual(box.y);
    }
  }
});
