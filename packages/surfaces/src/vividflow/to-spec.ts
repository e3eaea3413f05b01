import type { AssetRef, Canvas, JobSpecOf } from '@polyreel/core';
import { directPrompt, shotText } from './direct-prompt.ts';
import type { ModelOptions, VeoOptions } from './read-fields.ts';

/** Both names are option profiles over this model; the answer says so. */
export const engineModel = 'wan22';

const soundModel = 'sound-effects';

export const wanFrameRate = { numerator: 16, denominator: 1 } as const;
export const veoFrameRate = { numerator: 24, denominator: 1 } as const;

export interface SpecInput {
  readonly prompt: string;
  /** The shot in better words; null: as it was asked for. */
  readonly enhancedShot: string | null;
  readonly options: ModelOptions;
  readonly image: AssetRef & Canvas;
  readonly seed: number;
  readonly externalId: string;
  /** A worker can make sound effects. */
  readonly canSound: boolean;
}

export function toSpec({ prompt, enhancedShot, options, image, seed, externalId, canSound }: SpecInput): JobSpecOf<'generate'> {
  const base = { kind: 'generate', specVersion: 1, model: engineModel, seed, outputName: externalId } as const;
  const startFrame = { fileId: image.fileId };
  if (options.model === 'wan2.1')
    return {
      ...base,
      scenes: [{ prompt, negativePrompt: options.negativePrompt, startFrame }],
      canvas: { width: options.width, height: options.height },
      frameRate: wanFrameRate,
      framesPerScene: options.length,
      guidance: options.cfg,
      samplerSteps: options.steps,
    };
  return {
    ...base,
    scenes: [{ prompt: directPrompt(enhancedShot ?? shotText(prompt, options), options), negativePrompt: '', startFrame }],
    canvas: veoCanvas(options, image),
    frameRate: veoFrameRate,
    framesPerScene: options.durationSeconds * veoFrameRate.numerator,
    ...(options.generateAudio && canSound && { soundEffects: { model: soundModel, prompt: soundPrompt(prompt, options) } }),
  };
}

/** What may be heard: all texts but the camera's. */
const soundPrompt = (prompt: string, { subjectAnimation, environmentalAnimation }: VeoOptions): string =>
  [prompt, subjectAnimation, environmentalAnimation].filter((text) => text !== '').join('. ');

function veoCanvas({ resolution, aspectRatio }: VeoOptions, image: Canvas): Canvas {
  const [long, short] = resolution === '1080p' ? [1920, 1080] : [1280, 720];
  const isPortrait = aspectRatio === null ? image.height > image.width : aspectRatio === '9:16';
  return isPortrait ? { width: short, height: long } : { width: long, height: short };
}
