import { createNoise } from './noise.ts';
import type { Picture } from './picture.ts';

/** Nearness of each cell, 0 far to 1 near, as one f32 a cell. */
export interface DepthMap {
  readonly width: number;
  readonly height: number;
  readonly cells: Float32Array;
}

/** How much each clue of nearness counts. */
export interface DepthWeights {
  readonly height: number;
  readonly colour: number;
  readonly sharpness: number;
  readonly centre: number;
}
export const DEPTH_WEIGHTS: DepthWeights = { height: 0.42, colour: 0.26, sharpness: 0.22, centre: 0.1 };

/** Another seed sees the same picture a little deeper or flatter here and there. */
export const jitterDepthWeights = (seed: number): DepthWeights => {
  const jitter = (stream: number): number => 1 + 0.25 * createNoise(seed, stream)(0);
  return {
    height: DEPTH_WEIGHTS.height * jitter(71),
    colour: DEPTH_WEIGHTS.colour * jitter(72),
    sharpness: DEPTH_WEIGHTS.sharpness * jitter(73),
    centre: DEPTH_WEIGHTS.centre * jitter(74),
  };
};

const GUIDED_RADIUS = 9;
const GUIDED_EPSILON = 0.004;

/**
 * Guesses depth from one small picture: what is lower, unlike the sky above, sharp and central is near. A guided filter ties the
 * guess to the picture's edges. `picture` is about 200 cells wide; the map has its size.
 */
export const guessDepth = (picture: Picture, weights: DepthWeights = DEPTH_WEIGHTS): DepthMap => {
  const { width, height } = picture;
  const luma = lumaOf(picture);
  const sky = averageOfRows(picture, Math.max(1, Math.round(height * 0.12)));
  const sharpness = normalised(boxBlur(localContrast(luma, width, height), width, height, Math.round(width / 24)));
  const distance = normalised(
    Float32Array.from({ length: width * height }, (_, at) => {
      const pixel = picture.data.subarray(at * 4, at * 4 + 3);
      return Math.hypot((pixel[0] ?? 0) - sky[0], (pixel[1] ?? 0) - sky[1], (pixel[2] ?? 0) - sky[2]);
    }),
  );
  const guess = Float32Array.from({ length: width * height }, (_, at) => {
    const x = ((at % width) + 0.5) / width;
    const y = (Math.floor(at / width) + 0.5) / height;
    const central = Math.max(0, 1 - 2 * Math.hypot(x - 0.5, (y - 0.55) * 0.8));
    return (
      weights.height * y +
      weights.colour * (distance[at] ?? 0) +
      weights.sharpness * (sharpness[at] ?? 0) +
      weights.centre * central
    );
  });
  const filtered = guidedFilter(luma, guess, width, height);
  // Soft slopes: the camera may go the farther aside before a near thing folds over what is behind it.
  const soften = (cells: Float32Array): Float32Array => boxBlur(cells, width, height, 1);
  return { width, height, cells: normalised(soften(soften(soften(filtered)))) };
};

/** Luma of each pixel, 0..1. */
export const lumaOf = ({ width, height, data }: Picture): Float32Array => {
  const luma = new Float32Array(width * height);
  for (let at = 0, pixel = 0; at < luma.length; at++, pixel += 4) {
    luma[at] = (0.2126 * (data[pixel] ?? 0) + 0.7152 * (data[pixel + 1] ?? 0) + 0.0722 * (data[pixel + 2] ?? 0)) / 255;
  }
  return luma;
};

const averageOfRows = ({ width, data }: Picture, rows: number): readonly [number, number, number] => {
  const sum: [number, number, number] = [0, 0, 0];
  for (let at = 0; at < rows * width * 4; at += 4) {
    sum[0] += data[at] ?? 0;
    sum[1] += data[at + 1] ?? 0;
    sum[2] += data[at + 2] ?? 0;
  }
  const count = rows * width;
  return [sum[0] / count, sum[1] / count, sum[2] / count];
};

const localContrast = (luma: Float32Array, width: number, height: number): Float32Array =>
  Float32Array.from({ length: width * height }, (_, at) => {
    const x = at % width;
    const here = luma[at] ?? 0;
    const right = x + 1 < width ? (luma[at + 1] ?? here) : here;
    const below = at + width < width * height ? (luma[at + width] ?? here) : here;
    return Math.sqrt(Math.abs(right - here) + Math.abs(below - here));
  });

/** Stretches values to 0..1; a flat map becomes 0.5. */
const normalised = (values: Float32Array): Float32Array => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return values.map((value) => (high - low < 1e-6 ? 0.5 : (value - low) / (high - low)));
};

/** He, Sun and Tang: a local linear model of the guide, so that steps of the result lie where the guide has edges. */
const guidedFilter = (guide: Float32Array, input: Float32Array, width: number, height: number): Float32Array => {
  const blur = (values: Float32Array): Float32Array => boxBlur(values, width, height, GUIDED_RADIUS);
  const product = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, at) => value * (b[at] ?? 0));
  const meanGuide = blur(guide);
  const meanInput = blur(input);
  const correlation = blur(product(guide, input));
  const square = blur(product(guide, guide));
  const slope = correlation.map((value, at) => {
    const mean = meanGuide[at] ?? 0;
    return (value - mean * (meanInput[at] ?? 0)) / ((square[at] ?? 0) - mean * mean + GUIDED_EPSILON);
  });
  const offset = slope.map((value, at) => (meanInput[at] ?? 0) - value * (meanGuide[at] ?? 0));
  const meanSlope = blur(slope);
  const meanOffset = blur(offset);
  return guide.map((value, at) => value * (meanSlope[at] ?? 0) + (meanOffset[at] ?? 0));
};

/** Mean over a square of side 2 `radius` + 1, cut at the borders. */
export const boxBlur = (values: Float32Array, width: number, height: number, radius: number): Float32Array => {
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += values[y * width + x] ?? 0;
      sums[(y + 1) * stride + x + 1] = (sums[y * stride + x + 1] ?? 0) + row;
    }
  }
  return Float32Array.from({ length: width * height }, (_, at) => {
    const x = at % width;
    const y = Math.floor(at / width);
    const left = Math.max(0, x - radius);
    const right = Math.min(width, x + radius + 1);
    const top = Math.max(0, y - radius);
    const bottom = Math.min(height, y + radius + 1);
    const total =
      (sums[bottom * stride + right] ?? 0) -
      (sums[top * stride + right] ?? 0) -
      (sums[bottom * stride + left] ?? 0) +
      (sums[top * stride + left] ?? 0);
    return total / ((right - left) * (bottom - top));
  });
};
