import type { Catalog } from '../catalog.ts';
import { DomainError } from '../errors.ts';
import type { JobSpecOf, SceneSpec } from '../job.ts';
import type { InputRef, PlannedStep } from '../plan.ts';
import type { FilmTask, FilmTaskType, TaskInputRole } from '../tasks.ts';
import type { FrameRate } from '../units.ts';
import { durationOfFrames, framesPerSecond } from '../units.ts';
import { planPublish } from './plan-publish.ts';
import { chooseCapability, deadlineSeconds, expectedSeconds, findModel, resourceOf } from './plan.ts';
import { planSound } from './plan-sound.ts';
import { type FilmShape, finalShape, framesAt, longestEvenClip, refineClip } from './refine-clip.ts';

type GenerateSpec = JobSpecOf<'generate'>;
type ClipTaskType = Exclude<FilmTaskType, 'talking-head'>;

interface Chunk {
  readonly type: ClipTaskType;
  readonly frameCount: number;
  /** Frames that repeat the end of the chunk before. */
  readonly skipFrames: number;
  readonly inputs: Partial<Record<TaskInputRole, InputRef>>;
}

/**
 * Scenes have no edges between them; a scene longer than the model's clip is a chain of chunks. `opening`: a step that draws the first
 * frame of the first scene.
 */
export function planGenerate(spec: GenerateSpec, catalog: Catalog, opening?: string): PlannedStep[] {
  const shape = finalShape(spec);
  const scenes = spec.scenes.map((scene, index) =>
    planScene({ spec, shape, catalog, ...(index === 0 && opening !== undefined && { opening }) }, scene, index),
  );
  const clips = scenes.flat();
  const sound = spec.soundtrack ? { steps: [], tracks: [] } : planSound(spec, catalog);
  const film: PlannedStep = {
    key: 'film',
    type: 'assemble-film',
    needs: [...clips.map((clip) => clip.fromStep), ...sound.steps.map((step) => step.key)],
    resource: 'cpu',
    params: {
      clips: clips.map(({ fromStep, skipFrames, frameCount }) => ({ fromStep, skipFrames, frameCount })),
      canvas: shape.canvas,
      frameRate: shape.frameRate,
      ...(sound.tracks.length > 0 && { tracks: sound.tracks }),
      ...(spec.soundtrack && { audio: spec.soundtrack }),
      ...(spec.publish && { isUnpublished: true as const }),
      outputName: spec.outputName,
    },
    weight: 1,
    isMilestone: false,
    timeoutSeconds: 900,
  };
  return [...clips.flatMap((clip) => clip.steps), ...sound.steps, film, ...planPublish(spec, catalog)];
}

interface PlannedClip {
  readonly steps: readonly PlannedStep[];
  /** The step whose clip goes into the film. */
  readonly fromStep: string;
  /** Dropped from the front when joined. */
  readonly skipFrames: number;
  /** Frames that reach the film. */
  readonly frameCount: number;
}

interface Planning {
  readonly spec: GenerateSpec;
  readonly shape: FilmShape;
  readonly catalog: Catalog;
  /** The step that draws the first frame of this scene. */
  readonly opening?: string;
}

/** A model with a rate of its own generates at that; the frames between are made afterwards. */
function planScene({ spec, shape, catalog, opening }: Planning, scene: SceneSpec, index: number): PlannedClip[] {
  const model = findModel(catalog, spec.model);
  const begin: InputRef | undefined = opening === undefined ? scene.startFrame : { fromStep: opening, take: 'whole' };
  const sceneType = begin !== undefined && scene.endFrame === undefined ? 'image-to-video' : modeOf(scene, index);
  const capability = chooseCapability(catalog, sceneType, model);
  const frameRate = capability.maxFrames === undefined ? spec.frameRate : model.frameRate;
  const frameCount = Math.ceil(framesAt(spec.framesPerScene, spec.frameRate, frameRate));
  const isRefinedInTime = framesPerSecond(frameRate) !== framesPerSecond(shape.frameRate);
  const maxFrames = capability.maxFrames ?? frameCount;
  const even = isRefinedInTime ? longestEvenClip(maxFrames, frameRate, shape.frameRate) : maxFrames;
  const chunks = splitScene({ ...scene, begin }, sceneType, index, {
    frameCount,
    maxFrames: frameCount <= maxFrames ? frameCount : even,
  });
  let framesLeft = shape.framesPerScene;
  return chunks.map((chunk, chunkIndex) => {
    const key = chunkKey(index, chunkIndex, chunks.length);
    const isLast = chunkIndex === chunks.length - 1;
    const expected = expectedSeconds(model, capability, durationOfFrames(chunk.frameCount, frameRate));
    const made: PlannedStep = {
      key,
      type: 'run-task',
      needs: chunkIndex > 0 ? [chunkKey(index, chunkIndex - 1, chunks.length)] : opening === undefined ? [] : [opening],
      resource: resourceOf(capability),
      params: {
        runner: capability.runner,
        task: taskOf({ spec, frameRate }, scene, chunk, index, chunkIndex),
        inputs: chunk.inputs,
      },
      weight: expected,
      isMilestone: false,
      timeoutSeconds: deadlineSeconds(expected),
    };
    const raw = { key, canvas: spec.canvas, frameRate, frameCount: chunk.frameCount, framesLeft: isLast ? framesLeft : null };
    const refined = refineClip(raw, shape, catalog);
    // Frames made in between leave out the last one of a clip that goes on; those as generated repeat it at the start of the next.
    const skipFrames = isRefinedInTime ? 0 : chunk.skipFrames;
    const shown = isLast ? framesLeft : refined.frameCount - skipFrames;
    framesLeft -= shown;
    const steps = [made, ...refined.steps];
    return {
      steps: steps.map((step, at) => ({ ...step, isMilestone: isLast && at === steps.length - 1 })),
      fromStep: refined.fromStep,
      skipFrames,
      frameCount: shown,
    };
  });
}

const chunkKey = (scene: number, chunk: number, chunks: number): string =>
  chunks === 1 ? `scene-${scene + 1}` : `scene-${scene + 1}.${chunk + 1}`;

function modeOf(scene: SceneSpec, index: number): ClipTaskType {
  if (scene.endFrame && !scene.startFrame)
    throw new DomainError('invalid_request', `scenes[${index}].end_frame requires start_frame`, { code: 'end_frame_alone' });
  if (scene.endFrame) return 'first-last-frame';
  return scene.startFrame ? 'image-to-video' : 'text-to-video';
}

/** Chunks of at most `maxFrames`; each further one starts from the last frame of the one before, counted once. */
function splitScene(
  scene: Pick<SceneSpec, 'endFrame'> & { readonly begin: InputRef | undefined },
  type: ClipTaskType,
  index: number,
  { frameCount: wanted, maxFrames }: { frameCount: number; maxFrames: number },
): Chunk[] {
  const first = Math.min(wanted, maxFrames);
  const counts = [first];
  for (let made = first; made < wanted; ) {
    const next = Math.min(maxFrames, wanted - made + 1);
    counts.push(next);
    made += next - 1;
  }
  return counts.map((frameCount, chunk) => {
    const isFirst = chunk === 0;
    const isLast = chunk === counts.length - 1;
    const image = isFirst ? scene.begin : { fromStep: chunkKey(index, chunk - 1, counts.length), take: 'last-frame' as const };
    const lastImage = isLast ? scene.endFrame : undefined;
    return {
      type: lastImage ? 'first-last-frame' : image ? 'image-to-video' : type,
      frameCount,
      skipFrames: isFirst ? 0 : 1,
      inputs: { ...(image && { image }), ...(lastImage && { lastImage }) },
    };
  });
}

function taskOf(
  { spec, frameRate }: { spec: GenerateSpec; frameRate: FrameRate },
  scene: SceneSpec,
  chunk: Chunk,
  index: number,
  chunkIndex: number,
): FilmTask {
  return {
    type: chunk.type,
    model: spec.model,
    canvas: spec.canvas,
    frameRate,
    frameCount: chunk.frameCount,
    seed: (spec.seed + index * 7919 + chunkIndex * 104729) % 2 ** 32,
    prompt: scene.prompt,
    negativePrompt: scene.negativePrompt,
    ...(spec.guidance !== undefined && { guidance: spec.guidance }),
    ...(spec.samplerSteps !== undefined && { samplerSteps: spec.samplerSteps }),
  };
}
