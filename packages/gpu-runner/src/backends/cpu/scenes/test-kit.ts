import type { Canvas, RunnerTaskOf } from '@polyreel/core';
import { loadKernels } from '../engine/kernels.ts';
import { createPainter, type Painter } from '../engine/painter.ts';
import { planFilm } from './plan-film.ts';
import type { SceneKind } from './words.ts';

/** What the tests of this folder share. Not part of the product. */
export const plainPrompts: Readonly<Record<SceneKind, string>> = {
  sea: 'the sea',
  mountains: 'mountains',
  desert: 'desert dunes',
  meadow: 'a meadow',
  snowfield: 'snow in winter',
  forest: 'a forest',
  clouds: 'above the clouds',
  sky: 'the sky',
  aurora: 'an aurora',
  space: 'outer space',
  fire: 'a fire',
  street: 'rain on a city street',
  skyline: 'a city skyline',
  underwater: 'underwater',
  flow: 'abstract flow',
  studio: 'a studio',
};

export type TextToVideo = RunnerTaskOf<'text-to-video'>;

/** Five seconds at the size and rate of the reference model. */
export const textToVideoTask = (task: Partial<TextToVideo> = {}): TextToVideo => ({
  model: 'reference',
  canvas: { width: 832, height: 480 },
  frameRate: { numerator: 16, denominator: 1 },
  frameCount: 80,
  seed: 1,
  prompt: '',
  negativePrompt: '',
  ...task,
  type: 'text-to-video',
});

const painters = new Map<string, Promise<Painter>>();

/** Draws single frames of a film without encoding them. */
export const openFilm = async (
  task: TextToVideo,
): Promise<{ frame(index: number): Uint8Array; luma(index: number): Uint8Array }> => {
  const { canvas } = task;
  const key = `${canvas.width}x${canvas.height}`;
  const opened = painters.get(key) ?? loadKernels().then((kernels) => createPainter(kernels, canvas));
  painters.set(key, opened);
  const painter = await opened;
  const orderAt = planFilm(task);
  const frame = (index: number): Uint8Array => {
    const { scene, uniforms } = orderAt(index);
    return painter.draw(scene, uniforms);
  };
  return { frame, luma: (index) => lumaOf(frame(index), canvas) };
};

const lumaOf = (frame: Uint8Array, canvas: Canvas): Uint8Array => frame.subarray(0, canvas.width * canvas.height);

/** Every `share`-th of a list, spread evenly and never fewer than `least`, so that a small sample still meets every sort of case. */
export const sampleOf = <T>(cases: readonly T[], count: number): T[] =>
  Array.from(
    { length: Math.min(count, cases.length) },
    (_, index) => cases[Math.floor(((index + 0.5) * cases.length) / count)],
  ).filter((item) => item !== undefined);
