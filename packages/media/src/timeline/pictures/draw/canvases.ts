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

/** Without the empty room around it: what is laid down again and again shall touch no more of the frame than it must. */
export const trimPicture = ({ canvas, rect }: Picture): Picture => {
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      // Alpha is the last byte: the highest of a word on every machine that runs Node.
      if ((pixels[at] ?? 0) <= 0xffffff) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      bottom = y + 1;
    }
  }
  if (right <= left)
    return { canvas: makeCanvas(1, 1), rect: { ...rect, width: rect.width / width, height: rect.height / height } };
  if (right - left === width && bottom - top === height) return { canvas, rect };
  const part = makeCanvas(right - left, bottom - top);
  part.getContext('2d').drawImage(canvas, -left, -top);
  const [perX, perY] = [rect.width / width, rect.height / height];
  return {
    canvas: part,
    rect: { x: rect.x + left * perX, y: rect.y + top * perY, width: part.width * perX, height: part.height * perY },
  };
};

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
