import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FilmTaskType, RunnerTask, RunnerTaskType } from '@polyreel/core';
import { probe, runProcess } from '@polyreel/media';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeComfyProcess } from '@polyreel/testkit/comfyui';
import {
  clipTask,
  type ComfyBench,
  makeTestInputs,
  openComfyBench,
  testSettings,
  type TestInputs,
} from '../../../test/comfyui-kit.ts';
import { describeRunner } from '../../conformance.ts';
import type { Runner } from '../../runner.ts';
import { testTools } from '../tool/test-kit.ts';
import { createComfyRunner } from './index.ts';

const models: Readonly<Record<RunnerTaskType, string>> = {
  'text-to-video': 'wan22',
  'image-to-video': 'wan22',
  'first-last-frame': 'wan22',
  'talking-head': 'wan22-s2v',
  'sound-effect': 'sound-effects',
  music: 'ace-step',
  speech: 'speech',
  image: 'z-image-turbo',
  vectorise: 'vectoriser',
  'upscale-image': 'upscaler',
  'upscale-video': 'upscaler',
  interpolate: 'interpolator',
  'cut-out-image': 'cut-out',
  'cut-out-video': 'cut-out',
};

/** The suite names no model of the catalog. */
const withModels = (runner: Runner): Runner => ({
  name: runner.name,
  kind: runner.kind,
  tasks: runner.tasks,
  run: (task, context) => runner.run({ ...task, model: models[task.type] }, context),
  close: () => runner.close(),
});

const wideSize = { canvas: { width: 72, height: 56 }, frameRate: { numerator: 25, denominator: 1 }, frameCount: 7 };
const sizes = (type: FilmTaskType) =>
  type === 'talking-head'
    ? [{ canvas: { width: 64, height: 64 }, frameRate: { numerator: 25, denominator: 1 }, frameCount: 15 }]
    : [{ canvas: { width: 64, height: 48 }, frameRate: { numerator: 16, denominator: 1 }, frameCount: 8 }, wideSize];

describeRunner(
  'the ComfyUI runner',
  async () => {
    // In a process of its own: what the server starts is not the runner's.
    const server = await startFakeComfyProcess();
    const folder = await mkdtemp(join(tmpdir(), 'polyreel-comfyui-'));
    const runner = createComfyRunner({ ...testTools, ...testSettings, urls: [server.url] });
    await runner.examine(AbortSignal.timeout(60_000));
    return {
      runner: withModels(runner),
      tools: testTools,
      inputs: await makeTestInputs(folder),
      async close() {
        await server.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
  {
    tasks: [
      ...(['text-to-video', 'image-to-video', 'first-last-frame', 'talking-head', 'sound-effect', 'music'] as const),
      ...(['image', 'upscale-image', 'cut-out-image', 'upscale-video', 'interpolate', 'cut-out-video'] as const),
    ],
    sizes,
  },
);

describe('what a ComfyUI server makes', () => {
  let bench: ComfyBench;
  let folder: string;
  let inputs: TestInputs;
  beforeAll(async () => {
    bench = await openComfyBench({
      fakes: [{ pathPrefix: '/cards/1', requiredHeader: ['x-token', 'open sesame'] }],
      runner: { headers: { 'X-Token': 'open sesame' } },
    });
    folder = await mkdtemp(join(tmpdir(), 'polyreel-comfyui-'));
    inputs = await makeTestInputs(folder);
  });
  afterAll(async () => {
    await bench?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const secret = 'the heron and the lighthouse keeper';
  const clip = { ...clipTask, prompt: secret };
  const still = { canvas: { width: 64, height: 48 }, seed: 1, prompt: secret, negativePrompt: '' };
  const sound = { prompt: secret, negativePrompt: secret, durationSeconds: 1.25, seed: 1 };
  const talk = { canvas: clip.canvas, frameRate: clip.frameRate, frameCount: 10, seed: 1, prompt: secret };
  const tasks: RunnerTask[] = [
    clip,
    { ...clip, type: 'image-to-video' },
    { type: 'talking-head', model: 'wan22-s2v', ...talk },
    { type: 'image', model: 'z-image-turbo', ...still },
    { type: 'sound-effect', model: 'sound-effects', ...sound },
    {
      type: 'music',
      model: 'ace-step',
      tags: secret,
      lyrics: secret,
      bpm: 90,
      keyscale: 'C major',
      durationSeconds: 1.25,
      seed: 1,
    },
    { type: 'cut-out-image', model: 'cut-out' },
  ];
  it.each(tasks)('says no word of a prompt or a graph in its metadata: $type', async (task) => {
    const before = bench.fakes[0]?.posts.length;
    const { path } = await bench.run(task, { inputs: { image: inputs.image, audio: inputs.audio } });
    expect(bench.fakes[0]?.posts.length).toBe((before ?? 0) + 1);
    const bytes = await readFile(path);
    expect(bytes.length).toBeGreaterThan(500);
    for (const word of [secret, 'class_type', 'filename_prefix', 'KSampler']) expect(bytes.includes(word)).toBe(false);
  });

  it.each(['sound-effect', 'music'] as const)('of %s lasts exactly as long as asked', async (type) => {
    const task: RunnerTask =
      type === 'music'
        ? { type, model: 'ace-step', tags: '', lyrics: '', bpm: 90, keyscale: 'C major', durationSeconds: 2.345, seed: 1 }
        : { type, model: 'sound-effects', ...sound, durationSeconds: 2.345 };
    const { path, mediaType } = await bench.run(task);
    expect(mediaType).toBe('audio/wav');
    const { audio } = await probe(testTools, path, { signal: AbortSignal.timeout(60_000) });
    expect(audio).toMatchObject({ codec: 'pcm_s16le', sampleRate: 48_000 });
    // To the sample.
    expect(audio?.durationSeconds).toBeCloseTo(2.345, 4);
  });

  it('is made in parts where it is long, each from the end of the one before, on one server', async () => {
    const audio = join(folder, 'long.wav');
    const args = ['-v', 'error', '-f', 'lavfi', '-i', 'sine=duration=130:sample_rate=8000', audio];
    await runProcess({ command: testTools.ffmpegPath, args, signal: AbortSignal.timeout(60_000), timeoutMs: 60_000 });
    const [fake] = bench.fakes;
    const before = fake?.posts.length ?? 0;
    const { path } = await bench.run(
      { type: 'talking-head', model: 'wan22-s2v', ...talk, frameCount: 130 * 16 },
      { inputs: { image: inputs.image, audio }, onPreview: () => undefined },
    );
    const { video } = await probe(testTools, path, { signal: AbortSignal.timeout(60_000), countsFrames: true });
    expect(video?.frameCount).toBe(130 * 16);
    const parts = fake?.posts.slice(before) ?? [];
    expect(parts).toHaveLength(2);
    const loaded = Object.values(parts[1]?.graph ?? {}).find((node) => node.class_type === 'LoadVideo')?.inputs.file;
    expect(loaded).toMatch(/^polyreel\/[0-9a-f-]+_00001_\.mp4 \[output\]$/);
  });

  it('is told of by warnings, where the caller did not get what was named', async () => {
    const own = await bench.openRunner({ quality: 'fast' });
    const { warnings } = await own.run(
      { ...clip, negativePrompt: 'people' },
      { inputs: {}, scratchDir: folder, signal: AbortSignal.timeout(60_000), onProgress: () => undefined },
    );
    expect(warnings).toEqual([{ code: 'negative_prompt_ignored', details: {} }]);
  });

  it('refuses for good what no model takes, and tasks that are not ComfyUI work', async () => {
    const music = { type: 'music', model: 'ace-step', tags: '', lyrics: '', bpm: 90, durationSeconds: 2, seed: 1 } as const;
    await expect(bench.run({ ...music, keyscale: 'H minor' })).rejects.toMatchObject({ code: 'unknown_key', permanent: true });
    await expect(bench.run({ type: 'vectorise', model: 'vectoriser', detailRatio: 0.5 })).rejects.toMatchObject({
      ...{ code: 'unsupported_task', permanent: true },
    });
  });
});
