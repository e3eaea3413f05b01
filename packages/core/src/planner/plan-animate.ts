import type { Catalog } from '../catalog.ts';
import type { JobSpecOf } from '../job.ts';
import type { PlannedStep } from '../plan.ts';
import { framesForSeconds } from '../units.ts';
import { chooseCapability, deadlineSeconds, expectedSeconds, findModel, resourceOf } from './plan.ts';

/** A picture that speaks: one silent clip as long as the voice, then the film with the voice in it. */
export function planAnimate(spec: JobSpecOf<'animate'>, catalog: Catalog): PlannedStep[] {
  const model = findModel(catalog, spec.model);
  const capability = chooseCapability(catalog, 'talking-head', model);
  const frameCount = framesForSeconds(spec.audioSeconds, spec.frameRate);
  const expected = expectedSeconds(model, capability, spec.audioSeconds);
  return [
    {
      key: 'talk',
      type: 'run-task',
      needs: [],
      resource: resourceOf(capability),
      params: {
        runner: capability.runner,
        task: {
          type: 'talking-head',
          model: spec.model,
          canvas: spec.canvas,
          frameRate: spec.frameRate,
          frameCount,
          seed: spec.seed,
          prompt: spec.prompt,
        },
        inputs: { image: spec.image, audio: spec.audio },
      },
      weight: expected,
      isMilestone: true,
      timeoutSeconds: deadlineSeconds(expected),
    },
    {
      key: 'film',
      type: 'assemble-film',
      needs: ['talk'],
      resource: 'cpu',
      params: {
        clips: [{ fromStep: 'talk', skipFrames: 0, frameCount }],
        canvas: spec.canvas,
        frameRate: spec.frameRate,
        audio: { fileId: spec.audio.fileId, seconds: spec.audioSeconds },
        outputName: spec.outputName,
      },
      weight: Math.max(1, Math.round(expected / 20)),
      isMilestone: false,
      timeoutSeconds: 900,
    },
  ];
}
