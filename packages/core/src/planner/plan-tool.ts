import type { Catalog } from '../catalog.ts';
import { DomainError } from '../errors.ts';
import type { JobSpecOf } from '../job.ts';
import type { PlannedStep } from '../plan.ts';
import {
  type FilmTask,
  filmTaskSchema,
  type RunnerTask,
  type RunnerTaskType,
  soundTaskSchema,
  type TaskInputRole,
} from '../tasks.ts';
import { durationOfFrames } from '../units.ts';
import { chooseCapability, deadlineSeconds, expectedSeconds, findModel, resourceOf } from './plan.ts';

/** Inputs without which a task cannot run. */
export const requiredInputs = {
  'text-to-video': [],
  'image-to-video': ['image'],
  'first-last-frame': ['image', 'lastImage'],
  'talking-head': ['image', 'audio'],
  'sound-effect': [],
  music: [],
  speech: [],
  image: [],
  vectorise: ['image'],
  'upscale-image': ['image'],
  'cut-out-image': ['image'],
  'upscale-video': ['video'],
  interpolate: ['video'],
  'cut-out-video': ['video'],
} as const satisfies Record<RunnerTaskType, readonly TaskInputRole[]>;

/** One task on its own: a clip becomes the film, anything else is the result as the runner made it. */
export function planTool(spec: JobSpecOf<'tool'>, catalog: Catalog): PlannedStep[] {
  const { task } = spec;
  const missing = requiredInputs[task.type].filter((role) => spec.inputs[role] === undefined);
  if (missing.length > 0)
    throw new DomainError('invalid_request', `${task.type} needs ${missing.join(' and ')}`, {
      code: 'missing_input',
      details: { missing },
    });
  const model = findModel(catalog, task.model);
  const capability = chooseCapability(catalog, task.type, model);
  const expected = expectedSeconds(model, capability, workSeconds(task));
  const film = filmTaskSchema.safeParse(task);
  const run: PlannedStep = {
    key: 'task',
    type: 'run-task',
    needs: [],
    resource: resourceOf(capability),
    params: {
      runner: capability.runner,
      task,
      inputs: spec.inputs,
      ...(!film.success && spec.soundOf === undefined && { outputName: spec.outputName }),
      ...(spec.audioFormat && soundTaskSchema.safeParse(task).success && { audioFormat: spec.audioFormat }),
    },
    weight: expected,
    isMilestone: true,
    timeoutSeconds: deadlineSeconds(expected),
  };
  if (film.success) return [run, planFilm(film.data, spec.outputName)];
  return spec.soundOf === undefined ? [run] : [run, planSound(spec.soundOf.fileId, spec.outputName)];
}

function planSound(fileId: string, outputName: string): PlannedStep {
  return {
    key: 'sound',
    type: 'join-sound',
    needs: ['task'],
    resource: 'cpu',
    params: { video: { fromStep: 'task' }, sound: { fileId }, outputName },
    weight: 1,
    isMilestone: false,
    timeoutSeconds: 900,
  };
}

function planFilm(task: FilmTask, outputName: string): PlannedStep {
  return {
    key: 'film',
    type: 'assemble-film',
    needs: ['task'],
    resource: 'cpu',
    params: {
      clips: [{ fromStep: 'task', skipFrames: 0, frameCount: task.frameCount }],
      canvas: task.canvas,
      frameRate: task.frameRate,
      outputName,
    },
    weight: 1,
    isMilestone: false,
    timeoutSeconds: 900,
  };
}

/** Seconds of film or sound that a task makes; a picture counts as one. Speech: fifteen characters a second. */
function workSeconds(task: RunnerTask): number {
  if ('frameCount' in task) return durationOfFrames(task.frameCount, task.frameRate);
  if ('durationSeconds' in task) return task.durationSeconds;
  return task.type === 'speech' ? task.text.length / 15 : 1;
}
