import type { Catalog } from '../catalog.ts';
import { DomainError } from '../errors.ts';
import type { JobSpecOf } from '../job.ts';
import type { PlannedStep } from '../plan.ts';
import type { FilmTaskType, TaskInputRole } from '../tasks.ts';
import { durationOfFrames } from '../units.ts';
import { chooseCapability, deadlineSeconds, expectedSeconds, findModel, resourceOf } from './plan.ts';

/** Inputs without which a task cannot run. */
export const requiredInputs = {
  'text-to-video': [],
  'image-to-video': ['image'],
  'first-last-frame': ['image', 'lastImage'],
  'talking-head': ['image', 'audio'],
} as const satisfies Record<FilmTaskType, readonly TaskInputRole[]>;

/** One task on its own: the clip is the film. */
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
  const expected = expectedSeconds(model, capability, durationOfFrames(task.frameCount, task.frameRate));
  return [
    {
      key: 'task',
      type: 'run-task',
      needs: [],
      resource: resourceOf(capability),
      params: { runner: capability.runner, task, inputs: spec.inputs },
      weight: expected,
      isMilestone: true,
      timeoutSeconds: deadlineSeconds(expected),
    },
    {
      key: 'film',
      type: 'assemble-film',
      needs: ['task'],
      resource: 'cpu',
      params: {
        clips: [{ fromStep: 'task', skipFrames: 0, frameCount: task.frameCount }],
        canvas: task.canvas,
        frameRate: task.frameRate,
        outputName: spec.outputName,
      },
      weight: 1,
      isMilestone: false,
      timeoutSeconds: 900,
    },
  ];
}
