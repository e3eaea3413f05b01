import { createRequire } from 'node:module';
import { type FlowField, type LumaMap, matchBlocks } from './block-match.ts';
import { boxBlur, lumaOf } from './depth.ts';
import { dominantField, findDominantMotion, lumaAt } from './dominant-motion.ts';
import type { Picture } from './picture.ts';

/** How to get from one picture into another. Vectors are in cells of the field. */
export interface MorphFlow {
  readonly forward: FlowField;
  readonly backward: FlowField;
  /** 0: the pictures have nothing in common and movement would only smear them; 1: one is the other, moved. */
  readonly kinship: number;
}

/** Block matching runs on cells this many times larger. */
const COARSE = 4;
const FARNEBACK = { pyramidScale: 0.5, levels: 1, window: 21, iterations: 4, neighbours: 7, sigma: 1.5, useStart: 4 } as const;
/** Mean forward-backward error, relative to the movement: 0.2 was measured for a stereo pair, 0.7 for unrelated pictures. */
const RELATED_ERROR = 0.3;
const UNRELATED_ERROR = 0.62;

export type OpenCv = Awaited<ReturnType<typeof loadOpenCv>>['cv'];

/**
 * Loads OpenCV's wasm build. Call in a worker thread: it takes a quarter of a second of one core. The module is required
 * and comes wrapped, because it has a `then` of its own that never settles an `await`.
 */
export const loadOpenCv = async () => {
  const cv: typeof import('@techstark/opencv-js') = createRequire(import.meta.url)('@techstark/opencv-js');
  if (!('Mat' in cv)) {
    const { promise, resolve } = Promise.withResolvers<void>();
    Object.assign(cv, { onRuntimeInitialized: resolve });
    await promise;
  }
  return { cv };
};

/** Movement between two small pictures of one size (about 400 cells wide), both ways. */
export const findMorphFlow = (cv: OpenCv, first: Picture, last: Picture): MorphFlow => {
  const from = { width: first.width, height: first.height, cells: lumaOf(first) };
  const to = { width: last.width, height: last.height, cells: lumaOf(last) };
  const forward = findFlow(cv, from, to);
  const backward = findFlow(cv, to, from);
  return { forward, backward, kinship: measureKinship({ from, to, forward, backward }) };
};

const findFlow = (cv: OpenCv, from: LumaMap, to: LumaMap): FlowField => {
  const start = findStart(from, to);
  const { width, height } = from;
  const bytes = ({ cells }: LumaMap): Uint8Array => Uint8Array.from(cells, (value) => Math.round(value * 255));
  const fromMat = cv.matFromArray(height, width, cv.CV_8UC1, bytes(from));
  const toMat = cv.matFromArray(height, width, cv.CV_8UC1, bytes(to));
  const flowMat = cv.matFromArray(height, width, cv.CV_32FC2, start.vectors);
  try {
    const { pyramidScale, levels, window, iterations, neighbours, sigma, useStart } = FARNEBACK;
    cv.calcOpticalFlowFarneback(fromMat, toMat, flowMat, pyramidScale, levels, window, iterations, neighbours, sigma, useStart);
    return chooseBetter({ from, to, start, refined: { width, height, vectors: Float32Array.from(flowMat.data32F) } });
  } finally {
    for (const mat of [fromMat, toMat, flowMat]) mat.delete();
  }
};

/**
 * Farneback's method forgets its start where there is no texture, and may run astray at the edges of things: it is believed, softly, where it
 * explains the picture better.
 */
const chooseBetter = (work: { from: LumaMap; to: LumaMap; start: FlowField; refined: FlowField }): FlowField => {
  const { from, to, start, refined } = work;
  const { width, height } = from;
  const errorOf = ({ vectors }: FlowField): Float32Array => {
    const differences = Float32Array.from({ length: width * height }, (_, at) => {
      const [dx = 0, dy = 0] = vectors.subarray(at * 2, at * 2 + 2);
      return Math.abs((from.cells[at] ?? 0) - lumaAt(to, (at % width) + dx, Math.floor(at / width) + dy));
    });
    return boxBlur(differences, width, height, 5);
  };
  const before = errorOf(start);
  const after = errorOf(refined);
  const trust = Float32Array.from({ length: width * height }, (_, at) => {
    const gain = (before[at] ?? 0) - (after[at] ?? 0);
    return clamp01(gain / (0.2 * (before[at] ?? 0) + 0.003));
  });
  const weights = boxBlur(trust, width, height, 4);
  const vectors = start.vectors.map((value, at) => value + ((refined.vectors[at] ?? 0) - value) * (weights[at >> 1] ?? 0));
  return { width, height, vectors: smoothed(vectors, width, height) };
};

/** The camera's movement, and what blocks move besides. Where nothing is to be seen, the camera's movement holds. */
const findStart = (from: LumaMap, to: LumaMap): FlowField => {
  const [fromCells, toCells] = [shrink(from), shrink(to)];
  const camera = dominantField(findDominantMotion(fromCells, toCells), fromCells);
  const { width, height } = fromCells;
  const steadied = { width, height, cells: new Float32Array(width * height) };
  for (let at = 0; at < steadied.cells.length; at++) {
    const [dx = 0, dy = 0] = camera.vectors.subarray(at * 2, at * 2 + 2);
    steadied.cells[at] = lumaAt(toCells, (at % width) + dx, Math.floor(at / width) + dy);
  }
  const blocks = matchBlocks(fromCells, steadied);
  const vectors = blocks.vectors.slice();
  for (let at = 0; at < width * height; at++) {
    const [dx = 0, dy = 0] = blocks.vectors.subarray(at * 2, at * 2 + 2);
    const there = cellAt(camera, (at % width) + dx, Math.floor(at / width) + dy);
    vectors[at * 2] = dx + (camera.vectors[there * 2] ?? 0);
    vectors[at * 2 + 1] = dy + (camera.vectors[there * 2 + 1] ?? 0);
  }
  return enlarge({ width, height, vectors }, from);
};

const shrink = ({ width, height, cells }: LumaMap): LumaMap => {
  const small = { width: Math.max(8, Math.round(width / COARSE)), height: Math.max(8, Math.round(height / COARSE)) };
  const blurred = boxBlur(cells, width, height, COARSE >> 1);
  return {
    ...small,
    cells: Float32Array.from({ length: small.width * small.height }, (_, at) => {
      const x = Math.min(width - 1, Math.floor((((at % small.width) + 0.5) * width) / small.width));
      const y = Math.min(height - 1, Math.floor(((Math.floor(at / small.width) + 0.5) * height) / small.height));
      return blurred[y * width + x] ?? 0;
    }),
  };
};

const enlarge = (field: FlowField, { width, height }: LumaMap): FlowField => {
  const scaleX = width / field.width;
  const scaleY = height / field.height;
  const vectors = new Float32Array(width * height * 2);
  for (let y = 0; y < height; y++) {
    const row = Math.min(field.height - 1, Math.floor((y + 0.5) / scaleY)) * field.width;
    for (let x = 0; x < width; x++) {
      const from = (row + Math.min(field.width - 1, Math.floor((x + 0.5) / scaleX))) * 2;
      vectors[(y * width + x) * 2] = (field.vectors[from] ?? 0) * scaleX;
      vectors[(y * width + x) * 2 + 1] = (field.vectors[from + 1] ?? 0) * scaleY;
    }
  }
  return { width, height, vectors: smoothed(vectors, width, height) };
};

/** A field without folds warps without tears. */
const smoothed = (vectors: Float32Array, width: number, height: number): Float32Array => {
  const component = (offset: number): Float32Array =>
    boxBlur(
      Float32Array.from({ length: width * height }, (_, at) => vectors[at * 2 + offset] ?? 0),
      width,
      height,
      2,
    );
  const x = component(0);
  const y = component(1);
  return Float32Array.from({ length: vectors.length }, (_, at) => (at % 2 === 0 ? x : y)[at >> 1] ?? 0);
};

/** Two signs of a common scene: the ways there and back agree, and the moved picture looks like the other one. */
const measureKinship = (pair: { from: LumaMap; to: LumaMap; forward: FlowField; backward: FlowField }): number => {
  const { from, to, forward, backward } = pair;
  const { width, height } = forward;
  let error = 0;
  let moved = 0;
  let unmoved = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const fx = forward.vectors[at * 2] ?? 0;
      const fy = forward.vectors[at * 2 + 1] ?? 0;
      const there = cellAt(forward, x + fx, y + fy);
      const bx = backward.vectors[there * 2] ?? 0;
      const by = backward.vectors[there * 2 + 1] ?? 0;
      error += Math.min(1.5, Math.hypot(fx + bx, fy + by) / (0.5 * (Math.hypot(fx, fy) + Math.hypot(bx, by)) + 1));
      moved += Math.abs((from.cells[at] ?? 0) - (to.cells[there] ?? 0));
      unmoved += Math.abs((from.cells[at] ?? 0) - (to.cells[at] ?? 0));
    }
  }
  const agreement = clamp01((UNRELATED_ERROR - error / (width * height)) / (UNRELATED_ERROR - RELATED_ERROR));
  const leftOver = moved / Math.max(unmoved, 1e-6);
  // Pictures that are nearly equal without any movement are kin whatever the movement explains.
  const alike = clamp01((0.06 - unmoved / (width * height)) / 0.03);
  return Math.max(alike, agreement * clamp01((0.92 - leftOver) / 0.25));
};

const cellAt = ({ width, height }: FlowField, x: number, y: number): number =>
  Math.min(height - 1, Math.max(0, Math.round(y))) * width + Math.min(width - 1, Math.max(0, Math.round(x)));

const clamp01 = (value: number): number => Math.min(1, Math.max(0, value));
