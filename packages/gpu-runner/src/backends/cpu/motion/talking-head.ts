import { join } from 'node:path';
import { framesPerSecond } from '@polyreel/core';
import type { TaskExecutor } from '../executor.ts';
import { type FaceLandmarks, measureFace } from './face-geometry.ts';
import { missingInput } from './image-to-video.ts';
import { compileWarpKernel, type WarpScene } from './kernel.ts';
import { buildMouthTrack, type MouthTrack } from './mouth-track.ts';
import { createNoise } from './noise.ts';
import { PARALLAX_SLOTS, setParams, TALK_SLOTS } from './params.ts';
import { type Picture, type Placement, placePicture, readPicture, readPictureSize, readPlaced } from './picture.ts';
import { renderFilm } from './render-film.ts';
import { smoothstep } from './smoothstep.ts';
import { measureGrain } from './steadiness.ts';
import type { Vision } from './vision.ts';
import type { FoundFace } from './vision-worker.ts';
import { readVoice } from './voice.ts';

/** Faces are searched at this size at most; larger pictures gain nothing. */
const SEARCH_SIDE = 1024;
/** Change of the mouth's width at full rounding, as a ratio. */
const LIP_ROUNDING = 0.18;
/** Share of the progress bar that the analysis takes. */
const ANALYSIS_RATIO = 0.05;

/**
 * A portrait that speaks: jaw and lips follow the voice's energy, the head sways a little, the eyes are never warped.
 * A picture without a face moves as a whole with the sound, and the result says so.
 */
export const createTalkingHead =
  (vision: Vision): TaskExecutor<'talking-head'> =>
  async (task, context, tools) => {
    const { canvas, frameRate, frameCount } = task;
    const { image, audio } = context.inputs;
    if (image === undefined || audio === undefined) throw missingInput(image === undefined ? 'image' : 'audio');
    const { signal } = context;
    const [size, search, voice, module] = await Promise.all([
      readPictureSize(image),
      readPicture(image, SEARCH_SIDE),
      readVoice({ ffmpegPath: tools.ffmpegPath, path: audio, frameRate, frameCount, signal }),
      compileWarpKernel(),
    ]);
    const face = await vision.run('find-face', search, signal);
    const placement = placePicture(size, canvas, face === undefined ? undefined : faceFocus(face, search));
    const picture = await readPlaced(image, placement);
    context.onProgress(ANALYSIS_RATIO);

    const track = buildMouthTrack(voice, frameRate, task.seed);
    const options = { track, fps: framesPerSecond(frameRate), seed: task.seed, grain: measureGrain(picture) };
    const show =
      face === undefined
        ? showPicture(picture, options)
        : showFace(picture, toCanvas(face.landmarks, search, placement), options);
    const path = join(context.scratchDir, 'talking-head.mp4');
    await renderFilm({
      scene: { module, program: show.program, canvas, layers: show.layers },
      ...{ canvas, frameRate, frameCount, path, signal, frameParams: show.frameParams },
      ffmpegPath: tools.ffmpegPath,
      threads: tools.threads,
      onFrame: (done) => context.onProgress(ANALYSIS_RATIO + (1 - ANALYSIS_RATIO) * (done / frameCount)),
    });
    const warnings =
      face === undefined ? [{ code: 'no-face', details: { effect: 'the picture moves as a whole with the sound' } }] : [];
    return { path, mediaType: 'video/mp4', warnings };
  };

interface ShowOptions {
  readonly track: MouthTrack;
  readonly fps: number;
  readonly seed: number;
  readonly grain: number;
}
interface Show {
  readonly program: WarpScene['program'];
  readonly layers: WarpScene['layers'];
  frameParams(index: number): Float32Array;
}

const showFace = (picture: Picture, landmarks: FaceLandmarks, { track, fps, seed, grain }: ShowOptions): Show => {
  const { base, openMax, raiseMax, headRadius } = measureFace(landmarks, picture);
  const sway = createSway(seed);
  return {
    program: 'talk',
    layers: [picture],
    frameParams(index) {
      const time = index / fps;
      const { x, y, turn } = sway(time);
      const open = track.open[index] ?? 0;
      const stress = track.stress[index] ?? 0;
      return setParams(TALK_SLOTS, base, {
        NOISE_SEED: index,
        GRAIN: grain,
        MOVE_X: x * headRadius * 0.014,
        MOVE_Y: y * headRadius * 0.008 + stress * headRadius * 0.012,
        TURN: turn * 0.011,
        GROW: stress * 0.006,
        OPEN: open * openMax,
        RAISE: open * raiseMax,
        ROUND: (track.round[index] ?? 0) * LIP_ROUNDING,
      });
    },
  };
};

/** The parallax program reads a depth; here everything is equally far. */
const flatDepth = { width: 2, height: 2, data: new Uint8Array(16) };

const showPicture = (picture: Picture, { track, fps, seed, grain }: ShowOptions): Show => {
  const base = new Float32Array(PARALLAX_SLOTS.length);
  const sway = createSway(seed);
  const unit = Math.min(picture.width, picture.height);
  return {
    program: 'parallax',
    layers: [picture, flatDepth],
    frameParams(index) {
      const { x, y, turn } = sway(index / fps);
      const scale = 1 / (1.035 + (track.open[index] ?? 0) * 0.012 + (track.stress[index] ?? 0) * 0.015);
      const angle = turn * 0.004;
      return setParams(PARALLAX_SLOTS, base, {
        NOISE_SEED: index,
        GRAIN: grain,
        CENTRE_X: (picture.width - 1) / 2 - x * unit * 0.006,
        CENTRE_Y: (picture.height - 1) / 2 - y * unit * 0.006 - (track.round[index] ?? 0) * unit * 0.002,
        XX: scale,
        XY: -scale * angle,
        YX: scale * angle,
        YY: scale,
      });
    },
  };
};

/** Slow movement of a body at rest, each value in about -1..1, starting from rest. */
const createSway = (seed: number): ((time: number) => { x: number; y: number; turn: number }) => {
  const [x, y, turn] = [21, 22, 23].map((stream) => createNoise(seed, stream));
  return (time) => {
    const ease = smoothstep(0, 1.5, time);
    return { x: ease * (x?.(time * 0.55) ?? 0), y: ease * (y?.(time * 0.45) ?? 0), turn: ease * (turn?.(time * 0.5) ?? 0) };
  };
};

const faceFocus = ({ box }: FoundFace, search: Picture): { x: number; y: number } => ({
  x: (box.x + box.width / 2) / search.width,
  y: (box.y + box.height / 2) / search.height,
});

const toCanvas = (landmarks: FaceLandmarks, search: Picture, { scaled, canvas }: Placement): FaceLandmarks =>
  landmarks.map(({ x, y }) => ({
    x: ((x + 0.5) * scaled.width) / search.width - canvas.left - 0.5,
    y: ((y + 0.5) * scaled.height) / search.height - canvas.top - 0.5,
  }));
