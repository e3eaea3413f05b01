import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Artifact, type JobSpecOf, modelCatalog, plan, type StepResult } from '@polyreel/core';
import { createCpuRunner } from '@polyreel/gpu-runner';
import { measureLoudness, probe } from '@polyreel/media';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAssembleFilm } from '../src/steps/assemble-film.ts';
import { createRunTask } from '../src/steps/run-task.ts';
import type { OutputFile, StepContext, StepOutcome } from '../src/steps/step-executor.ts';

const media = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
const runner = createCpuRunner(media);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-film-sound-'));
});
afterAll(async () => {
  await runner.close();
  await rm(folder, { recursive: true, force: true });
});

const capabilities = [...runner.tasks].map((task) => ({ runner: runner.name, kind: runner.kind, task, model: '*' }));
let count = 0;

/** Runs a whole plan by the worker's own executors, files for objects. */
async function runPlan(spec: JobSpecOf<'generate'> | JobSpecOf<'tool'>) {
  const results: Record<string, StepResult> = {};
  const executors = {
    task: createRunTask({ runners: new Map([[runner.name, runner]]), media }),
    film: createAssembleFilm({ media }),
  };
  for (const step of plan(spec, { models: modelCatalog, capabilities }).steps) {
    const context = await contextOf(results);
    if (step.type === 'run-task') results[step.key] = await executors.task(step.params, context).then(readResult);
    else if (step.type === 'assemble-film') results[step.key] = await executors.film(step.params, context).then(readResult);
    else throw new Error(`${step.type} is not run here`);
  }
  return results;
}

const readResult = ({ artifacts, warnings }: StepOutcome): StepResult => ({
  artifacts: [...artifacts],
  warnings: [...warnings],
});

async function contextOf(results: Readonly<Record<string, StepResult>>): Promise<StepContext> {
  count += 1;
  const scratchDir = path.join(folder, String(count));
  await mkdir(scratchDir);
  const keep = async (file: OutputFile): Promise<Artifact> => {
    count += 1;
    const objectKey = path.join(folder, `${count}-${file.name}`);
    await copyFile(file.path, objectKey);
    return {
      role: file.role,
      fileId: objectKey,
      objectKey,
      mediaType: file.mediaType,
      sizeBytes: 1,
      name: file.name,
      ...file.facts,
    };
  };
  const resultOf = (key: string): StepResult => {
    const result = results[key];
    if (!result) throw new Error(`no step ${key}`);
    return result;
  };
  return {
    step: {
      ...{ jobId: 'job_1', stepId: 'stp_1', key: 'step', type: 'run-task', resource: 'cpu', accountId: 'usr_1', attempt: 1 },
      ...{ leaseToken: 'x', params: null, results: {}, timeoutSeconds: 600, surface: 'one', externalId: 'x' },
    },
    signal: AbortSignal.timeout(240_000),
    scratchDir,
    log: () => undefined,
    onProgress: () => undefined,
    fetchFile: () => Promise.reject(new Error('no file is given')),
    fetchArtifact: async ({ objectKey }) => objectKey,
    keep,
    resultOf,
  };
}

const scenes = [
  { prompt: 'rain on a roof', negativePrompt: '' },
  { prompt: 'a robot plays chess', negativePrompt: '' },
];
const spec: JobSpecOf<'generate'> = {
  ...{ kind: 'generate', specVersion: 1, model: 'wan22', scenes, canvas: { width: 64, height: 64 } },
  ...{ frameRate: { numerator: 16, denominator: 1 }, framesPerScene: 80, seed: 3, outputName: 'film' },
};

describe('a film with music and effects', () => {
  it('is as long as its scenes, at -16 LUFS, its true peak under -1 dB, and tells what could not be heard once', async () => {
    const results = await runPlan({
      ...spec,
      soundEffects: { model: 'sound-effects', prompt: '', scenePrompts: scenes.map(({ prompt }) => prompt) },
      music: { model: 'ace-step', tags: 'cinematic', lyrics: '[Inst]', bpm: 85, keyscale: 'Eb minor' },
    });
    const film = results.film?.artifacts.find(({ role }) => role === 'film');
    if (!film) throw new Error('no film');
    expect(film).toMatchObject({ frameCount: 160, durationSeconds: 10 });
    const facts = await probe(media, film.objectKey, { signal: AbortSignal.timeout(60_000), countsFrames: true });
    expect(facts.video?.frameCount).toBe(160);
    expect(facts.audio).toMatchObject({ sampleRate: 48_000, channels: 2 });
    expect(facts.durationSeconds).toBeCloseTo(10, 1);
    const { integrated, truePeak } = await measureLoudness(media, film.objectKey, { signal: AbortSignal.timeout(60_000) });
    expect(Math.abs(integrated + 16)).toBeLessThan(1);
    expect(truePeak).toBeLessThan(-1);
    expect(results.film?.warnings).toEqual([{ code: 'no-sound-in-prompt', details: { task: 'sound-effect' } }]);
  });

  it('gives a sound alone as MP3 where that is wanted', async () => {
    const task = {
      type: 'music',
      model: 'ace-step',
      tags: '',
      lyrics: '',
      bpm: 120,
      keyscale: 'C major',
      durationSeconds: 3,
      seed: 1,
    } as const;
    const results = await runPlan({ kind: 'tool', specVersion: 1, inputs: {}, outputName: 'song', audioFormat: 'mp3', task });
    expect(results.task?.artifacts).toMatchObject([
      { role: 'audio', mediaType: 'audio/mpeg', name: 'song.mp3', durationSeconds: 3 },
    ]);
  });
});
