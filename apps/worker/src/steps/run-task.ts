import { durationOfFrames, type InputRef, type RunnerName, StepError, type TaskInputRole, taskInputRoles } from '@polyreel/core';
import type { Runner } from '@polyreel/gpu-runner';
import { extractLastFrame, type MediaTools, probe } from '@polyreel/media';
import path from 'node:path';
import type { StepContext, StepExecutor } from './step-executor.ts';

/** Gives one neutral task to its runner and keeps the clip for later steps. */
export function createRunTask(deps: { runners: ReadonlyMap<RunnerName, Runner>; media: MediaTools }): StepExecutor<'run-task'> {
  return async (params, context) => {
    const runner = deps.runners.get(params.runner);
    if (!runner)
      throw new StepError({
        code: 'runner_missing',
        publicMessage: `Runner ${params.runner} is not available`,
        permanent: false,
      });
    const inputs: Partial<Record<TaskInputRole, string>> = {};
    for (const role of taskInputRoles) {
      const ref = params.inputs[role];
      if (ref) inputs[role] = await bring(ref, context, deps.media);
    }
    const startedAt = performance.now();
    const made = await runner.run(params.task, {
      inputs,
      scratchDir: context.scratchDir,
      signal: context.signal,
      onProgress: (ratio) => context.onProgress(ratio * 0.95),
    });
    context.log(
      { runner: runner.name, task: params.task.type, runnerSeconds: (performance.now() - startedAt) / 1000 },
      'runner ended',
    );
    if (params.task.type === 'sound-effect') {
      const sound = await context.keep(
        {
          role: 'audio',
          path: made.path,
          mediaType: made.mediaType,
          name: `${context.step.key}${path.extname(made.path)}`,
          facts: { durationSeconds: params.task.durationSeconds },
        },
        'intermediate',
      );
      return { artifacts: [sound], warnings: made.warnings, jobArtifacts: [] };
    }
    const facts = await probe(deps.media, made.path, { signal: context.signal });
    const clip = await context.keep(
      {
        role: 'clip',
        path: made.path,
        mediaType: made.mediaType,
        name: `${context.step.key}${path.extname(made.path)}`,
        facts: {
          durationSeconds: durationOfFrames(params.task.frameCount, params.task.frameRate),
          ...(facts.video && { width: facts.video.width, height: facts.video.height }),
          frameCount: params.task.frameCount,
        },
      },
      'intermediate',
    );
    return { artifacts: [clip], warnings: made.warnings, jobArtifacts: [] };
  };
}

async function bring(ref: InputRef, context: StepContext, media: MediaTools): Promise<string> {
  if ('fileId' in ref) return context.fetchFile(ref.fileId);
  const [artifact] = context.resultOf(ref.fromStep).artifacts;
  if (!artifact)
    throw new StepError({ code: 'input_missing', publicMessage: `Step ${ref.fromStep} made nothing`, permanent: true });
  const file = await context.fetchArtifact(artifact);
  if (ref.take === 'whole') return file;
  const target = path.join(context.scratchDir, `last-frame-${ref.fromStep}.png`);
  await extractLastFrame(media, { input: file, output: target, signal: context.signal });
  return target;
}
