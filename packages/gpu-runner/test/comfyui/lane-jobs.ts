import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { RunnerTask } from '@polyreel/core';
import { probe } from '@polyreel/media';
import { expect } from 'vitest';
import type { ComfyRunner } from '../../src/backends/comfyui/index.ts';
import { promptIdOf } from '../../src/backends/comfyui/prompt-id.ts';
import { serverFolder } from '../../src/backends/comfyui/run-parts.ts';
import { photoPart, testTools, writeTestFilm } from '../../src/backends/tool/test-kit.ts';
import type { RunResult } from '../../src/runner.ts';
import { makeTestInputs, type TestInputs } from '../comfyui-kit.ts';
import type { Lane } from './lane.ts';

export const words = 'a heron over the estuary';
export const canvas = { width: 64, height: 64 } as const;
export const frameRate = { numerator: 16, denominator: 1 } as const;
export const clip = { model: 'wan22', canvas, frameRate, frameCount: 5, prompt: words, negativePrompt: '' } as const;
/** For a server that has more to do than it should. */
export const patienceMs = 7_200_000;

const attemptsMost = 3;

/** A piece of work as a worker has it, and how it ended. */
export interface EndedJob {
  readonly task: RunnerTask;
  readonly path: string;
  readonly attempts: number;
  /** Why attempts failed. */
  readonly failures: readonly string[];
  readonly seconds: number;
  /** Every id that a prompt of it may have had. */
  readonly promptIds: readonly string[];
}

/** The inputs of the other tests, but a film of 64x64 and five frames. */
export async function makeLaneInputs(lane: Lane): Promise<TestInputs> {
  const folder = join(lane.folder, 'files');
  const frames = await Promise.all(
    [0, 3, 6, 9, 12].map((left) => photoPart('portrait.jpg', { ...canvas, left: 160 + left, top: 40 })),
  );
  const video = await writeTestFilm(frames, { path: join(folder, 'small.mp4'), canvas, frameRate });
  return { ...(await makeTestInputs(folder)), video };
}

/** Runs work as a worker does: up to three attempts, each of which knows the names of those before it. */
export function createJobDesk({ lane, runner, inputs }: { lane: Lane; runner: ComfyRunner; inputs: TestInputs }) {
  const run = async (task: RunnerTask, more: { signal?: AbortSignal; runNames?: readonly string[] } = {}): Promise<RunResult> => {
    const scratchDir = await mkdtemp(join(lane.folder, 'files', 'run-'));
    const signal = AbortSignal.timeout(patienceMs);
    return runner.run(task, { inputs, scratchDir, signal, onProgress: () => undefined, ...more });
  };
  const work = async (task: RunnerTask): Promise<EndedJob> => {
    const step = randomUUID();
    const begun = performance.now();
    const failures: string[] = [];
    for (let count = 1; ; count += 1) {
      const runNames = Array.from({ length: count }, (_, at) => `${step}/${count - at}`);
      try {
        const { path } = await run(task, { runNames });
        const seconds = (performance.now() - begun) / 1000;
        return { task, path, attempts: count, failures, seconds, promptIds: runNames.flatMap((name) => promptIdsOf(name)) };
      } catch (error) {
        if (count === attemptsMost) throw error;
        failures.push(inspect(error));
      }
    }
  };
  return { run, work };
}

const promptIdsOf = (name: string): string[] => [0, 1, 2, 3].map((again) => promptIdOf(name, 0, again));

export interface ServerFilm {
  readonly server: number;
  readonly writtenAtMs: number;
}

/** What the servers wrote for a job: their folders outlive their deaths. */
export async function filmsOf(lane: Lane, { promptIds }: EndedJob): Promise<ServerFilm[]> {
  const found = await Promise.all(
    lane.servers.map(async (_, server) => {
      const folder = join(lane.folder, 'servers', `server-${server}`, 'output', serverFolder);
      const names = (await readdir(folder).catch(() => [])).filter((name) => promptIds.some((id) => name.startsWith(id)));
      return Promise.all(names.map(async (name) => ({ server, writtenAtMs: (await stat(join(folder, name))).mtimeMs })));
    }),
  );
  return found.flat();
}

/** Exactly the size, number of frames and rate that were asked, and no word of the prompt in the file. */
export async function expectAsAsked({ task, path }: EndedJob): Promise<void> {
  if (!('frameCount' in task)) throw new Error('no film was asked for');
  const { video } = await probe(testTools, path, { signal: AbortSignal.timeout(60_000), countsFrames: true });
  expect(video).toMatchObject({ ...task.canvas, frameCount: task.frameCount, frameRate: task.frameRate });
  expect((await readFile(path)).includes(words)).toBe(false);
}

/** Nothing runs or waits on any server. */
export async function expectIdle(lane: Lane): Promise<void> {
  for (const { url } of lane.servers) expect(await isBusy(url)).toBe(false);
}

export async function isBusy(url: string): Promise<boolean> {
  const answer: unknown = await (await fetch(`${url}/prompt`)).json();
  return !JSON.stringify(answer).includes('"queue_remaining":0');
}
