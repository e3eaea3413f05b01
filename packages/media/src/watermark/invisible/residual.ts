/** Radius of the neighbourhood that a pixel is compared with, and of the one that says how busy it is there. */
const MEAN_RADIUS = 4;
const BUSY_RADIUS = 8;
/** Pixels that stand out more than this tell of edges, not of marks. */
const CLIP = 2.5;
/** Keeps flat ground, where a codec leaves little, from counting for everything. */
const FLOOR = 1;

/** What stands out of its surroundings, in units of how much stands out there anyway, summed over frames. */
export interface Residual {
  readonly width: number;
  readonly height: number;
  readonly sum: Float32Array;
  add(frame: Uint8Array): void;
}

export const createResidual = (width: number, height: number): Residual => {
  const size = width * height;
  const sum = new Float32Array(size);
  const source = new Float32Array(size);
  const mean = new Float32Array(size);
  const busy = new Float32Array(size);
  const scratch = new Float32Array(size);
  return {
    width,
    height,
    sum,
    add(frame) {
      for (let index = 0; index < size; index += 1) source[index] = frame[index] ?? 0;
      boxMean(source, mean, scratch, { width, height, radius: MEAN_RADIUS });
      for (let index = 0; index < size; index += 1) {
        const value = (source[index] ?? 0) - (mean[index] ?? 0);
        source[index] = value;
        mean[index] = Math.abs(value);
      }
      boxMean(mean, busy, scratch, { width, height, radius: BUSY_RADIUS });
      for (let index = 0; index < size; index += 1) {
        const value = (source[index] ?? 0) / ((busy[index] ?? 0) + FLOOR);
        sum[index] = (sum[index] ?? 0) + (value > CLIP ? CLIP : value < -CLIP ? -CLIP : value);
      }
    },
  };
};

/** Mean over a square, the picture's edge repeated beyond it. */
const boxMean = (
  from: Float32Array,
  to: Float32Array,
  scratch: Float32Array,
  { width, height, radius }: { width: number; height: number; radius: number },
): void => {
  const share = 1 / (2 * radius + 1);
  for (let y = 0; y < height; y += 1) {
    const row = y * width;
    let sum = 0;
    for (let x = -radius; x <= radius; x += 1) sum += from[row + Math.min(width - 1, Math.max(0, x))] ?? 0;
    for (let x = 0; x < width; x += 1) {
      scratch[row + x] = sum * share;
      sum += (from[row + Math.min(width - 1, x + radius + 1)] ?? 0) - (from[row + Math.max(0, x - radius)] ?? 0);
    }
  }
  const sums = new Float64Array(width);
  for (let y = -radius; y <= radius; y += 1) {
    const row = Math.min(height - 1, Math.max(0, y)) * width;
    for (let x = 0; x < width; x += 1) sums[x] = (sums[x] ?? 0) + (scratch[row + x] ?? 0);
  }
  for (let y = 0; y < height; y += 1) {
    const row = y * width;
    const entering = Math.min(height - 1, y + radius + 1) * width;
    const leaving = Math.max(0, y - radius) * width;
    for (let x = 0; x < width; x += 1) {
      to[row + x] = (sums[x] ?? 0) * share;
      sums[x] = (sums[x] ?? 0) + (scratch[entering + x] ?? 0) - (scratch[leaving + x] ?? 0);
    }
  }
};
