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

/** Lays a picture down; smoothing fits how much smaller it gets. */
export const drawPicture = (context: SKRSContext2D, picture: Picture, scale: number): void => {
  const shrink = (picture.rect.width * scale) / picture.canvas.width;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = shrink < 0.7 ? 'medium' : 'low';
  const { x, y, width, height } = picture.rect;
  context.drawImage(picture.canvas, x, y, width, height);
};
