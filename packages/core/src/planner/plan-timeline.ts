import type { JobSpecOf } from '../job.ts';
import type { PlannedStep } from '../plan.ts';

/** Where the length of the edit is not known before its sources are. */
const unknownSeconds = 60;
/** Of work for a second of film, at most; then the attempt is given up. */
const deadlinePerSecond = 120;
const deadlineMin = 900;

/** One step draws the whole edit; what it needs is fetched by the step itself. */
export function planTimeline(spec: JobSpecOf<'timeline'>): PlannedStep[] {
  const seconds = spec.durationSeconds ?? unknownSeconds;
  return [
    {
      key: 'render',
      type: 'render-timeline',
      needs: [],
      resource: 'cpu',
      params: { document: spec.edit, files: spec.files ?? {}, outputName: spec.outputName },
      weight: Math.max(1, Math.round(seconds)),
      isMilestone: true,
      timeoutSeconds: Math.max(deadlineMin, Math.ceil(seconds * deadlinePerSecond)),
    },
  ];
}
