import { rm } from 'node:fs/promises';
import type { Canvas } from '@polyreel/core';
import sharp from 'sharp';
import { comfyError } from './comfy-errors.ts';

export interface FinishPictureOptions {
  readonly input: string;
  readonly output: string;
  /** What the graph promised; null: what it makes is as large as its input. */
  readonly madeSize: Canvas | null;
  readonly canvas: Canvas;
  readonly signal: AbortSignal;
}

const pixelsMax = 16_384 * 16_384;

/** A PNG of exactly the canvas, cut out of the middle or enlarged to fill it, with nothing in it but pixels. Throws StepError. */
export async function finishPicture(options: FinishPictureOptions): Promise<void> {
  const { canvas, output, signal } = options;
  const made = await readSize(options.input);
  const promised = options.madeSize ?? canvas;
  if (made.width !== promised.width || made.height !== promised.height)
    throw comfyError(
      'backend_bad_output',
      new Error(`a picture of ${made.width}x${made.height} was made, ${promised.width}x${promised.height} was promised`),
    );
  const picture = sharp(options.input, { limitInputPixels: pixelsMax });
  const isLarge = made.width >= canvas.width && made.height >= canvas.height;
  const cut = isLarge
    ? picture.extract({
        left: Math.floor((made.width - canvas.width) / 2),
        top: Math.floor((made.height - canvas.height) / 2),
        ...canvas,
      })
    : picture.resize({ ...canvas, fit: 'cover' });
  try {
    await cut.png().toFile(output);
    signal.throwIfAborted();
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
}

async function readSize(path: string): Promise<Canvas> {
  try {
    const { width, height } = await sharp(path, { limitInputPixels: pixelsMax }).metadata();
    return { width, height };
  } catch (cause) {
    throw comfyError('backend_bad_output', cause);
  }
}

/** Of a picture as it is shown: turned upright. */
export async function shownSize(path: string): Promise<Canvas> {
  const { autoOrient } = await sharp(path, { limitInputPixels: pixelsMax }).metadata();
  return { width: autoOrient.width, height: autoOrient.height };
}
