import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { ToolExecutor } from '../executor.ts';
import { requireInput } from '../inputs.ts';
import { readRgba } from '../rgba.ts';
import { guessWarning, openCutOutWork, prepare } from './cut-out.ts';

/** A PNG of the same size in which only the person or the object is left. */
export const cutOutImage: ToolExecutor<'cut-out-image'> = async (_task, context) => {
  const prepared = await prepare(await readRgba(requireInput(context, 'image')));
  context.onProgress(0);
  const path = join(context.scratchDir, 'cut-out.png');
  const work = openCutOutWork({ threads: 1, signal: context.signal });
  try {
    const method = await work.choose(prepared);
    context.onProgress(0.5);
    const mask = await work.mask(prepared, method);
    const { width, height, data } = await work.matte(prepared, mask);
    context.onProgress(0.8);
    await sharp(data, { raw: { width, height, channels: 4 } })
      .png({ compressionLevel: 6 })
      .toFile(path);
    context.signal.throwIfAborted();
    context.onProgress(1);
    return { path, mediaType: 'image/png', warnings: method === 'guess' ? [guessWarning] : [] };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await work.close();
  }
};
