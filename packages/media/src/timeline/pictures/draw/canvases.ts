import { type Canvas, createCanvas, ImageData, type SKRSContext2D } from '@napi-rs/canvas';
import type { Sprite } from '../sprite.ts';

/** A picture ready to be laid down: its pixels and the rectangle of the box that they fill. */
export interface Picture {
  readonly canvas: Canvas;
  readonly rect: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

export const MAX_CANVAS_SIDE = 8192;

export const makeCanvas = (width: number, height: number): Canvas =>
  createCanvas(
    Math.min(MAX_CANVAS_SIDE, Math.max(1, Math.ceil(width))),
    Math.min(MAX_CANVAS_SIDE, Math.max(1, Math.ceil(height))),
  );

export const fromPixels = (pixels: Uint8ClampedArray<ArrayBuffer>, width: number, height: number): Canvas => {
  const canvas = createCanvas(width, height);
  canvas.getContext('2d').putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
};

/** A copy of its own: image data of a canvas may not be shared. */
export const spritePixels = (sprite: Sprite): Uint8ClampedArray<ArrayBuffer> => {
  const copy = new Uint8ClampedArray(sprite.pixels.byteLength);
  copy.set(new Uint8ClampedArray(sprite.pixels));
  return copy;
};

export const fromSprite = (sprite: Sprite): Canvas => fromPixels(spritePixels(sprite), sprite.pixelWidth, sprite.pixelHeight);

/**
 * Lays a picture down. Dot on dot it needs no smoothing; everything else goes the precise way: the quick one places pixels by sixteenths,
 * which is seen as trembling when a picture moves slowly.
 */
export const drawPicture = (context: SKRSContext2D, { canvas, rect }: Picture): void => {
  const { a, b, c, d, e, f } = context.getTransform();
  const isNear = (value: number, wanted: number): boolean => Math.abs(value - wanted) < 1e-6;
  const [left, top] = [a * rect.x + e, d * rect.y + f];
  const isDotOnDot =
    isNear(b, 0) &&
    isNear(c, 0) &&
    isNear((a * rect.width) / canvas.width, 1) &&
    isNear((d * rect.height) / canvas.height, 1) &&
    isNear(left, Math.round(left)) &&
    isNear(top, Math.round(top));
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = isDotOnDot ? 'low' : 'medium';
  context.drawImage(canvas, rect.x, rect.y, rect.width, rect.height);
};
