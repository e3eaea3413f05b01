import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { TaskExecutor } from '../executor.ts';
import { toStepError } from '../run-errors.ts';
import { changePicture } from './change-picture.ts';
import { drawScene } from './draw-scene.ts';

/** A still of exactly the canvas: drawn by the scene engine, or the given picture changed as far as this engine can. */
export const image: TaskExecutor<'image'> = async (task, context) => {
  const path = join(context.scratchDir, 'image.png');
  const { signal, onProgress } = context;
  try {
    onProgress(0);
    const given = context.inputs.image;
    const made =
      given === undefined
        ? { data: await drawScene(task, signal), warnings: [] }
        : await changePicture(task, given, { signal, onProgress });
    onProgress(0.9);
    await sharp(made.data, { raw: { ...task.canvas, channels: 3 } })
      .png({ compressionLevel: 6 })
      .toFile(path);
    signal.throwIfAborted();
    onProgress(1);
    return { path, mediaType: 'image/png', warnings: made.warnings };
  } catch (error) {
    await rm(path, { force: true });
    throw toStepError(error, signal);
  }
};
