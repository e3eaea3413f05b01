import type { Catalog } from '../catalog.ts';
import type { JobSpecOf } from '../job.ts';
import type { PlannedStep } from '../plan.ts';
import { durationOfFrames } from '../units.ts';
import { findModel } from './plan.ts';

/** Marking reads, changes and encodes every frame; signing and the fingerprint are small beside it. */
const markSecondsPerFilmSecond = 0.8;
const otherSeconds = 3;

/** The last step of a film that is published; none where it is given away as it was made. */
export function planPublish(spec: JobSpecOf<'generate'>, catalog: Catalog): PlannedStep[] {
  const { publish } = spec;
  if (!publish) return [];
  const seconds = durationOfFrames(spec.framesPerScene * spec.scenes.length, spec.frameRate);
  const isMarked = publish.hasInvisibleMark || publish.visibleMark !== undefined;
  const weight = Math.max(1, Math.round((isMarked ? seconds * markSecondsPerFilmSecond : 0) + otherSeconds));
  return [
    {
      key: 'publish',
      type: 'publish-film',
      needs: ['film'],
      resource: 'cpu',
      params: {
        film: { fromStep: 'film' },
        publish,
        softwareAgents: [findModel(catalog, spec.model).label],
        ingredients: ingredientsOf(spec),
        outputName: spec.outputName,
      },
      weight,
      isMilestone: false,
      timeoutSeconds: Math.max(900, weight * 60),
    },
  ];
}

const ingredientsOf = (spec: JobSpecOf<'generate'>) =>
  spec.scenes.flatMap(({ startFrame, endFrame }, index) => [
    ...(startFrame
      ? [{ fileId: startFrame.fileId, label: `start-frame-${index + 1}`, title: `first frame of scene ${index + 1}` }]
      : []),
    ...(endFrame
      ? [{ fileId: endFrame.fileId, label: `end-frame-${index + 1}`, title: `last frame of scene ${index + 1}` }]
      : []),
  ]);
