import type { Catalog } from '../catalog.ts';
import type { JobSpecOf } from '../job.ts';
import type { FilmTrack, PlannedStep } from '../plan.ts';
import type { SoundTask } from '../tasks.ts';
import { durationOfFrames } from '../units.ts';
import { chooseCapability, deadlineSeconds, expectedSeconds, findModel, resourceOf } from './plan.ts';

type GenerateSpec = JobSpecOf<'generate'>;

/** Steps that make sounds, and how they lie under the film. They wait for no picture. */
export interface PlannedSound {
  readonly steps: PlannedStep[];
  readonly tracks: FilmTrack[];
}

const wholeFades = { fadeInSeconds: 0.2, fadeOutSeconds: 0.5 } as const;
const sceneFades = { fadeInSeconds: 0.15, fadeOutSeconds: 0.25 } as const;
// The piece has an end of its own; this only keeps the last sample quiet.
const musicFades = { fadeInSeconds: 0.02, fadeOutSeconds: 0.3 } as const;

/** Effects under each scene or under the whole film, and music under all of it. */
export function planSound(spec: GenerateSpec, catalog: Catalog): PlannedSound {
  const sceneSeconds = durationOfFrames(spec.framesPerScene, spec.frameRate);
  const filmSeconds = durationOfFrames(spec.framesPerScene * spec.scenes.length, spec.frameRate);
  const steps: PlannedStep[] = [];
  const tracks: FilmTrack[] = [];
  const add = (key: string, task: SoundTask & { durationSeconds: number }, track: Omit<FilmTrack, 'source'>) => {
    steps.push(planSoundStep(key, task, catalog));
    tracks.push({ source: { fromStep: key }, ...track });
  };
  const { soundEffects, music } = spec;
  if (soundEffects) {
    const { scenePrompts } = soundEffects;
    const base = { type: 'sound-effect', model: soundEffects.model, negativePrompt: soundEffects.negativePrompt ?? '' } as const;
    for (const [index, prompt] of (scenePrompts ?? [soundEffects.prompt]).entries()) {
      const isWhole = scenePrompts === undefined;
      const durationSeconds = isWhole ? filmSeconds : sceneSeconds;
      add(
        isWhole ? 'sound' : `sound-${index + 1}`,
        { ...base, prompt, durationSeconds, seed: (spec.seed + index * 7919) % 2 ** 32 },
        {
          role: 'effects',
          startSeconds: isWhole ? 0 : index * sceneSeconds,
          seconds: durationSeconds,
          ...(isWhole ? wholeFades : sceneFades),
        },
      );
    }
  }
  if (music)
    add(
      'music',
      { type: 'music', ...music, durationSeconds: filmSeconds, seed: spec.seed },
      { role: 'music', startSeconds: 0, seconds: filmSeconds, ...musicFades },
    );
  return { steps, tracks };
}

function planSoundStep(key: string, task: SoundTask & { durationSeconds: number }, catalog: Catalog): PlannedStep {
  const model = findModel(catalog, task.model);
  const capability = chooseCapability(catalog, task.type, model);
  const expected = expectedSeconds(model, capability, task.durationSeconds);
  return {
    key,
    type: 'run-task',
    needs: [],
    resource: resourceOf(capability),
    params: { runner: capability.runner, task, inputs: {} },
    weight: expected,
    isMilestone: false,
    timeoutSeconds: deadlineSeconds(expected),
  };
}
