import type { Catalog } from '../catalog.ts';
import type { JobSpecOf } from '../job.ts';
import type { PlannedStep } from '../plan.ts';
import { planGeneration } from './plan-generations.ts';

/** Where the length of the edit is not known before its sources are. */
const unknownSeconds = 60;
/** Of work for a second of film, at most; then the attempt is given up. */
const deadlinePerSecond = 120;
const deadlineMin = 900;

/** What is to be generated first, side by side; then one step draws the whole edit, and fetches by itself what lies elsewhere. */
export function planTimeline(spec: JobSpecOf<'timeline'>, catalog: Catalog): PlannedStep[] {
  const seconds = spec.durationSeconds ?? unknownSeconds;
  const generations = Object.entries(spec.generations ?? {}).map(([source, generation], index) => ({
    source,
    ...planGeneration(generation, `asset-${index + 1}`, catalog),
  }));
  const generated = Object.fromEntries(generations.map(({ source, fromStep }) => [source, { fromStep }]));
  return [
    ...generations.flatMap(({ steps }) => steps),
    {
      key: 'render',
      type: 'render-timeline',
      needs: generations.map(({ fromStep }) => fromStep),
      resource: 'cpu',
      params: { document: spec.edit, files: { ...spec.files, ...generated }, outputName: spec.outputName },
      weight: Math.max(1, Math.round(seconds)),
      isMilestone: true,
      timeoutSeconds: Math.max(deadlineMin, Math.ceil(seconds * deadlinePerSecond)),
    },
  ];
}
