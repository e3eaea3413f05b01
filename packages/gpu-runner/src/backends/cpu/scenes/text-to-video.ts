import { join } from 'node:path';
import { type Canvas, StepError } from '@polyreel/core';
import { openFrameEncoder } from '@polyreel/media';
import { drawFrames } from '../engine/draw-frames.ts';
import type { TaskExecutor } from '../executor.ts';
import { toStepError } from '../run-errors.ts';
import { planFilm } from './plan-film.ts';

/** Share of the progress that drawing and piping make; the rest is closing the file. */
const DRAWN = 0.98;
/** Finer than the encoder's default: dark gradients and thin haze are what these scenes live on. */
const CRF = 17;
/** A thread needs about 24 bytes a pixel. */
const PIXELS_MAX = 4096 * 4096;

/** Draws the scene that the prompt asks for. */
export const textToVideo: TaskExecutor<'text-to-video'> = async (task, context, tools) => {
  assertDrawable(task.canvas);
  const path = join(context.scratchDir, 'film.mp4');
  const encoder = openFrameEncoder({
    ffmpegPath: tools.ffmpegPath,
    path,
    canvas: task.canvas,
    frameRate: task.frameRate,
    pixelFormat: 'yuv420p',
    crf: CRF,
    signal: context.signal,
  });
  try {
    const frames = drawFrames({
      canvas: task.canvas,
      frameCount: task.frameCount,
      orderAt: planFilm(task),
      threads: tools.threads,
      signal: context.signal,
    });
    for await (const frame of frames) {
      await encoder.write(frame);
      context.onProgress((encoder.framesWritten / task.frameCount) * DRAWN);
    }
    await encoder.finish();
  } catch (error) {
    throw toStepError(error, context.signal);
  } finally {
    await encoder.discard();
  }
  context.onProgress(1);
  return { path, mediaType: 'video/mp4', warnings: [] };
};

const assertDrawable = ({ width, height }: Canvas): void => {
  if (width * height <= PIXELS_MAX) return;
  throw new StepError({
    code: 'canvas_too_large',
    publicMessage: `canvas ${width}x${height} has more than ${PIXELS_MAX} pixels`,
    permanent: true,
  });
};
