import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Artifact, type GeneratedFileStore, type JobSpecOf, modelCatalog, plan, type StepResult } from '@polyreel/core';
import type { Runner } from '@polyreel/gpu-runner';
import type { MediaTools } from '@polyreel/media';
import { createAssembleFilm } from '../src/steps/assemble-film.ts';
import { createDrawMark } from '../src/steps/draw-mark.ts';
import { createDrawStory } from '../src/steps/draw-story.ts';
import { createRunTask } from '../src/steps/run-task.ts';
import type { OutputFile, StepContext, StepOutcome } from '../src/steps/step-executor.ts';
import { checkOwnEdit, renderDocument } from '../src/timeline/render-document.ts';

/** Runs a whole plan by the worker's own executors, files of `folder` for objects. */
export async function runPlan(
  spec: JobSpecOf<'generate'> | JobSpecOf<'tool'> | JobSpecOf<'story'>,
  options: { runners: readonly Runner[]; media: MediaTools; folder: string },
): Promise<Record<string, StepResult>> {
  const { runners, media, folder } = options;
  const capabilities = runners.flatMap((runner) =>
    [...runner.tasks].map((task) => ({ runner: runner.name, kind: runner.kind, task, model: '*' })),
  );
  const results: Record<string, StepResult> = {};
  const executors = {
    task: createRunTask({ runners: new Map(runners.map((runner) => [runner.name, runner])), media, generated: nothingGenerated }),
    film: createAssembleFilm({ media }),
    mark: createDrawMark({ media }),
    story: createDrawStory({ checkEdit: checkOwnEdit, render: (request) => renderDocument(media, request) }),
  };
  for (const step of plan(spec, { models: modelCatalog, capabilities }).steps) {
    const context = await contextOf(results, folder);
    if (step.type === 'run-task') results[step.key] = await executors.task(step.params, context).then(readResult);
    else if (step.type === 'assemble-film') results[step.key] = await executors.film(step.params, context).then(readResult);
    else if (step.type === 'draw-story') results[step.key] = await executors.story(step.params, context).then(readResult);
    else if (step.type === 'draw-mark') results[step.key] = await executors.mark(step.params, context).then(readResult);
    // Renditions are the library's; the file is what it was made from.
    else if (step.type !== 'process-file') throw new Error(`${step.type} is not run here`);
  }
  return results;
}

const nothingGenerated: GeneratedFileStore = { find: async () => null, keep: async () => undefined };

let count = 0;

const readResult = ({ artifacts, warnings }: StepOutcome): StepResult => ({
  artifacts: [...artifacts],
  warnings: [...warnings],
});

async function contextOf(results: Readonly<Record<string, StepResult>>, folder: string): Promise<StepContext> {
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
    isHandedOver: () => false,
    onPreview: () => undefined,
    fetchFile: () => Promise.reject(new Error('no file is given')),
    fetchArtifact: async ({ objectKey }) => objectKey,
    keep,
    resultOf,
  };
}
