import { join } from 'node:path';
import type { RunnerTask, RunnerTaskType } from '@polyreel/core';
import { scaled } from '@polyreel/testkit/scale';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ComfyRunner, createComfyRunner } from '../../src/backends/comfyui/index.ts';
import { testTools } from '../../src/backends/tool/test-kit.ts';
import { describeRunner } from '../../src/conformance.ts';
import type { Runner } from '../../src/runner.ts';
import { makeTestInputs } from '../comfyui-kit.ts';
import { type Lane, openLane } from './lane.ts';
import {
  canvas,
  clip,
  createJobDesk,
  expectAsAsked,
  expectIdle,
  filmsOf,
  frameRate,
  makeLaneInputs,
  patienceMs,
  words,
} from './lane-jobs.ts';

const jobsSchema = z.object({
  jobs: z.array(
    z.object({
      ...{ id: z.string(), status: z.literal('completed') },
      ...{ execution_start_time: z.number(), execution_end_time: z.number() },
    }),
  ),
});

/** Seconds that the servers themselves took for every prompt that they know, each of which must have ended well. */
async function executionTimes(lane: Lane): Promise<Map<string, number>> {
  const lists = await Promise.all(
    lane.servers.map(async ({ url }) => jobsSchema.parse(await (await fetch(`${url}/api/jobs?limit=1000`)).json()).jobs),
  );
  return new Map(
    lists.flat().map(({ id, execution_start_time: begin, execution_end_time: end }) => [id, (end - begin) / 1000] as const),
  );
}

const settings = { ...testTools, headers: {}, quality: 'fast', warmsUp: false } as const;

const models: Partial<Record<RunnerTaskType, string>> = {
  'talking-head': 'wan22-s2v',
  'upscale-image': 'upscaler',
  'upscale-video': 'upscaler',
  interpolate: 'interpolator',
};

/** The suite names no model of the catalog. Music takes minutes a piece, and has a file of its own. */
const withModels = (runner: Runner): Runner => ({
  ...{ name: runner.name, kind: runner.kind, tasks: new Set([...runner.tasks].filter((task) => task !== 'music')) },
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

const kinds: readonly ((seed: number) => RunnerTask)[] = [
  (seed) => ({ type: 'text-to-video', ...clip, seed }),
  (seed) => ({ type: 'image-to-video', ...clip, seed }),
  (seed) => ({ type: 'first-last-frame', ...clip, seed }),
  // Who names steps and guidance is given Wan 2.1.
  (seed) => ({ type: 'image-to-video', ...clip, seed, samplerSteps: 4, guidance: 6 }),
  () => ({ type: 'upscale-video', model: 'upscaler', canvas: { width: 128, height: 128 }, frameRate, frameCount: 5 }),
  () => ({ type: 'interpolate', model: 'interpolator', canvas, frameRate: { numerator: 32, denominator: 1 }, frameCount: 10 }),
];
const talking = (seed: number): RunnerTask => ({
  ...{ type: 'talking-head', model: 'wan22-s2v', canvas, frameRate: { numerator: 25, denominator: 1 } },
  ...{ frameCount: 15, seed, prompt: words },
});
const nameOf = (task: RunnerTask): string => ('samplerSteps' in task ? `${task.type}, asked` : task.type);

describe('jobs over two real servers', () => {
  let lane: Lane;
  let runner: ComfyRunner;
  beforeAll(async () => {
    lane = await openLane(2, { hasPlaceholders: false });
    runner = createComfyRunner({ ...settings, urls: lane.servers.map(({ url }) => url) });
    await runner.examine(AbortSignal.timeout(60_000));
  });
  afterAll(async () => {
    await runner?.close();
    await lane?.close();
  });

  it(
    'all end, each made once, with the film that was asked for and none of the words in it',
    async () => {
      const desk = createJobDesk({ lane, runner, inputs: await makeLaneInputs(lane) });
      const count = scaled(50);
      // Two of them talk, however few there are.
      const talks = new Set([3, Math.max(4, Math.floor(count / 2))]);
      const tasks = Array.from({ length: count }, (_, at) => (talks.has(at) ? talking(at) : kinds[at % kinds.length]?.(at)));
      const begun = performance.now();
      const jobs = await Promise.all(
        tasks.map((task) => (task === undefined ? Promise.reject(new Error('no task')) : desk.work(task))),
      );
      const seconds = (performance.now() - begun) / 1000;
      const made = await Promise.all(jobs.map((job) => filmsOf(lane, job)));
      for (const job of jobs) await expectAsAsked(job);
      expect(new Set(jobs.map(({ path }) => path)).size).toBe(count);
      expect(made.map((films) => films.length)).toEqual(jobs.map(() => 1));
      const shares = lane.servers.map((_, server) => made.flat().filter((film) => film.server === server).length);
      expect(shares.every((share) => share > 0)).toBe(true);
      await expectIdle(lane);
      const names = [...new Set(jobs.map(({ task }) => nameOf(task)))];
      const times = await executionTimes(lane);
      const lines = names.map((name) => {
        const of = jobs.filter(({ task }) => nameOf(task) === name);
        const took = of.map(
          ({ promptIds }) => promptIds.map((id) => times.get(id)).find((time) => time !== undefined) ?? Number.NaN,
        );
        return `${of.length} ${name}: ${took.map((time) => time.toFixed(1)).join(', ')} s`;
      });
      console.log(`${count} jobs in ${seconds.toFixed(0)} s, ${shares.join(' and ')} of them on one server\n${lines.join('\n')}`);
      expect(
        jobs.flatMap(({ failures }) => failures),
        'attempts that failed',
      ).toEqual([]);
    },
    patienceMs,
  );
});
