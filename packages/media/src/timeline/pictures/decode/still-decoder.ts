import sharp from 'sharp';
import { MAX_FOREIGN_PIXELS } from '../../../foreign-input.ts';
import type { Layer, Rect } from '../../scene-graph.ts';
import type { PreparedAnimation, PreparedStill } from '../prepared.ts';
import { type Sprite, toShared } from '../sprite.ts';
import { unusableAsset } from './picture-errors.ts';
import type { SourcePart } from './source-part.ts';

/** Memory of all frames of an animated picture; with more they are decoded smaller. */
const ANIMATION_BYTES = 256 * 1024 * 1024;
const MAX_ANIMATION_FRAMES = 2000;

const open = (path: string, pages: number) =>
  sharp(path, { limitInputPixels: MAX_FOREIGN_PIXELS * (pages === 1 ? 1 : 20), failOn: 'error', pages, sequentialRead: true });

/** Decodes the part of a picture that a layer shows, upright, at the size at which it is drawn. */
export const decodeStill = async (path: string, part: SourcePart, clip: Pick<Layer, 'path'>): Promise<PreparedStill> => {
  try {
    const { crop } = part;
    const { data } = await open(path, 1)
      .autoOrient()
      .extract({ left: crop.x, top: crop.y, width: crop.width, height: crop.height })
      .resize(part.pixelWidth, part.pixelHeight, { fit: 'fill', kernel: 'lanczos3' })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { type: 'still', sprite: spriteOf(data, part, part.rect) };
  } catch (error) {
    throw unusableAsset(clip.path, 'the picture could not be decoded', error);
  }
};

const spriteOf = (data: Uint8Array, size: { pixelWidth: number; pixelHeight: number }, rect: Rect): Sprite => ({
  ...rect,
  pixelWidth: size.pixelWidth,
  pixelHeight: size.pixelHeight,
  pixels: toShared(data),
});

/** Decodes every frame of an animated picture with the time at which it shows. */
export const decodeAnimation = async (
  path: string,
  part: SourcePart,
  clip: Pick<Layer, 'path'>,
  source: { width: number; height: number },
): Promise<PreparedAnimation> => {
  try {
    const { pages = 1, delay = [] } = await open(path, -1).metadata();
    if (pages > MAX_ANIMATION_FRAMES) throw new Error(`${pages} frames exceed ${MAX_ANIMATION_FRAMES}`);
    // The whole picture is scaled, then cut: frames of an animation cannot be cut while they lie below each other.
    const wanted = { x: part.pixelWidth / part.crop.width, y: part.pixelHeight / part.crop.height };
    const bytes = pages * source.width * source.height * 4 * wanted.x * wanted.y;
    const shrink = Math.min(1, Math.sqrt(ANIMATION_BYTES / Math.max(1, bytes)));
    const width = Math.max(1, Math.round(source.width * wanted.x * shrink));
    const height = Math.max(1, Math.round(source.height * wanted.y * shrink));
    const { data } = await open(path, -1)
      .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const whole = wholeRect(part, source);
    const cut = cutPixels(part, { whole, width, height });
    const sprites: Sprite[] = [];
    const startSeconds: number[] = [];
    let seconds = 0;
    for (let page = 0; page < pages; page += 1) {
      const frame = data.subarray(page * width * height * 4, (page + 1) * width * height * 4);
      sprites.push(cutFrame(frame, width, cut, whole, { width, height }));
      startSeconds.push(seconds);
      // Browsers show frames of 10 ms or less for a tenth of a second.
      const shownMs = delay[page] ?? 100;
      seconds += (shownMs <= 10 ? 100 : shownMs) / 1000;
    }
    return { type: 'animation', sprites, startSeconds };
  } catch (error) {
    throw unusableAsset(clip.path, 'the animated picture could not be decoded', error);
  }
};

/** Where the uncut picture would lie in the box. */
const wholeRect = (part: SourcePart, source: { width: number; height: number }): Rect => {
  const perSource = { x: part.rect.width / part.crop.width, y: part.rect.height / part.crop.height };
  return {
    x: part.rect.x - part.crop.x * perSource.x,
    y: part.rect.y - part.crop.y * perSource.y,
    width: source.width * perSource.x,
    height: source.height * perSource.y,
  };
};

const cutPixels = (part: SourcePart, scaled: { whole: Rect; width: number; height: number }): Rect => {
  const x = Math.floor(((part.rect.x - scaled.whole.x) / scaled.whole.width) * scaled.width + 0.01);
  const y = Math.floor(((part.rect.y - scaled.whole.y) / scaled.whole.height) * scaled.height + 0.01);
  const width = Math.min(scaled.width - x, Math.ceil((part.rect.width / scaled.whole.width) * scaled.width - 0.01));
  const height = Math.min(scaled.height - y, Math.ceil((part.rect.height / scaled.whole.height) * scaled.height - 0.01));
  return { x, y, width: Math.max(1, width), height: Math.max(1, height) };
};

const cutFrame = (
  frame: Uint8Array,
  rowPixels: number,
  cut: Rect,
  whole: Rect,
  scaled: { width: number; height: number },
): Sprite => {
  const pixels = new SharedArrayBuffer(cut.width * cut.height * 4);
  const target = new Uint8Array(pixels);
  for (let row = 0; row < cut.height; row += 1) {
    const from = ((cut.y + row) * rowPixels + cut.x) * 4;
    target.set(frame.subarray(from, from + cut.width * 4), row * cut.width * 4);
  }
  const step = { x: whole.width / scaled.width, y: whole.height / scaled.height };
  return {
    x: whole.x + cut.x * step.x,
    y: whole.y + cut.y * step.y,
    width: cut.width * step.x,
    height: cut.height * step.y,
    pixelWidth: cut.width,
    pixelHeight: cut.height,
    pixels,
  };
};
