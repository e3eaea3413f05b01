import type { Capability, Catalog, ModelEntry } from '../catalog.ts';
import { DomainError } from '../errors.ts';
import type { JobSpec } from '../job.ts';
import type { Plan, PlannedStep, StepResource } from '../plan.ts';
import type { RunnerTaskType } from '../tasks.ts';
import { planAnimate } from './plan-animate.ts';
import { planGenerate } from './plan-generate.ts';
import { planProcess, planResults } from './plan-results.ts';
import { planStory } from './plan-story.ts';
import { planTimeline } from './plan-timeline.ts';
import { planTool } from './plan-tool.ts';

/**
 * Turns what the caller means into steps. Pure: the same spec and catalog give the same plan.
 * Throws DomainError `invalid_request` for what can never be done and `backend_unavailable` for what no worker of the
 * last 15 minutes can do, so an impossible request never enters the queue.
 */
export function plan(spec: JobSpec, catalog: Catalog): Plan {
  const steps = planResults(spec, (one) => planSteps(one, catalog));
  const runners = steps.flatMap((step) => (step.type === 'run-task' ? [step.params.runner] : []));
  return { planVersion: 1, steps, runners: [...new Set(runners)] };
}

function planSteps(spec: JobSpec, catalog: Catalog): PlannedStep[] {
  switch (spec.kind) {
    case 'generate':
      return planGenerate(spec, catalog);
    case 'animate':
      return planAnimate(spec, catalog);
    case 'tool':
      return planTool(spec, catalog);
    case 'process':
      return [planProcess({ key: 'process', needs: [], params: { file: spec.file } })];
    case 'timeline':
      return planTimeline(spec, catalog);
    case 'story':
      return planStory(spec, catalog);
  }
}

export function findModel(catalog: Catalog, key: string): ModelEntry {
  const model = catalog.models.find((entry) => entry.key === key);
  if (!model)
    throw new DomainError('invalid_request', `Unknown model: ${key}`, { code: 'unknown_model', details: { model: key } });
  return model;
}

/** Real models come before tools, tools before the CPU stand-in; ties keep the catalog's order. */
const preference = { model: 0, tool: 1, reference: 2 } as const;

export function chooseCapability(catalog: Catalog, task: RunnerTaskType, model: ModelEntry): Capability {
  if (!model.tasks.includes(task))
    throw new DomainError('invalid_request', `Model ${model.key} cannot do ${task}`, {
      code: 'unsupported_mode',
      details: { model: model.key, task },
    });
  const [best] = catalog.capabilities
    .filter((capability) => capability.task === task && (capability.model === model.key || capability.model === '*'))
    .toSorted((a, b) => preference[a.kind] - preference[b.kind]);
  if (!best)
    throw new DomainError('backend_unavailable', `No worker can do ${task} with ${model.key} at the moment`, {
      code: 'no_capable_worker',
      details: { model: model.key, task },
      retryAfterSeconds: 60,
    });
  return best;
}

export const resourceOf = (capability: Capability): StepResource => (capability.kind === 'model' ? 'gpu' : 'cpu');

/** Expected seconds of a clip; at least one, so that every step moves the progress. */
export function expectedSeconds(model: ModelEntry, capability: Capability, filmSeconds: number): number {
  const rate = capability.kind === 'model' ? model.secondsPerFilmSecond.gpu : model.secondsPerFilmSecond.cpu;
  return Math.max(1, Math.round(filmSeconds * rate));
}

/** Deadline of one attempt: twenty times the expectation, never under ten minutes. */
export const deadlineSeconds = (expected: number): number => Math.max(600, expected * 20);
