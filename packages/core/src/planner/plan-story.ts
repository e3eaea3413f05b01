import type { Catalog } from '../catalog.ts';
import { DomainError } from '../errors.ts';
import type { JobSpecOf } from '../job.ts';
import type { PlannedStep } from '../plan.ts';
import { estimateSpeech } from '../story/split-script.ts';
import { type Story, type StoryVisual, storyParts } from '../story/story.ts';
import type { PictureTask, SoundTask } from '../tasks.ts';
import { planGenerate } from './plan-generate.ts';
import { chooseCapability, deadlineSeconds, expectedSeconds, findModel, resourceOf } from './plan.ts';
import { prefixStep } from './plan-results.ts';

/** Seeds of neighbouring visuals lie far apart. */
const seedStride = 7919;
/** Of work for a second of film, and the most; the film's length is not known yet. */
const drawSecondsPerSecond = 1;
const deadlinePerSecond = 120;
const deadlineMin = 900;

/** Every part is a step without edges to the others, named as the story names its parts; the film needs them all. */
export function planStory(spec: JobSpecOf<'story'>, catalog: Catalog): PlannedStep[] {
  const { story } = spec;
  const parts = [...planVoices(story, catalog), ...planVisuals(story, catalog), ...planMusic(story, catalog)];
  if (parts.length === 0)
    throw new DomainError('invalid_request', 'nothing is left to be made of this story', { code: 'empty_story' });
  if (!spec.film) return parts;
  const seconds = estimateSeconds(story);
  return [
    ...parts,
    {
      key: 'film',
      type: 'draw-story',
      needs: parts.map(({ key }) => key),
      resource: 'cpu',
      params: { story, film: spec.film, outputName: spec.outputName },
      weight: Math.max(1, Math.round(seconds * drawSecondsPerSecond)),
      isMilestone: true,
      timeoutSeconds: Math.max(deadlineMin, Math.ceil(seconds * deadlinePerSecond)),
    },
  ];
}

/** Roughly how long the film will be. */
export function estimateSeconds({ beats, narration, recording, leadSeconds, tailSeconds }: Story): number {
  if (recording) return recording.seconds;
  const said = beats.map(({ text, seconds = 0, pauseSeconds }) =>
    narration && text !== '' ? estimateSpeech(text, narration.speedRatio) + pauseSeconds : seconds + pauseSeconds,
  );
  return leadSeconds + said.reduce((sum, one) => sum + one, 0) + tailSeconds;
}

function planVoices({ beats, narration }: Story, catalog: Catalog): PlannedStep[] {
  if (!narration) return [];
  return beats.flatMap(({ text }, index) =>
    text === ''
      ? []
      : [
          planPart(
            storyParts.voice(index),
            { type: 'speech', text, ...narration },
            { catalog, seconds: estimateSpeech(text, narration.speedRatio), inputs: {}, isResult: true, isMilestone: false },
          ),
        ],
  );
}

function planVisuals(story: Story, catalog: Catalog): PlannedStep[] {
  return story.visuals.flatMap((visual, index) => {
    const seed = (story.seed + index * seedStride) % 2 ** 32;
    const key = storyParts.visual(index);
    if (visual.type === 'file') return [];
    if (visual.type === 'clip') return planClip(key, visual, { catalog, seed });
    return [planPicture(key, visual, { catalog, seed, isResult: true })];
  });
}

function planPicture(
  key: string,
  { model, canvas, prompt, image }: Pick<Extract<StoryVisual, { type: 'picture' }>, 'model' | 'canvas' | 'prompt' | 'image'>,
  { catalog, seed, isResult }: { catalog: Catalog; seed: number; isResult: boolean },
): PlannedStep {
  const task = { type: 'image', model, canvas, seed, prompt, negativePrompt: '' } as const;
  return planPart(key, task, { catalog, seconds: 1, inputs: image ? { image } : {}, isResult, isMilestone: isResult });
}

/** Draws the opening frame and sets it in motion; the clip takes the name of the part. */
function planClip(
  key: string,
  visual: Extract<StoryVisual, { type: 'clip' }>,
  { catalog, seed }: { catalog: Catalog; seed: number },
): PlannedStep[] {
  const { model, pictureModel, canvas, frameRate, frameCount, prompt, image } = visual;
  const opening = planPicture(
    'opening',
    { model: pictureModel, canvas, prompt, ...(image && { image }) },
    { catalog, seed, isResult: false },
  );
  const clip = planGenerate(
    {
      ...{ kind: 'generate', specVersion: 1, model, canvas, frameRate, framesPerScene: frameCount, seed },
      scenes: [{ prompt, negativePrompt: '' }],
      outputName: key,
    },
    catalog,
    opening.key,
  );
  // The film of the clip is the part; what leads to it has names behind that.
  return [opening, ...clip].map((step) => {
    const named = prefixStep(step, `${key}.`);
    return step.key === 'film' ? { ...named, key } : named;
  });
}

function planMusic({ music }: Story, catalog: Catalog): PlannedStep[] {
  if (!music || !('task' in music.source)) return [];
  const { task } = music.source;
  return [
    planPart(storyParts.music, task, { catalog, seconds: task.durationSeconds, inputs: {}, isResult: true, isMilestone: false }),
  ];
}

function planPart(
  key: string,
  task: SoundTask | PictureTask,
  part: {
    catalog: Catalog;
    seconds: number;
    inputs: { image?: { fileId: string } };
    /** Else only later steps need it. */
    isResult: boolean;
    isMilestone: boolean;
  },
): PlannedStep {
  const model = findModel(part.catalog, task.model);
  const capability = chooseCapability(part.catalog, task.type, model);
  const expected = expectedSeconds(model, capability, part.seconds);
  return {
    key,
    type: 'run-task',
    needs: [],
    resource: resourceOf(capability),
    params: { runner: capability.runner, task, inputs: part.inputs, ...(part.isResult && { outputName: key }) },
    weight: expected,
    isMilestone: part.isMilestone,
    timeoutSeconds: deadlineSeconds(expected),
  };
}
