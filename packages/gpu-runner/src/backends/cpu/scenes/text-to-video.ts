import { join } from 'node:path';
import { type Canvas, framesPerSecond, type RunnerTaskOf } from '@polyreel/core';
import { openFrameEncoder } from '@polyreel/media';
import { drawFrames, type FrameOrder } from '../engine/draw-frames.ts';
import { createRandom } from '../engine/scalar-math.ts';
import { packUniforms, type Uniforms } from '../engine/uniforms.ts';
import type { TaskExecutor } from '../executor.ts';
import { baseUniforms } from './base-uniforms.ts';

export const textToVideo: TaskExecutor<'text-to-video'> = async (task, context, tools) => {
  const path = join(context.scratchDir, 'film.mp4');
  const encoder = openFrameEncoder({
    ffmpegPath: tools.ffmpegPath,
    path,
    canvas: task.canvas,
    frameRate: task.frameRate,
    pixelFormat: 'yuv420p',
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
      context.onProgress((encoder.framesWritten / task.frameCount) * 0.98);
    }
    await encoder.finish();
  } finally {
    await encoder.discard();
  }
  context.onProgress(1);
  return { path, mediaType: 'video/mp4', warnings: [] };
};

/** Pixels of one picture unit: half the height at 16:9, and a like field of view at any other shape. */
export const unitPixels = (canvas: Canvas): number => Math.sqrt(canvas.width * canvas.height) * 0.38;

const planFilm = (task: RunnerTaskOf<'text-to-video'>): ((index: number) => FrameOrder) => {
  const random = createRandom(task.seed);
  const base: Uniforms = {
    ...baseUniforms,
    width: task.canvas.width,
    height: task.canvas.height,
    unit: unitPixels(task.canvas),
    seed: [random() * 100, random() * 100, random() * 100],
    sunDirection: [0.25, 0.1, 0.96],
    sunColour: [2.6, 1.4, 0.6],
    zenith: [0.1, 0.2, 0.45],
    horizon: [0.85, 0.5, 0.3],
    cloudLit: [1.2, 0.75, 0.5],
    cloudShade: [0.3, 0.28, 0.38],
    fogColour: [0.8, 0.5, 0.35],
    colourA: [0.01, 0.04, 0.06],
    colourB: [0.05, 0.16, 0.17],
    colourC: [0.8, 0.75, 0.7],
    knobs: [0.28, 0.5, 0, 0, 0, 0, 0, 0],
    eye: [0, 1.6, 0],
  };
  const rate = framesPerSecond(task.frameRate);
  return (index) => ({ scene: 0, uniforms: packUniforms({ ...base, time: index / rate }) });
};
