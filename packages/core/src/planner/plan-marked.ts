import { DomainError } from '../errors.ts';
import type { PlannedStep } from '../plan.ts';
import type { VisibleMarkSpec } from '../publish.ts';
import { durationOfFrames } from '../units.ts';

/** Drawing reads, changes and encodes every frame. */
const markSecondsPerFilmSecond = 0.5;

/**
 * The same plan, its result with a mark: what was the last step keeps what it made for one that draws on it. Throws DomainError
 * `invalid_request` for results that cannot take one: sounds, drawings of lines, films with transparency.
 */
export function planMarked(
  steps: readonly PlannedStep[],
  visibleMark: VisibleMarkSpec,
  outputName: string,
): readonly PlannedStep[] {
  const last = steps.at(-1);
  if (!last) return steps;
  const weight = Math.max(1, Math.round(filmSeconds(steps) * markSecondsPerFilmSecond));
  return [
    ...steps.slice(0, -1),
    keepForLater(last, steps),
    {
      key: 'mark',
      type: 'draw-mark',
      needs: [last.key],
      resource: 'cpu',
      params: { source: { fromStep: last.key }, visibleMark, outputName },
      weight,
      isMilestone: false,
      timeoutSeconds: Math.max(900, weight * 60),
    },
  ];
}

const markedPictures = ['image', 'upscale-image', 'cut-out-image'] as const;

function keepForLater(step: PlannedStep, steps: readonly PlannedStep[]): PlannedStep {
  const isTransparent = steps.some((one) => one.type === 'run-task' && one.params.task.type === 'cut-out-video');
  if (!isTransparent && step.type === 'assemble-film') return { ...step, params: { ...step.params, isUnpublished: true } };
  if (!isTransparent && step.type === 'join-sound') return { ...step, params: { ...step.params, isUnpublished: true } };
  if (step.type === 'run-task' && markedPictures.some((type) => type === step.params.task.type)) {
    const { outputName: _outputName, ...params } = step.params;
    return { ...step, params };
  }
  throw new DomainError('invalid_request', 'a mark cannot be drawn on this kind of result', { code: 'unmarkable' });
}

/** Of the clips that are made; a picture has none. */
function filmSeconds(steps: readonly PlannedStep[]): number {
  return steps.reduce((sum, { type, params }) => {
    if (type !== 'run-task' || !('frameCount' in params.task)) return sum;
    return sum + durationOfFrames(params.task.frameCount, params.task.frameRate);
  }, 0);
}
