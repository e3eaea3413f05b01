import type { Catalog } from '../catalog.ts';
import type { TimelineGeneration } from '../job.ts';
import type { InputRef, PlannedStep } from '../plan.ts';
import { planGenerate } from './plan-generate.ts';
import { chooseCapability, deadlineSeconds, expectedSeconds, findModel, resourceOf } from './plan.ts';
import { prefixStep } from './plan-results.ts';

/** Steps that make one file for a timeline, and the step whose first artifact it is. */
export interface PlannedGeneration {
  readonly steps: readonly PlannedStep[];
  readonly fromStep: string;
}

const fetchDeadlineSeconds = 900;

/** Without edges to other generations. What was made before from the same input is taken instead of made again. */
export function planGeneration(generation: TimelineGeneration, key: string, catalog: Catalog): PlannedGeneration {
  const { image } = generation;
  const input: PlannedStep[] =
    image === undefined || 'fileId' in image
      ? []
      : [
          {
            ...{ key: `${key}.input`, type: 'fetch-file', needs: [], resource: 'io', weight: 1, isMilestone: false },
            ...{ params: { ...image, place: generation.place }, timeoutSeconds: fetchDeadlineSeconds },
          },
        ];
  const imageRef: InputRef | undefined =
    image === undefined ? undefined : 'fileId' in image ? image : { fromStep: `${key}.input`, take: 'whole' };
  const made =
    generation.task.type === 'clip'
      ? planClip(generation.task, key, imageRef, catalog)
      : [planTask(generation.task, key, imageRef, catalog)];
  return {
    steps: [...input, ...made].map((step) =>
      step.type === 'run-task' ? { ...step, params: { ...step.params, isReused: true } } : step,
    ),
    fromStep: key,
  };
}

type ClipRequest = Extract<TimelineGeneration['task'], { type: 'clip' }>;

/** A clip longer than the model's is a chain, put together; a short one is what its one step makes. */
function planClip(task: ClipRequest, key: string, image: InputRef | undefined, catalog: Catalog): PlannedStep[] {
  const { type: _type, prompt, negativePrompt, frameCount, ...shape } = task;
  const startFrame = image !== undefined && 'fileId' in image ? { startFrame: image } : {};
  const opening = image !== undefined && 'fromStep' in image ? image.fromStep.slice(key.length + 1) : undefined;
  const planned = planGenerate(
    {
      ...{ kind: 'generate', specVersion: 1, ...shape, framesPerScene: frameCount, outputName: key },
      scenes: [{ prompt, negativePrompt, ...startFrame }],
    },
    catalog,
    opening,
  );
  const [only, ...others] = planned.filter(({ type }) => type === 'run-task');
  if (only !== undefined && others.length === 0) return [{ ...prefixStep(only, `${key}.`), key, isMilestone: true }];
  return planned.map((step) => {
    const named = prefixStep(step, `${key}.`);
    if (step.type !== 'assemble-film' || named.type !== 'assemble-film') return { ...named, isMilestone: false };
    return { ...named, key, isMilestone: true, params: { ...named.params, isUnpublished: true } };
  });
}

function planTask(
  task: Exclude<TimelineGeneration['task'], { type: 'clip' }>,
  key: string,
  image: InputRef | undefined,
  catalog: Catalog,
): PlannedStep {
  const model = findModel(catalog, task.model);
  const capability = chooseCapability(catalog, task.type, model);
  const expected = expectedSeconds(model, capability, 'durationSeconds' in task ? task.durationSeconds : 1);
  return {
    ...{ key, type: 'run-task', needs: image !== undefined && 'fromStep' in image ? [image.fromStep] : [] },
    resource: resourceOf(capability),
    params: { runner: capability.runner, task, inputs: image === undefined ? {} : { image } },
    weight: expected,
    isMilestone: true,
    timeoutSeconds: deadlineSeconds(expected),
  };
}
