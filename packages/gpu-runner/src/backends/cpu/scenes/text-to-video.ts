import { join } from 'node:path';
import { openFrameEncoder } from '@polyreel/media';
import { drawFrames } from '../engine/draw-frames.ts';
import type { TaskExecutor } from '../executor.ts';
import { planFilm } from './plan-film.ts';

/** Share of the progress that drawing and piping make; the rest is closing the file. */
const DRAWN = 0.98;

/** Draws the scene that the prompt asks for. */
export const textToVideo: TaskExecutor<'text-to-video'> = async (task, context, tools) => {
  const path = join(context.scratchDir, 'film.mp4');
  const encoder = openFrameEncoder({
    ffmpegPath: tools.ffmpegPath,
    path,
    canvas: task.canvas,
    frameRate: task.frameRate,
    pixelFormat: 'yuv420p',
    crf: 17,
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
  } finally {
    await encoder.discard();
  }
  context.onProgress(1);
  return { path, mediaType: 'video/mp4', warnings: [] };
};
