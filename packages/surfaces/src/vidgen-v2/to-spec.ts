import type { AssetRef, Canvas, JobSpecOf, PublishSpec, SceneSpec } from '@polyreel/core';
import type { FrameName } from './frames.ts';
import { parsePrompt } from './parse-prompt.ts';
import type { GenerateRequest, ModeWord } from './schemas.ts';
import { toSound } from './to-sound.ts';

/** A scene is "a 5-second scene": 80 frames at the model's 16 a second. */
export const frameRate = { numerator: 16, denominator: 1 } as const;
export const framesPerScene = 80;
/** Twice as many frames in the same time. */
export const smoothFrameRate = { numerator: 32, denominator: 1 } as const;
export const sceneSeconds = framesPerScene / (frameRate.numerator / frameRate.denominator);

/** A frame that was kept as a file of the account. */
export interface KeptFrame extends AssetRef, Canvas {}

export interface SceneFrames {
  readonly start?: KeptFrame;
  readonly end?: KeptFrame;
}

export interface SpecInput {
  readonly request: GenerateRequest;
  readonly model: string;
  /** By scene. */
  readonly frames: readonly SceneFrames[];
  /** By scene: what to film instead of the prompt's own words; its negative terms stand. */
  readonly rewritten?: readonly string[] | undefined;
  readonly seed: number;
  readonly publish: PublishSpec;
  readonly genId: string;
}

/** File name of a film without its extension; the document's own form. */
export const outputNameOf = (genId: string): string => `${genId}_fp_00001`;

/** By the frames that a scene has. */
export const modeOf = (frames: readonly FrameName[]): ModeWord =>
  frames.includes('end_frame') ? 'flf2v' : frames.includes('start_frame') ? 'i2v' : 't2v';

export function toSpec(input: SpecInput): JobSpecOf<'generate'> {
  return {
    kind: 'generate',
    specVersion: 1,
    model: input.model,
    scenes: input.request.scenes.map((scene, index) => {
      const planned = toScene(scene, input.frames[index] ?? {});
      return { ...planned, prompt: input.rewritten?.[index] ?? planned.prompt };
    }),
    canvas: canvasOf(input.request, input.frames[0] ?? {}),
    frameRate,
    framesPerScene,
    ...toRefinement(input.request),
    seed: input.seed,
    publish: input.publish,
    ...toSound(input.request),
    outputName: outputNameOf(input.genId),
  };
}

/** Twice the size, twice the rate; the rate follows the size where it is not given. */
const toRefinement = ({ upscale, interpolate }: Pick<GenerateRequest, 'upscale' | 'interpolate'>) => ({
  ...(upscale && { upscaleFactor: 2 as const }),
  ...((interpolate ?? upscale) && { outputFrameRate: smoothFrameRate }),
});

function toScene(scene: GenerateRequest['scenes'][number], { start, end }: SceneFrames): SceneSpec {
  const { positive, negative } = parsePrompt(scene.prompt, scene.negative);
  return {
    prompt: positive,
    negativePrompt: negative,
    ...(start && { startFrame: { fileId: start.fileId } }),
    ...(end && { endFrame: { fileId: end.fileId } }),
  };
}

const step = 16;
/** The least side the document's own `width` may have; a strip of a picture is widened to it. */
const minSide = 64;

/**
 * The first scene decides, because one film has one size: without a frame exactly `width` x `height`; with one the frame's shape, its
 * longest side `size`, both sides rounded to a multiple of 16.
 */
export function canvasOf(request: Pick<GenerateRequest, 'width' | 'height' | 'size'>, first: SceneFrames): Canvas {
  if (!first.start) return { width: request.width, height: request.height };
  const scale = request.size / Math.max(first.start.width, first.start.height);
  const side = (pixels: number): number => Math.max(minSide, step * Math.round((pixels * scale) / step));
  return { width: side(first.start.width), height: side(first.start.height) };
}
