import { type Canvas, type FrameRate, framesPerSecond, type RunnerTaskOf } from '@polyreel/core';
import { describeGraph } from './describe-graph.ts';
import type { BuiltGraph, Graph, GraphInput } from './graph.ts';
import { type Available, fileOf } from './model-files.ts';
import { node, saveFilm } from './wan-parts.ts';

/** A given film as it was probed. */
export interface SourceFilm {
  readonly size: Canvas;
  readonly frameCount: number;
  readonly frameRate: FrameRate;
}

/**
 * Pixels of one part's frames in the server's memory, where each takes 12 bytes and is held about three times: 14 GB.
 * Longer films are cut, and made in parts.
 */
const partPixelsMax = 400e6;

const loadFilm = (isWhole: boolean, slice: { from: number; count: number }): { graph: Graph; inputs: readonly GraphInput[] } => ({
  graph: { '1': node('LoadVideo', { file: '' }), '2': node('GetVideoComponents', { video: ['1', 0] }) },
  inputs: [{ source: 'video', nodeId: '1', input: 'file', ...(!isWhole && { slice: { unit: 'frames', ...slice } }) }],
});

/** Stretches of at most `countMax` frames; each further one begins with the last `overlap` frames of the one before. */
function stretches(frameCount: number, countMax: number, overlap: number): { from: number; count: number }[] {
  const parts: { from: number; count: number }[] = [];
  for (let from = 0; from === 0 || from + overlap < frameCount; from += Math.max(overlap + 1, countMax) - overlap)
    parts.push({ from, count: Math.min(Math.max(overlap + 1, countMax), frameCount - from) });
  return parts;
}

const framesOf = (canvas: Canvas): number => Math.max(1, Math.floor(partPixelsMax / (canvas.width * canvas.height)));

/** Every frame enlarged by a network and brought to exactly the asked size. */
export function buildUpscaleVideo(task: RunnerTaskOf<'upscale-video'>, available: Available): BuiltGraph[] {
  // The network makes four times the sides of the source, which is at least as large as the canvas where it is enlarged to twice its size.
  const countMax = Math.max(1, Math.floor(framesOf(task.canvas) / 2));
  return stretches(task.frameCount, countMax, 0).map((slice) => {
    const film = loadFilm(slice.count === task.frameCount, slice);
    const graph: Graph = {
      ...film.graph,
      '3': node('UpscaleModelLoader', { model_name: fileOf(available, 'upscaler') }),
      '4': node('ImageUpscaleWithModel', { upscale_model: ['3', 0], image: ['2', 0] }),
      '5': node('ImageScale', { image: ['4', 0], upscale_method: 'lanczos', ...task.canvas, crop: 'center' }),
      ...saveFilm(['5', 0], framesPerSecond(task.frameRate)),
    };
    return describeGraph({
      ...{ graph, family: 'upscale', outputKind: 'video', inputs: film.inputs },
      ...{ frames: slice.count, size: task.canvas, frameRate: task.frameRate },
    });
  });
}

/** Up to here as many frames as the exact times need. */
const exactMost = 8;
/** The server's own limit. */
const multiplierMax = 16;

/**
 * How many frames are made for one: where the rates are a small ratio p to q, p of them, of which the runner takes every q-th, so that every
 * frame lies at its exact time. Else so many that none is further from its time than a sixteenth of the source's interval, as far as the server goes.
 */
export function interpolationMultiplier(from: FrameRate, to: FrameRate): number {
  const p = to.numerator * from.denominator;
  const q = to.denominator * from.numerator;
  const exact = p / greatestDivisor(p, q);
  return exact <= exactMost ? exact : Math.min(multiplierMax, Math.max(exactMost, Math.ceil((2 * p) / q)));
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** RIFE, over one scene: a cut inside would become a morph. n frames become (n - 1) times the multiplier, and the last one. */
export function buildInterpolate(task: RunnerTaskOf<'interpolate'>, source: SourceFilm, available: Available): BuiltGraph[] {
  const multiplier = interpolationMultiplier(source.frameRate, task.frameRate);
  const frameRate = { numerator: source.frameRate.numerator * multiplier, denominator: source.frameRate.denominator };
  const countMax = Math.max(2, Math.floor(framesOf(source.size) / multiplier));
  return stretches(source.frameCount, countMax, 1).map((slice, part) => {
    const film = loadFilm(slice.count === source.frameCount, slice);
    // One frame has none between: the network is not asked.
    const isMade = multiplier > 1 && slice.count > 1;
    const graph: Graph = {
      ...film.graph,
      ...(isMade && {
        '5': node('FrameInterpolationModelLoader', { model_name: fileOf(available, 'interpolator') }),
        '6': node('FrameInterpolate', { interp_model: ['5', 0], images: ['2', 0], multiplier }),
      }),
      // The server takes no more than 120 frames a second; the rate written into the file is put right when it is brought to the task's.
      ...saveFilm([isMade ? '6' : '2', 0], Math.min(120, framesPerSecond(frameRate))),
    };
    return describeGraph({
      ...{ graph, family: 'rife', outputKind: 'video', inputs: film.inputs, skipFrames: part === 0 ? 0 : 1 },
      ...{ frames: (slice.count - 1) * multiplier + 1, size: source.size, frameRate },
    });
  });
}

/** BiRefNet: what belongs to the subject, as a grey film that the runner lays over the source as its alpha. */
export function buildCutOutVideo(source: SourceFilm, available: Available): BuiltGraph[] {
  return stretches(source.frameCount, framesOf(source.size), 0).map((slice) => {
    const film = loadFilm(slice.count === source.frameCount, slice);
    const graph: Graph = {
      ...film.graph,
      '3': node('LoadBackgroundRemovalModel', { bg_removal_name: fileOf(available, 'birefnet') }),
      '4': node('RemoveBackground', { bg_removal_model: ['3', 0], image: ['2', 0] }),
      '5': node('MaskToImage', { mask: ['4', 0] }),
      ...saveFilm(['5', 0], Math.min(120, framesPerSecond(source.frameRate))),
    };
    return describeGraph({
      ...{ graph, family: 'birefnet', outputKind: 'video', outputUse: 'alpha', inputs: film.inputs },
      ...{ frames: slice.count, size: source.size, frameRate: source.frameRate },
    });
  });
}
