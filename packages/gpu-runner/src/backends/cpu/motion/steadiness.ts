import { lumaOf } from './depth.ts';
import type { Picture } from './picture.ts';

const WINDOW = 8;
const MAX_WINDOWS = 600;
const SHIFTS = [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12] as const;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

interface Luma {
  readonly width: number;
  readonly height: number;
  readonly cells: Float32Array;
}

export interface Texture {
  /** Pixels that the picture may move from one frame to the next before it seems to jump. */
  readonly steadyPixels: number;
  /** Grain (standard deviation, of 255) that just makes two frames of an unmoved picture differ. */
  readonly grain: number;
}

/**
 * Fine texture allows slower moves than a hazy sky, as in any good pan, and hides more grain. `similarity` is the mean SSIM of neighbouring
 * frames that movement may cost; the grain costs a little more.
 */
export const measureTexture = (picture: Picture, similarity: number): Texture => {
  const luma = toLuma(picture);
  return { steadyPixels: measureSteadiness(luma, similarity), grain: chooseGrain(luma) };
};

/** The grain alone; see `Texture`. */
export const measureGrain = (picture: Picture): number => chooseGrain(toLuma(picture));

const toLuma = (picture: Picture): Luma => ({ width: picture.width, height: picture.height, cells: lumaOf(picture) });

const measureSteadiness = (luma: Luma, similarity: number): number => {
  let allowed = 0;
  let allowedSimilarity = 1;
  for (const shift of SHIFTS) {
    const sideways = meanOverWindows(luma, shift, (left, top) => similarityAt(luma, left, top, shift, 0));
    const upwards = meanOverWindows(luma, shift, (left, top) => similarityAt(luma, left, top, 0, shift));
    const similar = Math.min(sideways, upwards);
    if (similar < similarity) {
      return allowed + ((shift - allowed) * (allowedSimilarity - similarity)) / (allowedSimilarity - similar);
    }
    allowed = shift;
    allowedSimilarity = similar;
  }
  return allowed;
};

const GRAIN_LOSS = 0.012;
const MIN_GRAIN = 1.2;
const MAX_GRAIN = 7;

const chooseGrain = (luma: Luma): number => {
  for (let grain = MIN_GRAIN; grain < MAX_GRAIN; grain += 0.1) {
    const noise = 2 * (grain / 255) ** 2;
    const loss = meanOverWindows(luma, 0, (left, top) => {
      const signal = 2 * varianceAt(luma, left, top) + C2;
      return noise / (signal + noise);
    });
    if (loss >= GRAIN_LOSS) return grain;
  }
  return MAX_GRAIN;
};

/** Mean over windows spread evenly over the picture; `reach` pixels beyond each window stay inside. */
const meanOverWindows = ({ width, height }: Luma, reach: number, measure: (left: number, top: number) => number): number => {
  const side = WINDOW + Math.ceil(reach) + 1;
  const columns = Math.max(1, Math.floor((width - side) / WINDOW));
  const rows = Math.max(1, Math.floor((height - side) / WINDOW));
  const step = Math.max(1, Math.ceil((columns * rows) / MAX_WINDOWS));
  // A step that divides the number of columns would take all samples from a few columns.
  const stride = step > 1 && columns % step === 0 ? step + 1 : step;
  let sum = 0;
  let count = 0;
  for (let index = 0; index < columns * rows; index += stride) {
    sum += measure((index % columns) * WINDOW, Math.floor(index / columns) * WINDOW);
    count += 1;
  }
  return sum / count;
};

const varianceAt = ({ width, cells }: Luma, left: number, top: number): number => {
  let sum = 0;
  let squares = 0;
  for (let y = top; y < top + WINDOW; y++) {
    for (let x = left; x < left + WINDOW; x++) {
      const value = cells[y * width + x] ?? 0;
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / WINDOW ** 2;
  return squares / WINDOW ** 2 - mean * mean;
};

/** SSIM of a window with the same window after a shift right and down. */
const similarityAt = ({ width, cells }: Luma, left: number, top: number, shiftX: number, shiftY: number): number => {
  const wholeX = Math.floor(shiftX);
  const wholeY = Math.floor(shiftY);
  const partX = shiftX - wholeX;
  const partY = shiftY - wholeY;
  let sumA = 0;
  let sumB = 0;
  let squares = 0;
  let products = 0;
  for (let y = top; y < top + WINDOW; y++) {
    for (let x = left; x < left + WINDOW; x++) {
      const a = cells[y * width + x] ?? 0;
      const at = (y + wholeY) * width + x + wholeX;
      const here = cells[at] ?? 0;
      const b = here + ((cells[at + 1] ?? here) - here) * partX + ((cells[at + width] ?? here) - here) * partY;
      sumA += a;
      sumB += b;
      squares += a * a + b * b;
      products += a * b;
    }
  }
  const count = WINDOW * WINDOW;
  const meanA = sumA / count;
  const meanB = sumB / count;
  const variances = squares / count - meanA * meanA - meanB * meanB;
  const covariance = products / count - meanA * meanB;
  return ((2 * meanA * meanB + C1) * (2 * covariance + C2)) / ((meanA * meanA + meanB * meanB + C1) * (variances + C2));
};
