import type { Catalog } from '../catalog.ts';
import { DomainError } from '../errors.ts';
import type { JobSpecOf, SceneSpec } from '../job.ts';
import type { InputRef, PlannedStep } from '../plan.ts';
import type { FilmTask, FilmTaskType, TaskInputRole } from '../tasks.ts';
import { durationOfFrames, framesPerSecond } from '../units.ts';
import { planPublish } from './plan-publish.ts';
import { chooseCapability, deadlineSeconds, expectedSeconds, findModel, resourceOf } from './plan.ts';
import { planSound } from './plan-sound.ts';

type GenerateSpec = JobSpecOf<'generate'>;
type ClipTaskType = Exclude<FilmTaskType, 'talking-head'>;

interface Chunk {
  readonly type: ClipTaskType;
  readonly frameCount: number;
  /** Frames that repeat the end of the chunk before. */
  readonly skipFrames: number;
  readonly inputs: Partial<Record<TaskInputRole, InputRef>>;
}

/** Scenes have no edges between them; a scene longer than the model's clip is a chain of chunks. */
export function planGenerate(spec: GenerateSpec, catalog: Catalog): PlannedStep[] {
  const scenes = spec.scenes.map((scene, index) => planScene(spec, catalog, scene, index));
  const clips = scenes.flat();
  const sound = spec.soundtrack ? { steps: [], tracks: [] } : planSound(spec, catalog);
  const film: PlannedStep = {
    key: 'film',
    type: 'assemble-film',
    needs: [...clips.map((clip) => clip.step.key), ...sound.steps.map((step) => step.key)],
    resource: 'cpu',
    params: {
      clips: clips.map((clip) => ({ fromStep: clip.step.key, skipFrames: clip.skipFrames, frameCount: clip.frameCount })),
      canvas: spec.canvas,
      frameRate: spec.frameRate,
      ...(sound.tracks.length > 0 && { tracks: sound.tracks }),
      ...(spec.soundtrack && { audio: spec.soundtrack }),
      ...(spec.publish && { isUnpublished: true as const }),
      outputName: spec.outputName,
    },
    weight: 1,
    isMilestone: false,
    timeoutSeconds: 900,
  };
  return [...clips.map((clip) => clip.step), ...sound.steps, film, ...planPublish(spec, catalog)];
}

interface PlannedClip {
  readonly step: PlannedStep;
  /** Dropped from the front when joined. */
  readonly skipFrames: number;
  /** Frames that reach the film. */
  readonly frameCount: number;
}

function planScene(spec: GenerateSpec, catalog: Catalog, scene: SceneSpec, index: number): PlannedClip[] {
  const model = findModel(catalog, spec.model);
  const sceneType = modeOf(scene, index);
  const capability = chooseCapability(catalog, sceneType, model);
  if (capability.maxFrames !== undefined && framesPerSecond(spec.frameRate) !== framesPerSecond(model.frameRate))
    throw new DomainError('not_available', `Model ${model.key} makes ${framesPerSecond(model.frameRate)} frames per second`, {
      code: 'frame_rate_unavailable',
    });
  const chunks = splitScene(spec, scene, sceneType, index, capability.maxFrames ?? spec.framesPerScene);
  return chunks.map((chunk, chunkIndex) => {
    const expected = expectedSeconds(model, capability, durationOfFrames(chunk.frameCount, spec.frameRate));
    const previous = chunkKey(index, chunkIndex - 1, chunks.length);
    return {
      skipFrames: chunk.skipFrames,
      frameCount: chunk.frameCount - chunk.skipFrames,
      step: {
        key: chunkKey(index, chunkIndex, chunks.length),
        type: 'run-task',
        needs: chunkIndex === 0 ? [] : [previous],
        resource: resourceOf(capability),
        params: { runner: capability.runner, task: taskOf(spec, scene, chunk, index, chunkIndex), inputs: chunk.inputs },
        weight: expected,
        isMilestone: chunkIndex === chunks.length - 1,
        timeoutSeconds: deadlineSeconds(expected),
      },
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
function splitScene(spec: GenerateSpec, scene: SceneSpec, type: ClipTaskType, index: number, maxFrames: number): Chunk[] {
  const first = Math.min(spec.framesPerScene, maxFrames);
  const counts = [first];
  for (let made = first; made < spec.framesPerScene; ) {
    const next = Math.min(maxFrames, spec.framesPerScene - made + 1);
    counts.push(next);
    made += next - 1;
  }
  return counts.map((frameCount, chunk) => {
    const isFirst = chunk === 0;
    const isLast = chunk === counts.length - 1;
    const image = isFirst
      ? scene.startFrame
      : { fromStep: chunkKey(index, chunk - 1, counts.length), take: 'last-frame' as const };
    const lastImage = isLast ? scene.endFrame : undefined;
    return {
      type: lastImage ? 'first-last-frame' : image ? 'image-to-video' : type,
      frameCount,
      skipFrames: isFirst ? 0 : 1,
      inputs: { ...(image && { image }), ...(lastImage && { lastImage }) },
    };
  });
}

function taskOf(spec: GenerateSpec, scene: SceneSpec, chunk: Chunk, index: number, chunkIndex: number): FilmTask {
  return {
    type: chunk.type,
    model: spec.model,
    canvas: spec.canvas,
    frameRate: spec.frameRate,
    frameCount: chunk.frameCount,
    seed: (spec.seed + index * 7919 + chunkIndex * 104729) % 2 ** 32,
    prompt: scene.prompt,
    negativePrompt: scene.negativePrompt,
    ...(spec.guidance !== undefined && { guidance: spec.guidance }),
    ...(spec.samplerSteps !== undefined && { samplerSteps: spec.samplerSteps }),
  };
}
