import type { JobSpec } from '../job.ts';
import type { InputRef, PlannedStep, StepParamsOf } from '../plan.ts';
import { planMarked } from './plan-marked.ts';

/** Standing still is no work: renditions are made in seconds for minutes of film. */
const processWeight = 2;
const processTimeoutSeconds = 2 * 3600;

/** The step that looks into a file and makes its renditions. */
export const planProcess = (step: { key: string; needs: string[]; params: StepParamsOf<'process-file'> }): PlannedStep => ({
  ...step,
  type: 'process-file',
  resource: 'cpu',
  weight: processWeight,
  isMilestone: false,
  timeoutSeconds: processTimeoutSeconds,
});

/**
 * Plans results that stand alone: the whole plan once a result, each with a seed of its own, and a last step that makes the renditions.
 * Any other spec is planned as it is.
 */
export function planResults(spec: JobSpec, planSteps: (spec: JobSpec) => PlannedStep[]): PlannedStep[] {
  if (!('results' in spec) || spec.results === undefined) return planSteps(spec);
  const { count, description, visibleMark, ...shown } = spec.results;
  return Array.from({ length: count }, (_, index) => {
    const prefix = count === 1 ? '' : `result-${index + 1}.`;
    const made = planSteps(withSeed(spec, index));
    const steps = (visibleMark ? planMarked(made, visibleMark, spec.outputName) : made).map((step) => prefixStep(step, prefix));
    const last = steps.at(-1);
    if (!last) return steps;
    const params = { file: { fromStep: last.key }, description, shown };
    return [...steps, planProcess({ key: `${prefix}process`, needs: [last.key], params })];
  }).flat();
}

/** Results differ by their seeds, far from those of neighbouring requests. */
const seedStride = 15_485_863;

function withSeed(spec: JobSpec, index: number): JobSpec {
  const shift = (seed: number): number => (seed + index * seedStride) % 2 ** 32;
  if (spec.kind === 'generate' || spec.kind === 'animate') return { ...spec, seed: shift(spec.seed) };
  if (spec.kind === 'tool' && 'seed' in spec.task) return { ...spec, task: { ...spec.task, seed: shift(spec.task.seed) } };
  return spec;
}

/** The same step under another name, reading from its renamed neighbours. */
export function prefixStep(step: PlannedStep, prefix: string): PlannedStep {
  if (prefix === '') return step;
  const named = { key: `${prefix}${step.key}`, needs: step.needs.map((key) => `${prefix}${key}`) };
  const moved = <T extends object>(ref: T): T => ('fromStep' in ref ? { ...ref, fromStep: `${prefix}${ref.fromStep}` } : ref);
  switch (step.type) {
    case 'run-task': {
      const inputs = Object.entries(step.params.inputs).map(([role, ref]): [string, InputRef] => [role, moved(ref)]);
      return { ...step, ...named, params: { ...step.params, inputs: Object.fromEntries(inputs) } };
    }
    case 'assemble-film': {
      const { clips, audio, tracks } = step.params;
      const sound = tracks?.map((track) => ({ ...track, source: moved(track.source) }));
      const params = {
        ...step.params,
        clips: clips.map(moved),
        ...(audio && { audio: moved(audio) }),
        ...(sound && { tracks: sound }),
      };
      return { ...step, ...named, params };
    }
    case 'join-sound':
      return { ...step, ...named, params: { ...step.params, video: moved(step.params.video) } };
    case 'publish-film':
      return { ...step, ...named, params: { ...step.params, film: moved(step.params.film) } };
    case 'draw-mark':
      return { ...step, ...named, params: { ...step.params, source: moved(step.params.source) } };
    default:
      throw new Error(`a ${step.type} step cannot be planned more than once`);
  }
}
