import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunnerTask, RunnerTaskType } from '@polyreel/core';
import { probe } from '@polyreel/media';
import { scaled } from '@polyreel/testkit/scale';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ComfyRunner, createComfyRunner } from '../../src/backends/comfyui/index.ts';
import { testTools } from '../../src/backends/tool/test-kit.ts';
import { describeRunner } from '../../src/conformance.ts';
import type { Runner, RunResult } from '../../src/runner.ts';
import { makeTestInputs, type TestInputs } from '../comfyui-kit.ts';
import { type Lane, openLane } from './lane.ts';

const patienceMs = 1_500_000;
const words = 'a heron over the estuary';
const canvas = { width: 64, height: 64 } as const;
const frameRate = { numerator: 16, denominator: 1 } as const;
const clip = { model: 'wan22', canvas, frameRate, frameCount: 5, prompt: words, negativePrompt: '' } as const;
const settings = { ...testTools, headers: {}, quality: 'fast', warmsUp: false } as const;

const models: Partial<Record<RunnerTaskType, string>> = {
  'talking-head': 'wan22-s2v',
  'upscale-image': 'upscaler',
  'upscale-video': 'upscaler',
  interpolate: 'interpolator',
};

/** The suite names no model of the catalog. */
const withModels = (runner: Runner): Runner => ({
  ...{ name: runner.name, kind: runner.kind, tasks: runner.tasks },
  run: (task, context) => runner.run({ ...task, model: models[task.type] ?? 'wan22' }, context),
  close: () => runner.close(),
});

describeRunner(
  'the ComfyUI runner on the real server',
  async () => {
    const lane = await openLane(1, { hasPlaceholders: false });
    const runner = createComfyRunner({ ...settings, urls: lane.servers.map(({ url }) => url) });
    await runner.examine(AbortSignal.timeout(60_000));
    return {
      ...{ runner: withModels(runner), tools: testTools, inputs: await makeTestInputs(join(lane.folder, 'files')) },
      close: () => lane.close(),
    };
  },
  {
    tasks: [
      'text-to-video',
      'image-to-video',
      'first-last-frame',
      'talking-head',
      'upscale-image',
      'upscale-video',
      'interpolate',
    ],
    sizes: (type) =>
      type === 'talking-head'
        ? [{ canvas, frameRate: { numerator: 25, denominator: 1 }, frameCount: 15 }]
        : [{ canvas: { width: 64, height: 48 }, frameRate, frameCount: 8 }],
  },
);

describe('jobs over two real servers', () => {
  let lane: Lane;
  let inputs: TestInputs;
  let runner: ComfyRunner;
  beforeAll(async () => {
    lane = await openLane(2, { hasPlaceholders: false });
    inputs = await makeTestInputs(join(lane.folder, 'files'));
    runner = createComfyRunner({ ...settings, urls: lane.servers.map(({ url }) => url) });
    await runner.examine(AbortSignal.timeout(60_000));
  });
  afterAll(async () => {
    await runner?.close();
    await lane?.close();
  });

  const run = async (task: RunnerTask, more: { signal?: AbortSignal; runNames?: readonly string[] } = {}): Promise<RunResult> => {
    const scratchDir = await mkdtemp(join(lane.folder, 'files', 'run-'));
    return runner.run(task, {
      inputs,
      scratchDir,
      signal: AbortSignal.timeout(patienceMs),
      onProgress: () => undefined,
      ...more,
    });
  };
  /** As a worker does: three attempts. */
  const attempt = async (task: RunnerTask): Promise<RunResult> => {
    const step = randomUUID();
    for (let count = 1; ; count += 1) {
      const runNames = Array.from({ length: count }, (_, at) => `${step}/${count - at}`);
      const made = await run(task, { runNames }).catch((error: unknown) => error);
      if (!(made instanceof Error) && isResult(made)) return made;
      if (count === 3) throw made;
    }
  };
  const kinds: readonly ((seed: number) => RunnerTask)[] = [
    (seed) => ({ type: 'text-to-video', ...clip, seed }),
    (seed) => ({ type: 'image-to-video', ...clip, seed }),
    (seed) => ({ type: 'first-last-frame', ...clip, seed }),
    () => ({
      type: 'upscale-video',
      model: 'upscaler',
      canvas: { width: 192, height: 128 },
      frameRate: { numerator: 12, denominator: 1 },
      frameCount: 4,
    }),
    () => ({
      ...{ type: 'interpolate', model: 'interpolator', canvas: { width: 96, height: 64 } },
      ...{ frameRate: { numerator: 24, denominator: 1 }, frameCount: 8 },
    }),
  ];
  const talking = (seed: number): RunnerTask => ({
    ...{
      type: 'talking-head',
      model: 'wan22-s2v',
      canvas,
      frameRate: { numerator: 25, denominator: 1 },
      frameCount: 15,
      seed,
      prompt: words,
    },
  });

  it('all end, each with the film that was asked for, and none with the words in it', async () => {
    const count = scaled(50);
    const tasks = Array.from({ length: count }, (_, at) => (at % 25 === 4 ? talking(at) : kinds[at % kinds.length]?.(at)));
    const made = await Promise.all(tasks.map((task) => (task ? attempt(task) : Promise.reject(new Error('no task')))));
    for (const [at, { path }] of made.entries()) {
      const task = tasks[at];
      if (task === undefined || !('frameCount' in task)) throw new Error('no film was asked for');
      const { video } = await probe(testTools, path, { signal: AbortSignal.timeout(60_000), countsFrames: true });
      expect(video).toMatchObject({ ...task.canvas, frameCount: task.frameCount, frameRate: task.frameRate });
      expect((await readFile(path)).includes(words)).toBe(false);
    }
  });

  it.each(Array.from({ length: scaled(20) }, (_, at) => ({ at })))(
    'end after their server was killed and came back ($at)',
    async ({ at }) => {
      const victim = lane.servers[at % lane.servers.length];
      if (victim === undefined) throw new Error('no server');
      const films = [0, 1, 2].map((index) => attempt({ type: 'text-to-video', ...clip, seed: 1000 + at * 10 + index }));
      // From before the first prompt to after the last one.
      await new Promise((resolve) => setTimeout(resolve, at * 400));
      await victim.kill();
      await victim.restart();
      for (const { mediaType } of await Promise.all(films)) expect(mediaType).toBe('video/mp4');
    },
  );

  it('free their server when they are cancelled', async () => {
    const stop = new AbortController();
    const long: RunnerTask = { type: 'text-to-video', ...clip, canvas: { width: 256, height: 256 }, frameCount: 81, seed: 77 };
    const film = run(long, { signal: stop.signal });
    const isBusy = async (): Promise<boolean> => {
      const loads = await Promise.all(
        lane.servers.map(async ({ url }) => {
          const answer: unknown = await (await fetch(`${url}/prompt`)).json();
          return JSON.stringify(answer).includes('"queue_remaining":0') ? 0 : 1;
        }),
      );
      return loads.some((load) => load > 0);
    };
    const untilBusy = async (wanted: boolean): Promise<void> => {
      const end = performance.now() + patienceMs;
      while ((await isBusy()) !== wanted) {
        if (performance.now() > end) throw new Error(`in vain waited for a server that is ${wanted ? 'busy' : 'free'}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await untilBusy(true);
    const begun = performance.now();
    stop.abort();
    await expect(film).rejects.toMatchObject({ code: 'aborted' });
    await untilBusy(false);
    console.log(`free ${((performance.now() - begun) / 1000).toFixed(2)} s after the cancel`);
  });
});

const isResult = (made: unknown): made is RunResult => typeof made === 'object' && made !== null && 'mediaType' in made;
