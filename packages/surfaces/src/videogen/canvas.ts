import type { Canvas } from '@polyreel/core';
import type { Quality } from './schemas.ts';

export interface Ratio {
  readonly width: number;
  readonly height: number;
}

export const defaultRatio: Ratio = { width: 16, height: 9 };

/** Both sides divide by this: what models and codecs want. */
const step = 16;
const toStep = (pixels: number): number => Math.max(step, Math.round(pixels / step) * step);

/** Pixels of a picture of each quality, as the side of a square. */
const pictureSides = { LOW: 768, STANDARD: 1024, HIGH: 1536, MAX: 2048 } as const satisfies Record<Quality, number>;
/** Shorter side of a film. */
const filmSides = { LOW: 320, STANDARD: 480, HIGH: 720, MAX: 1080 } as const satisfies Record<Quality, number>;

/** A canvas of the ratio with as many pixels as the quality has. */
export function pictureCanvas(ratio: Ratio, quality: Quality): Canvas {
  const scale = pictureSides[quality] / Math.sqrt(ratio.width * ratio.height);
  return { width: toStep(ratio.width * scale), height: toStep(ratio.height * scale) };
}

/** A canvas of the ratio whose shorter side is that of the quality. */
export function filmCanvas(ratio: Ratio, quality: Quality): Canvas {
  const scale = filmSides[quality] / Math.min(ratio.width, ratio.height);
  return { width: toStep(ratio.width * scale), height: toStep(ratio.height * scale) };
}

/** The longest side of an enlarged picture or film. */
const largestSide = 3840;

/** Twice as large, up to 4K; null: it cannot be enlarged any more. Even sides. */
export function doubled(size: Canvas): Canvas | null {
  const scale = Math.min(2, largestSide / Math.max(size.width, size.height));
  const even = (pixels: number): number => Math.max(16, Math.floor((pixels * scale) / 2) * 2);
  const larger = { width: even(size.width), height: even(size.height) };
  return larger.width > size.width && larger.height > size.height ? larger : null;
}
