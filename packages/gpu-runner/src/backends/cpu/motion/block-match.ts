/** A vector field: x, y pairs, one a cell. */
export interface FlowField {
  readonly width: number;
  readonly height: number;
  readonly vectors: Float32Array;
}

export interface LumaMap {
  readonly width: number;
  readonly height: number;
  readonly cells: Float32Array;
}

const HALF_BLOCK = 3;
/** Reach of the search as a share of the picture: films turn more than they tip. */
const REACH_X = 0.17;
const REACH_Y = 0.13;
/** Cost of each cell of movement, in luma: keeps flat areas where they are. */
const STILLNESS = 0.0016;

/**
 * Whole-cell movement from `from` to `to` by best matching blocks, cleaned by a median. Finds shifts far beyond the reach of Farneback's
 * method, whose start it is.
 */
export const matchBlocks = (from: LumaMap, to: LumaMap): FlowField => {
  const { width, height } = from;
  const reachX = Math.round(width * REACH_X);
  const reachY = Math.round(height * REACH_Y);
  const bestCost = new Float32Array(width * height).fill(Number.POSITIVE_INFINITY);
  const vectors = new Float32Array(width * height * 2);
  const difference = new Float32Array(width * height);
  for (let dy = -reachY; dy <= reachY; dy++) {
    for (let dx = -reachX; dx <= reachX; dx++) {
      for (let y = 0; y < height; y++) {
        const toRow = Math.min(height - 1, Math.max(0, y + dy)) * width;
        for (let x = 0; x < width; x++) {
          const toX = Math.min(width - 1, Math.max(0, x + dx));
          difference[y * width + x] = Math.abs((from.cells[y * width + x] ?? 0) - (to.cells[toRow + toX] ?? 0));
        }
      }
      const cost = slidingSum(difference, width, height, HALF_BLOCK);
      const penalty = STILLNESS * (2 * HALF_BLOCK + 1) ** 2 * Math.hypot(dx, dy);
      for (let at = 0; at < cost.length; at++) {
        const total = (cost[at] ?? 0) + penalty;
        if (total >= (bestCost[at] ?? 0)) continue;
        bestCost[at] = total;
        vectors[at * 2] = dx;
        vectors[at * 2 + 1] = dy;
      }
    }
  }
  return medianOf({ width, height, vectors }, 2);
};

/** Sum over a square of side 2 `radius` + 1; the border repeats. Separable, two running sums. */
const slidingSum = (values: Float32Array, width: number, height: number, radius: number): Float32Array => {
  const rows = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const at = (x: number): number => values[y * width + Math.min(width - 1, Math.max(0, x))] ?? 0;
    let sum = 0;
    for (let x = -radius; x <= radius; x++) sum += at(x);
    for (let x = 0; x < width; x++) {
      rows[y * width + x] = sum;
      sum += at(x + radius + 1) - at(x - radius);
    }
  }
  const sums = new Float32Array(width * height);
  for (let x = 0; x < width; x++) {
    const at = (y: number): number => rows[Math.min(height - 1, Math.max(0, y)) * width + x] ?? 0;
    let sum = 0;
    for (let y = -radius; y <= radius; y++) sum += at(y);
    for (let y = 0; y < height; y++) {
      sums[y * width + x] = sum;
      sum += at(y + radius + 1) - at(y - radius);
    }
  }
  return sums;
};

/** Median of each component over a square of side 2 `radius` + 1. */
const medianOf = ({ width, height, vectors }: FlowField, radius: number): FlowField => {
  const cleaned = new Float32Array(vectors.length);
  const window = new Float32Array((2 * radius + 1) ** 2);
  for (let at = 0; at < vectors.length; at++) {
    const cell = at >> 1;
    const x = cell % width;
    const y = Math.floor(cell / width);
    let count = 0;
    for (let ny = Math.max(0, y - radius); ny <= Math.min(height - 1, y + radius); ny++) {
      for (let nx = Math.max(0, x - radius); nx <= Math.min(width - 1, x + radius); nx++) {
        window[count] = vectors[(ny * width + nx) * 2 + (at & 1)] ?? 0;
        count += 1;
      }
    }
    cleaned[at] = window.subarray(0, count).sort()[count >> 1] ?? 0;
  }
  return { width, height, vectors: cleaned };
};
