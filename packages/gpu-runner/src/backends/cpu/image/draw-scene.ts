import { type Canvas, type RunnerTaskOf, StepError } from '@polyreel/core';
import sharp from 'sharp';
import { drawFrames } from '../engine/draw-frames.ts';
import { planFilm } from '../scenes/plan-film.ts';
import { toRgb } from './rgb.ts';

/** A drawing thread needs about 24 bytes a pixel. */
const PIXELS_MAX = 4096 * 4096;
/** The film whose frame the still is: long enough for what moves to have spread. */
const FILM = { frameRate: { numerator: 16, denominator: 1 }, frameCount: 64, frame: 24 } as const;

/** Straight RGB of exactly the canvas: the scene that the prompt asks for, drawn at twice the size where memory allows. Throws StepError. */
export const drawScene = async (
  task: Pick<RunnerTaskOf<'image'>, 'model' | 'canvas' | 'seed' | 'prompt' | 'negativePrompt'>,
  signal: AbortSignal,
): Promise<Buffer> => {
  const { width, height } = task.canvas;
  if (width * height > PIXELS_MAX)
    throw new StepError({
      code: 'canvas_too_large',
      publicMessage: `canvas ${width}x${height} has more than ${PIXELS_MAX} pixels`,
      permanent: true,
    });
  const factor = width * height * 4 <= PIXELS_MAX ? 2 : 1;
  const even = (side: number): number => 2 * Math.ceil((side * factor) / 2);
  const canvas: Canvas = { width: even(width), height: even(height) };
  const orderAt = planFilm({ ...task, canvas, type: 'text-to-video', frameRate: FILM.frameRate, frameCount: FILM.frameCount });
  for await (const planes of drawFrames({ canvas, frameCount: 1, orderAt: () => orderAt(FILM.frame), threads: 1, signal }))
    return sharp(toRgb(planes, canvas), { raw: { ...canvas, channels: 3 } })
      .resize(width, height, { fit: 'cover', kernel: 'lanczos3' })
      .raw()
      .toBuffer();
  throw new Error('no frame was drawn');
};
