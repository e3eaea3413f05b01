import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  type ArtifactRole,
  type ClaimedStep,
  durationOfFrames,
  type GeneratedFileStore,
  type InputRef,
  type RunnerName,
  type RunnerTask,
  StepError,
  type StepParamsOf,
  type TaskInputRole,
  taskInputRoles,
} from '@polyreel/core';
import type { Runner, RunResult } from '@polyreel/gpu-runner';
import { encodeMp3, extractLastFrame, type MediaTools, probe } from '@polyreel/media';
import { keepThumbnail } from './keep-thumbnail.ts';
import type { OutputFile, StepContext, StepExecutor } from './step-executor.ts';

/** Gives one neutral task to its runner and keeps what it made: for later steps, or as a result of the job. */
export function createRunTask(deps: {
  runners: ReadonlyMap<RunnerName, Runner>;
  media: MediaTools;
  generated: GeneratedFileStore;
}): StepExecutor<'run-task'> {
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
    const { accountId } = context.step;
    const key = params.isReused ? await reuseKey(params, inputs) : null;
    const known = key === null ? null : await deps.generated.find({ accountId, key });
    if (known) {
      context.log({ runner: runner.name, task: params.task.type }, 'made before from the same input');
      return { artifacts: [known], warnings: [], jobArtifacts: [] };
    }
    const startedAt = performance.now();
    const raw = await runner.run(params.task, {
      inputs,
      scratchDir: context.scratchDir,
      signal: context.signal,
      onProgress: (ratio) => context.onProgress(ratio * 0.95),
      runNames: runNamesOf(context.step),
      isHandedOver: context.isHandedOver,
      timeoutMs: context.step.timeoutSeconds * 1000,
      onPreview: context.onPreview,
    });
    context.log(
      { runner: runner.name, task: params.task.type, runnerSeconds: (performance.now() - startedAt) / 1000 },
      'runner ended',
    );
    const made = await encode(deps.media, params, raw, context);
    const file: OutputFile = {
      role: roleOf[params.task.type],
      path: made.path,
      mediaType: made.mediaType,
      name: `${params.outputName ?? context.step.key}${path.extname(made.path)}`,
      facts: await measure(deps.media, params.task, made.path, context.signal),
    };
    const kept = await context.keep(file, params.outputName === undefined ? 'intermediate' : 'output');
    if (key !== null) await deps.generated.keep({ accountId, key, artifact: kept });
    const { outputName } = params;
    const artifacts =
      outputName !== undefined && hasThumbnail(file)
        ? [kept, await keepThumbnail(deps.media, { file, outputName, context })]
        : [kept];
    return { artifacts, warnings: made.warnings, jobArtifacts: params.outputName === undefined ? [] : artifacts };
  };
}

/** Of this attempt, then of those before it: a worker that died may have left its work running. */
const runNamesOf = ({ stepId, attempt }: ClaimedStep): string[] =>
  Array.from({ length: attempt }, (_, before) => `${stepId}/${attempt - before}`);

/** Over everything that decides what is made: the runner, the task with model, words, seed and size, and what its inputs hold. */
async function reuseKey(
  { runner, task, audioFormat }: StepParamsOf<'run-task'>,
  inputs: Partial<Record<TaskInputRole, string>>,
): Promise<string> {
  const held: [string, string][] = [];
  for (const role of taskInputRoles) {
    const file = inputs[role];
    if (file !== undefined) held.push([role, await hashFile(file)]);
  }
  const sorted = Object.entries(task).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([runner, sorted, audioFormat ?? null, held]))
    .digest('hex');
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** In the form that is wanted. */
async function encode(
  media: MediaTools,
  { audioFormat }: StepParamsOf<'run-task'>,
  made: RunResult,
  { scratchDir, signal }: StepContext,
): Promise<RunResult> {
  if (audioFormat !== 'mp3' || made.mediaType === 'audio/mpeg') return made;
  const output = path.join(scratchDir, 'sound.mp3');
  await encodeMp3(media, { input: made.path, output, signal });
  return { ...made, path: output, mediaType: 'audio/mpeg' };
}

const roleOf = {
  'text-to-video': 'clip',
  'image-to-video': 'clip',
  'first-last-frame': 'clip',
  'talking-head': 'clip',
  'sound-effect': 'audio',
  music: 'audio',
  speech: 'audio',
  image: 'image',
  vectorise: 'document',
  'upscale-image': 'image',
  'cut-out-image': 'image',
  'upscale-video': 'clip',
  interpolate: 'clip',
  'cut-out-video': 'clip',
} as const satisfies Record<RunnerTask['type'], ArtifactRole>;

async function measure(media: MediaTools, task: RunnerTask, made: string, signal: AbortSignal): Promise<OutputFile['facts']> {
  if (roleOf[task.type] === 'document') return {};
  const facts = await probe(media, made, { signal });
  const size = facts.video && { width: facts.video.width, height: facts.video.height };
  if ('frameCount' in task)
    return { durationSeconds: durationOfFrames(task.frameCount, task.frameRate), frameCount: task.frameCount, ...size };
  if (roleOf[task.type] === 'image') return { ...size };
  const durationSeconds = 'durationSeconds' in task ? task.durationSeconds : facts.durationSeconds;
  return { ...(durationSeconds !== null && { durationSeconds }) };
}

/** Results that can be seen have a thumbnail; intermediates, sounds and drawings have none. */
const hasThumbnail = ({ role }: OutputFile): boolean => role === 'image' || role === 'clip';

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
