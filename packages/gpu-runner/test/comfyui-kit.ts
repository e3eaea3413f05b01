import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunnerTask, RunnerTaskOf } from '@polyreel/core';
import { runProcess } from '@polyreel/media';
import { type FakeComfy, type FakeComfyOptions, startFakeComfy } from '@polyreel/testkit/comfyui';
import sharp from 'sharp';
import type { RunContext, RunResult } from '../src/runner.ts';
import { fixture, photoPart, testTools, writeTestFilm } from '../src/backends/tool/test-kit.ts';
import { type ComfyRunner, type ComfyRunnerOptions, createComfyRunner } from '../src/backends/comfyui/index.ts';

/** Far beyond what anything here takes. */
export const PATIENCE_MS = 120_000;

export const clipTask: RunnerTaskOf<'text-to-video'> = {
  type: 'text-to-video',
  model: 'wan22',
  canvas: { width: 64, height: 48 },
  frameRate: { numerator: 16, denominator: 1 },
  frameCount: 5,
  seed: 1,
  prompt: 'waves on a beach at sunset',
  negativePrompt: '',
};

/** Quick enough for tests, slow enough for a busy machine. */
export const testTimes = { pollMs: 50, hintedPollMs: 10, downLookMs: 50, unreachableMs: 1500, idleMs: 500 } as const;

export const testSettings = { headers: {}, quality: 'auto', warmsUp: false, times: testTimes } as const;

export interface ComfyBench {
  readonly folder: string;
  readonly fakes: readonly FakeComfy[];
  readonly runner: ComfyRunner;
  /** A further runner over the same servers, as another worker has. */
  openRunner(options?: Partial<ComfyRunnerOptions>): Promise<ComfyRunner>;
  run(task: RunnerTask, context?: Partial<RunContext>): Promise<RunResult>;
  close(): Promise<void>;
}

/** One runner over fake servers, looked at and ready. */
export async function openComfyBench(
  options: { fakes?: readonly FakeComfyOptions[]; runner?: Partial<ComfyRunnerOptions> } = {},
): Promise<ComfyBench> {
  const folder = await mkdtemp(join(tmpdir(), 'polyreel-comfyui-'));
  const fakes = await Promise.all((options.fakes ?? [{}]).map((one) => startFakeComfy(one)));
  const runners: ComfyRunner[] = [];
  const openRunner = async (more: Partial<ComfyRunnerOptions> = {}): Promise<ComfyRunner> => {
    const runner = createComfyRunner({
      ...testTools,
      ...testSettings,
      urls: fakes.map(({ url }) => url),
      ...options.runner,
      ...more,
      times: { ...testTimes, ...options.runner?.times, ...more.times },
    });
    runners.push(runner);
    await runner.examine(AbortSignal.timeout(PATIENCE_MS));
    return runner;
  };
  const runner = await openRunner();
  return {
    folder,
    fakes,
    runner,
    openRunner,
    run: (task, context) => runOn(runner, folder, task, context),
    async close() {
      await Promise.all(runners.map((one) => one.close()));
      await Promise.all(fakes.map((fake) => fake.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function runOn(
  runner: ComfyRunner,
  folder: string,
  task: RunnerTask,
  context: Partial<RunContext> = {},
): Promise<RunResult> {
  const scratchDir = await mkdtemp(join(folder, 'run-'));
  return runner.run(task, {
    ...{ inputs: {}, scratchDir, signal: AbortSignal.timeout(PATIENCE_MS), onProgress: () => undefined },
    ...context,
  });
}

export interface TestInputs {
  readonly image: string;
  readonly lastImage: string;
  readonly audio: string;
  readonly video: string;
}

/** A portrait, a landscape, a second of tone and four frames of film. */
export async function makeTestInputs(folder: string): Promise<TestInputs> {
  const image = join(folder, 'image.png');
  const lastImage = join(folder, 'last.png');
  const audio = join(folder, 'audio.wav');
  await sharp(fixture('portrait.jpg')).resize(96, 96).png().toFile(image);
  await sharp(fixture('landscape.jpg')).resize(96, 96).png().toFile(lastImage);
  await runProcess({
    command: testTools.ffmpegPath,
    args: ['-v', 'error', '-f', 'lavfi', '-i', 'sine=frequency=220:duration=0.6', audio],
    signal: AbortSignal.timeout(PATIENCE_MS),
    timeoutMs: PATIENCE_MS,
  });
  const canvas = { width: 96, height: 64 };
  const frames = await Promise.all(
    [0, 4, 8, 12].map((left) => photoPart('portrait.jpg', { ...canvas, left: 160 + left, top: 40 })),
  );
  const frameRate = { numerator: 12, denominator: 1 };
  const video = await writeTestFilm(frames, { path: join(folder, 'film.mp4'), canvas, frameRate });
  return { image, lastImage, audio, video };
}

/** Resolves when `isTrue`; for states that no event tells of. */
export async function until(isTrue: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`in vain waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
