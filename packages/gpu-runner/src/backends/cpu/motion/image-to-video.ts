import { join } from 'node:path';
import { durationOfFrames, framesPerSecond, StepError } from '@polyreel/core';
import { readCameraMotion } from '../camera.ts';
import type { TaskExecutor } from '../executor.ts';
import { type CameraPose, planCameraPath } from './camera-path.ts';
import { compileWarpKernel, type WarpLayer } from './kernel.ts';
import { PARALLAX_SLOTS, setParams } from './params.ts';
import { extendPicture, type Margins, readCovering, resizePicture, softenPicture } from './picture.ts';
import { type PictureLife, readPictureLife } from './picture-life.ts';
import { renderFilm } from './render-film.ts';
import type { Vision } from './vision.ts';

/** Picture kept round the canvas for the camera to move into, as a share of the canvas. */
const MARGIN_RATIO = 0.14;
const DEPTH_SIDE = 208;
const ANALYSIS_RATIO = 0.05;
/** Even over noise a camera that was asked to move does move. */
const MIN_STEADY_PIXELS = 0.15;
const DEFAULT_GUIDANCE = 5;

/**
 * A still that lives: the camera moves through a guess of its depth as the prompt asks (`guidance` scales how far), light breathes and what
 * the prompt names (rain, snow, fog, sparks, wind) is there. The first frame is the picture.
 */
export const createImageToVideo =
  (vision: Vision): TaskExecutor<'image-to-video'> =>
  async (task, context, tools) => {
    const { canvas, frameRate, frameCount, seed } = task;
    const { image } = context.inputs;
    if (image === undefined) throw missingInput('image');
    const module = await compileWarpKernel();
    const still = await withDetail(await loadStill(image, canvas), task.samplerSteps);
    const small = await resizePicture(still.layer, fitInside(still.layer, DEPTH_SIDE));
    const study = await vision.run('study-still', { picture: still.picture, small, seed }, context.signal);
    context.onProgress(ANALYSIS_RATIO);

    const pose = planCameraPath({
      motion: readCameraMotion(task.prompt, task.negativePrompt),
      ...{ canvas, frameCount, seed, room: still.room },
      durationSeconds: durationOfFrames(frameCount, frameRate),
      amplitude: motionAmplitude(task.guidance ?? DEFAULT_GUIDANCE),
      steadyPixels: Math.max(MIN_STEADY_PIXELS, study.texture.steadyPixels),
      maxParallax: study.maxParallax * (canvas.width / study.depth.width),
    });
    const life = readPictureLife(task.prompt, task.negativePrompt);
    const { cells } = study.depth;
    const depthLayer = { ...study.depth, data: new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength) };
    const params = createStillParams({ still, life, seed, fps: framesPerSecond(frameRate), pose, grain: study.texture.grain });
    const path = join(context.scratchDir, 'image-to-video.mp4');
    await renderFilm({
      scene: { module, program: 'parallax', canvas, layers: [still.layer, depthLayer] },
      ...{ canvas, frameRate, frameCount, path, signal: context.signal, frameParams: params },
      ffmpegPath: tools.ffmpegPath,
      threads: tools.threads,
      onFrame: (done) => context.onProgress(ANALYSIS_RATIO + (1 - ANALYSIS_RATIO) * (done / frameCount)),
    });
    return { path, mediaType: 'video/mp4', warnings: [] };
  };

/** Extent of the asked movement by guidance: 1 at the default, rising without end but ever slower. */
export const motionAmplitude = (guidance: number): number => (2 * guidance) / (guidance + DEFAULT_GUIDANCE);

/** From this number of steps on the picture has all its detail. */
const FULL_DETAIL_STEPS = 30;
const MAX_SOFTNESS_PIXELS = 2;
const MIN_SOFTNESS_PIXELS = 0.3;

/** As with a sampler, few steps leave fine detail out. */
const withDetail = async (still: Still, steps = FULL_DETAIL_STEPS): Promise<Still> => {
  const softness = MAX_SOFTNESS_PIXELS * Math.max(0, 1 - steps / FULL_DETAIL_STEPS);
  return softness < MIN_SOFTNESS_PIXELS ? still : { ...still, layer: await softenPicture(still.layer, softness) };
};

export interface Still {
  /** What the canvas shows of the picture. */
  readonly picture: WarpLayer;
  /** The same with a margin all round: real where the picture goes on, invented elsewhere. */
  readonly layer: WarpLayer;
  /** Canvas within the layer. */
  readonly left: number;
  readonly top: number;
  /** Real picture beyond the canvas. */
  readonly room: Margins;
}

export const loadStill = async (path: string, canvas: { width: number; height: number }): Promise<Still> => {
  const margin = { x: Math.ceil(canvas.width * MARGIN_RATIO), y: Math.ceil(canvas.height * MARGIN_RATIO) };
  const { picture: real, room } = await readCovering(path, canvas, margin);
  const layer = await extendPicture(real, {
    left: margin.x - room.left,
    right: margin.x - room.right,
    top: margin.y - room.top,
    bottom: margin.y - room.bottom,
  });
  const picture = await cropPicture(real, { left: room.left, top: room.top, ...canvas });
  return { picture, layer, left: margin.x, top: margin.y, room };
};

const cropPicture = async (
  { width, data }: WarpLayer,
  part: { left: number; top: number; width: number; height: number },
): Promise<WarpLayer> => {
  const cut = new Uint8Array(part.width * part.height * 4);
  for (let y = 0; y < part.height; y++) {
    const from = ((part.top + y) * width + part.left) * 4;
    cut.set(data.subarray(from, from + part.width * 4), y * part.width * 4);
  }
  return { width: part.width, height: part.height, data: cut };
};

/** A size of the same shape whose longer side is at most `side`. */
export const fitInside = (
  { width, height }: { width: number; height: number },
  side: number,
): { width: number; height: number } => {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(8, Math.round(width * scale)), height: Math.max(8, Math.round(height * scale)) };
};

const createStillParams = ({
  still,
  life,
  seed,
  fps,
  pose,
  grain,
}: {
  still: Still;
  life: PictureLife;
  seed: number;
  fps: number;
  pose: (index: number) => CameraPose;
  grain: number;
}): ((index: number) => Float32Array) => {
  const block = setParams(PARALLAX_SLOTS, new Float32Array(PARALLAX_SLOTS.length), {
    PIVOT: 0.45,
    LIFE_SEED: seed % 65_536,
    LIGHT: 0.05 * life.light,
    FOG: life.fog,
    ...{ FOG_R: 206, FOG_G: 210, FOG_B: 216, WIND: life.wind },
    ...{ RAIN: life.rain, SNOW: life.snow, SPARKS: life.sparks },
  });
  const { width, height } = still.picture;
  return (index) => {
    const { x, y, zoom, roll, parallaxX, parallaxY, dolly } = pose(index);
    const cosine = Math.cos(roll) / zoom;
    const sine = Math.sin(roll) / zoom;
    // The first frame is the picture itself; what lives in it sets in within half a second.
    const onset = Math.min(1, index / (fps * 0.5));
    return setParams(PARALLAX_SLOTS, block, {
      NOISE_SEED: index,
      GRAIN: index === 0 ? 0 : grain,
      CENTRE_X: still.left + (width - 1) / 2 + x,
      CENTRE_Y: still.top + (height - 1) / 2 + y,
      ...{ XX: cosine, XY: -sine, YX: sine, YY: cosine },
      ...{ SHIFT_X: -parallaxX, SHIFT_Y: -parallaxY, DOLLY: dolly },
      TIME: index / fps,
      LIGHT: 0.05 * life.light * onset,
      SWAY: 0.012 * life.sway * onset,
      BACK_SWAY: 0.012 * life.backSway * onset,
      FOG: life.fog * onset,
      ...{ RAIN: life.rain * onset, SNOW: life.snow * onset, SPARKS: life.sparks * onset },
    });
  };
};

export const missingInput = (role: string): StepError =>
  new StepError({ code: 'missing_input', publicMessage: `The task needs the input ${role}`, permanent: true });
