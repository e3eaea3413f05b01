import type { Canvas } from '@polyreel/core';
import { buildLayout, buildTile, CHIPS_PER_SIDE, TILE_CHIPS } from './pattern.ts';

/** Changes of a pixel on flat ground and where there is much to see, before the limit; levels of 255. */
const FLAT_GAIN = 1.7;
const BUSY_GAIN = 5;
/** Activity (mean step between neighbours) that earns the whole gain. */
const BUSY_ACTIVITY = 12;
const BLOCK = 8;
/** Mean squared change that a frame may have: 42.6 dB, so that rounding stays above 42. */
const MAX_MEAN_SQUARE = 3.55;

/** Puts a mark into the luma of frames of one size, in place. */
export interface FrameMarker {
  /** `frame`: yuv420p or gray, the luma plane first. */
  mark(frame: Uint8Array): void;
}

/**
 * A marker for one film. The pattern is the same in every frame: any second of the film carries the whole id, and a codec keeps it,
 * because what does not move costs nothing. Its strength follows what there is to hide behind.
 */
export const createFrameMarker = (options: { key: Uint8Array; id: bigint; canvas: Canvas }): FrameMarker => {
  const { width, height } = options.canvas;
  const pattern = drawPattern(buildTile(buildLayout(options.key), options.id), options.canvas);
  const columns = Math.ceil(width / BLOCK);
  const rows = Math.ceil(height / BLOCK);
  const activity = new Float32Array(columns * rows);
  const gains = new Float32Array((columns + 1) * (rows + 1));
  const change = new Float32Array(width * height);
  return {
    mark(frame) {
      measureActivity(frame, { width, height, columns, rows }, activity);
      spreadGains(activity, columns, rows, gains);
      const squares = shapeChange(pattern, gains, { width, height, columns }, change);
      const meanSquare = squares / (width * height);
      const scale = meanSquare > MAX_MEAN_SQUARE ? Math.sqrt(MAX_MEAN_SQUARE / meanSquare) : 1;
      for (let index = 0; index < width * height; index += 1) {
        const value = (frame[index] ?? 0) + (change[index] ?? 0) * scale;
        frame[index] = value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
      }
    },
  };
};

/** The tile over a whole picture, chips blended into each other; -1..1. */
const drawPattern = (tile: Int8Array, { width, height }: Canvas): Float32Array => {
  const chip = Math.min(width, height) / CHIPS_PER_SIDE;
  const across = steps(width, chip);
  const down = steps(height, chip);
  const pattern = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const { near: top, far: bottom, share: v } = down[y] ?? noStep;
    for (let x = 0; x < width; x += 1) {
      const { near: left, far: right, share: u } = across[x] ?? noStep;
      const upper = (tile[top * TILE_CHIPS + left] ?? 0) * (1 - u) + (tile[top * TILE_CHIPS + right] ?? 0) * u;
      const lower = (tile[bottom * TILE_CHIPS + left] ?? 0) * (1 - u) + (tile[bottom * TILE_CHIPS + right] ?? 0) * u;
      pattern[y * width + x] = upper * (1 - v) + lower * v;
    }
  }
  return pattern;
};

interface Step {
  readonly near: number;
  readonly far: number;
  readonly share: number;
}
const noStep: Step = { near: 0, far: 0, share: 0 };

/** For each pixel of an axis: the chips whose centres it lies between. */
const steps = (length: number, chip: number): Step[] =>
  Array.from({ length }, (_, pixel) => {
    const place = (pixel + 0.5) / chip - 0.5;
    const floor = Math.floor(place);
    const near = ((floor % TILE_CHIPS) + TILE_CHIPS) % TILE_CHIPS;
    return { near, far: (near + 1) % TILE_CHIPS, share: place - floor };
  });

const measureActivity = (
  frame: Uint8Array,
  size: { width: number; height: number; columns: number; rows: number },
  activity: Float32Array,
): void => {
  const { width, height, columns, rows } = size;
  for (let row = 0; row < rows; row += 1) {
    const bottom = Math.min(height - 1, row * BLOCK + BLOCK);
    for (let column = 0; column < columns; column += 1) {
      const right = Math.min(width - 1, column * BLOCK + BLOCK);
      let sum = 0;
      let count = 0;
      for (let y = row * BLOCK; y < bottom; y += 2) {
        let index = y * width + column * BLOCK;
        for (let x = column * BLOCK; x < right; x += 1, index += 1) {
          const here = frame[index] ?? 0;
          sum += Math.abs(here - (frame[index + 1] ?? 0)) + Math.abs(here - (frame[index + width] ?? 0));
          count += 2;
        }
      }
      activity[row * columns + column] = count === 0 ? 0 : sum / count;
    }
  }
};

/** Gains at the corners of blocks: the least active neighbour decides, so that no mark glows beside an edge. */
const spreadGains = (activity: Float32Array, columns: number, rows: number, gains: Float32Array): void => {
  for (let row = 0; row <= rows; row += 1) {
    for (let column = 0; column <= columns; column += 1) {
      const left = Math.max(0, column - 1);
      const right = Math.min(columns - 1, column);
      const top = Math.max(0, row - 1) * columns;
      const bottom = Math.min(rows - 1, row) * columns;
      const least = Math.min(
        activity[top + left] ?? 0,
        activity[top + right] ?? 0,
        activity[bottom + left] ?? 0,
        activity[bottom + right] ?? 0,
      );
      gains[row * (columns + 1) + column] = FLAT_GAIN + (BUSY_GAIN - FLAT_GAIN) * Math.min(1, least / BUSY_ACTIVITY);
    }
  }
};

/** The pattern times the gains, which change evenly from corner to corner of a block; returns the sum of squares. */
const shapeChange = (
  pattern: Float32Array,
  gains: Float32Array,
  { width, height, columns }: { width: number; height: number; columns: number },
  change: Float32Array,
): number => {
  let squares = 0;
  for (let y = 0; y < height; y += 1) {
    const upper = Math.floor(y / BLOCK) * (columns + 1);
    const lower = upper + columns + 1;
    const v = (y % BLOCK) / BLOCK;
    let index = y * width;
    let left = (gains[upper] ?? 0) * (1 - v) + (gains[lower] ?? 0) * v;
    for (let column = 0; column < columns; column += 1) {
      const right = (gains[upper + column + 1] ?? 0) * (1 - v) + (gains[lower + column + 1] ?? 0) * v;
      const step = (right - left) / BLOCK;
      const end = Math.min(width - column * BLOCK, BLOCK);
      for (let x = 0; x < end; x += 1, index += 1) {
        const value = (pattern[index] ?? 0) * (left + step * x);
        change[index] = value;
        squares += value * value;
      }
      left = right;
    }
  }
  return squares;
};
