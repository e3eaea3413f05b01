import type { Catalog } from '../catalog.ts';
import { DomainError } from '../errors.ts';
import type { JobSpecOf } from '../job.ts';
import type { PlannedStep } from '../plan.ts';
import type { RefineTask } from '../tasks.ts';
import { type Canvas, durationOfFrames, type FrameRate, framesPerSecond } from '../units.ts';
import { chooseCapability, deadlineSeconds, expectedSeconds, resourceOf } from './plan.ts';

type GenerateSpec = JobSpecOf<'generate'>;

/** Size, rate and length of pictures in time. */
export interface FilmShape {
  readonly canvas: Canvas;
  readonly frameRate: FrameRate;
  readonly framesPerScene: number;
}

/** What the film has in the end: after enlarging, and at the rate it is brought to. */
export function finalShape(spec: GenerateSpec): FilmShape {
  const factor = spec.upscaleFactor ?? 1;
  const frameRate = spec.outputFrameRate ?? spec.frameRate;
  const framesPerScene = framesAt(spec.framesPerScene, spec.frameRate, frameRate);
  if (!Number.isInteger(framesPerScene))
    throw new DomainError(
      'invalid_request',
      `${spec.framesPerScene} frames at ${framesPerSecond(spec.frameRate)} a second are no whole number at ${framesPerSecond(frameRate)}`,
      { code: 'frame_rate_uneven' },
    );
  return { canvas: { width: spec.canvas.width * factor, height: spec.canvas.height * factor }, frameRate, framesPerScene };
}

/** Frames that last as long at another rate; not always a whole number. */
export const framesAt = (frameCount: number, from: FrameRate, to: FrameRate): number =>
  (frameCount * to.numerator * from.denominator) / (to.denominator * from.numerator);

/**
 * The longest clip of at most `maxFrames` whose last frame lies on a frame of the other rate too, so that the next clip can go on from
 * there without a gap.
 */
export function longestEvenClip(maxFrames: number, from: FrameRate, to: FrameRate): number {
  for (let frameCount = maxFrames; frameCount > 2; frameCount--)
    if (Number.isInteger(framesAt(frameCount - 1, from, to))) return frameCount;
  return maxFrames;
}

/** A clip as it was generated, and what it is to become. */
export interface RawClip {
  readonly key: string;
  readonly canvas: Canvas;
  readonly frameRate: FrameRate;
  readonly frameCount: number;
  /** Null: the last frame is also the first one of the next clip, and left to it. Else so many reach the film at its own rate. */
  readonly framesLeft: number | null;
}

export interface RefinedClip {
  readonly steps: readonly PlannedStep[];
  /** The step whose clip goes into the film. */
  readonly fromStep: string;
  readonly frameCount: number;
}

/** Enlarges first, then makes the frames between: the network looks at fewer frames. */
export function refineClip(raw: RawClip, shape: FilmShape, catalog: Catalog): RefinedClip {
  const steps: PlannedStep[] = [];
  let current = { key: raw.key, frameRate: raw.frameRate, frameCount: raw.frameCount };
  const add = (
    suffix: string,
    type: 'upscale-video' | 'interpolate',
    next: { frameRate: FrameRate; frameCount: number },
  ): void => {
    const key = `${raw.key}-${suffix}`;
    steps.push(planRefine(key, current.key, { type, canvas: shape.canvas, ...next }, catalog));
    current = { key, ...next };
  };
  if (raw.canvas.width !== shape.canvas.width || raw.canvas.height !== shape.canvas.height)
    add('large', 'upscale-video', { frameRate: raw.frameRate, frameCount: raw.frameCount });
  if (framesPerSecond(raw.frameRate) !== framesPerSecond(shape.frameRate)) {
    const frameCount = raw.framesLeft ?? Math.floor(framesAt(raw.frameCount - 1, raw.frameRate, shape.frameRate));
    add('smooth', 'interpolate', { frameRate: shape.frameRate, frameCount: Math.max(1, frameCount) });
  }
  return { steps, fromStep: current.key, frameCount: current.frameCount };
}

function planRefine(key: string, from: string, wanted: Omit<RefineTask, 'model'>, catalog: Catalog): PlannedStep {
  const model = catalog.models.find(({ tasks }) => tasks.includes(wanted.type));
  if (!model) throw new DomainError('not_available', `No model does ${wanted.type}`, { code: 'unknown_model' });
  const capability = chooseCapability(catalog, wanted.type, model);
  const expected = expectedSeconds(model, capability, durationOfFrames(wanted.frameCount, wanted.frameRate));
  return {
    key,
    type: 'run-task',
    needs: [from],
    resource: resourceOf(capability),
    params: {
      runner: capability.runner,
      task: { ...wanted, model: model.key },
      inputs: { video: { fromStep: from, take: 'whole' } },
    },
    weight: expected,
    isMilestone: false,
    timeoutSeconds: deadlineSeconds(expected),
  };
}
