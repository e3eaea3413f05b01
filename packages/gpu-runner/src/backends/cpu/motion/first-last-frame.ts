import { join } from 'node:path';
import { framesPerSecond } from '@polyreel/core';
import type { TaskExecutor } from '../executor.ts';
import type { FlowField } from './block-match.ts';
import { fitInside, missingInput } from './image-to-video.ts';
import { compileWarpKernel, type WarpLayer } from './kernel.ts';
import { MORPH_SLOTS, setParams } from './params.ts';
import { readCovering, resizePicture } from './picture.ts';
import { type PictureLife, readPictureLife } from './picture-life.ts';
import { renderFilm } from './render-film.ts';
import { smoothstep } from './smoothstep.ts';
import type { Vision } from './vision.ts';

const FLOW_SIDE = 416;
const ANALYSIS_RATIO = 0.1;
/** How far the camera goes in over a film whose pictures have nothing in common. */
const DISSOLVE_DOLLY = 0.05;

/**
 * A film from one picture to another. Where they show one scene, each is pushed along the optical flow towards the other; the less they
 * have in common, the more it is a dissolve with a slow dolly. The first and the last frame are the given pictures.
 */
export const createFirstLastFrame =
  (vision: Vision): TaskExecutor<'first-last-frame'> =>
  async (task, context, tools) => {
    const { canvas, frameRate, frameCount, seed } = task;
    const { image, lastImage } = context.inputs;
    if (image === undefined || lastImage === undefined) throw missingInput(image === undefined ? 'image' : 'lastImage');
    const { signal } = context;
    const load = async (path: string) => (await readCovering(path, canvas)).picture;
    const [module, first, last] = await Promise.all([compileWarpKernel(), load(image), load(lastImage)]);
    const side = fitInside(canvas, FLOW_SIDE);
    const [firstSmall, lastSmall] = await Promise.all([resizePicture(first, side), resizePicture(last, side)]);
    const study = await vision.run('study-pair', { picture: first, first: firstSmall, last: lastSmall }, signal);
    context.onProgress(ANALYSIS_RATIO);

    const scale = { x: canvas.width / side.width, y: canvas.height / side.height };
    const layers = [first, last, flowLayer(study.forward, scale, study.kinship), flowLayer(study.backward, scale, study.kinship)];
    const frameParams = createMorphParams({
      ...{ frameCount, seed, grain: study.texture.grain, kinship: study.kinship },
      fps: framesPerSecond(frameRate),
      life: readPictureLife(task.prompt, task.negativePrompt),
    });
    const path = join(context.scratchDir, 'first-last-frame.mp4');
    await renderFilm({
      scene: { module, program: 'morph', canvas, layers },
      ...{ canvas, frameRate, frameCount, path, signal, frameParams },
      ffmpegPath: tools.ffmpegPath,
      threads: tools.threads,
      onFrame: (done) => context.onProgress(ANALYSIS_RATIO + (1 - ANALYSIS_RATIO) * (done / frameCount)),
    });
    return { path, mediaType: 'video/mp4', warnings: [] };
  };

/** Cells to canvas pixels; unrelated pictures are pushed less. */
const flowLayer = ({ width, height, vectors }: FlowField, scale: { x: number; y: number }, kinship: number): WarpLayer => {
  const scaled = vectors.map((value, at) => value * kinship * (at % 2 === 0 ? scale.x : scale.y));
  return { width: width * 2, height, data: new Uint8Array(scaled.buffer, scaled.byteOffset, scaled.byteLength) };
};

const createMorphParams = (options: {
  frameCount: number;
  fps: number;
  seed: number;
  grain: number;
  kinship: number;
  life: PictureLife;
}): ((index: number) => Float32Array) => {
  const { frameCount, fps, seed, grain, kinship, life } = options;
  const block = setParams(MORPH_SLOTS, new Float32Array(MORPH_SLOTS.length), {
    LIFE_SEED: seed % 65_536,
    KINSHIP: kinship,
    ...{ WIND: life.wind, FOG_R: 206, FOG_G: 210, FOG_B: 216 },
  });
  const dolly = DISSOLVE_DOLLY * (1 - kinship);
  return (index) => {
    // A film of one frame shows the first picture.
    const ratio = frameCount < 2 ? 0 : index / (frameCount - 1);
    const eased = 0.4 * ratio + 0.6 * smoothstep(0, 1, ratio);
    // Nothing but the picture at both ends.
    const middle = smoothstep(0, 0.2, ratio) * smoothstep(0, 0.2, 1 - ratio);
    return setParams(MORPH_SLOTS, block, {
      NOISE_SEED: index,
      GRAIN: ratio === 0 || ratio === 1 ? 0 : grain,
      TIME: index / fps,
      LIGHT: 0.05 * life.light * middle,
      ...{ RAIN: life.rain * middle, SNOW: life.snow * middle, SPARKS: life.sparks * middle, FOG: life.fog * middle * 0.6 },
      RATIO: eased,
      // Kin pictures change over in the middle third, where both are pushed about half way; others take the whole time.
      MIX: kinship * smoothstep(0.15, 0.85, eased) + (1 - kinship) * eased,
      ZOOM_FIRST: 1 + dolly * eased,
      ZOOM_LAST: 1 - dolly * (1 - eased),
    });
  };
};
