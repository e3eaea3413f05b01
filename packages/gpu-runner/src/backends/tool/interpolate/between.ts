import type { FramePairFlow } from './flow.ts';

/** Planes Y, U, V of one frame without padding; both sides even. */
export interface YuvFrame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Where a cell's picture comes from: x, y in the first frame, x, y in the second, share of the second. */
const SLOTS = 5;

/**
 * The frame `ratio` of the way from `first` to `second`: both are pushed along the flow and laid over each other. Where a frame does not
 * know a place (it lies outside, or the ways there and back disagree), the other one is believed.
 */
export const makeBetween = (first: YuvFrame, second: YuvFrame, flow: FramePairFlow, ratio: number): YuvFrame => {
  const { width, height } = first;
  const field = solveField(first, flow, ratio);
  const data = new Uint8Array(first.data.length);
  const lumaBytes = width * height;
  const chromaBytes = lumaBytes / 4;
  const grid = { width: flow.width, height: flow.height, field };
  warpPlane({ grid, width, height, unit: 1, first: first.data, second: second.data, out: data, offset: 0 });
  for (const offset of [lumaBytes, lumaBytes + chromaBytes])
    warpPlane({
      ...{ grid, width: width / 2, height: height / 2, unit: 2, first: first.data, second: second.data, out: data, offset },
    });
  return { width, height, data };
};

const solveField = ({ width, height }: YuvFrame, flow: FramePairFlow, ratio: number): Float32Array => {
  const cellX = width / flow.width;
  const cellY = height / flow.height;
  const field = new Float32Array(flow.width * flow.height * SLOTS);
  const found = new Float32Array(2);
  const look = (vectors: Float32Array, x: number, y: number): void =>
    sampleVectors(vectors, flow.width, flow.height, (x + 0.5) / cellX - 0.5, (y + 0.5) / cellY - 0.5, found);
  for (let row = 0, at = 0; row < flow.height; row++)
    for (let column = 0; column < flow.width; column++, at += SLOTS) {
      const x = (column + 0.5) * cellX - 0.5;
      const y = (row + 0.5) * cellY - 0.5;
      const knows = [0, 0];
      for (let side = 0; side < 2; side++) {
        const there = side === 0 ? flow.forward : flow.backward;
        const back = side === 0 ? flow.backward : flow.forward;
        const share = side === 0 ? ratio : 1 - ratio;
        let sourceX = x;
        let sourceY = y;
        for (let round = 0; round < 4; round++) {
          look(there, sourceX, sourceY);
          sourceX = x - share * (found[0] ?? 0);
          sourceY = y - share * (found[1] ?? 0);
        }
        look(there, sourceX, sourceY);
        const [goX = 0, goY = 0] = found;
        look(back, sourceX + goX, sourceY + goY);
        const gap = Math.hypot(goX + (found[0] ?? 0), goY + (found[1] ?? 0));
        const outside = Math.max(-sourceX, -sourceY, sourceX - width + 1, sourceY - height + 1, 0);
        field[at + side * 2] = sourceX;
        field[at + side * 2 + 1] = sourceY;
        knows[side] = (1 - share) / (1 + (gap / GAP_PIXELS) ** 2) / (1 + outside);
      }
      const [firstKnows = 0, secondKnows = 0] = knows;
      field[at + 4] = secondKnows / Math.max(1e-6, firstKnows + secondKnows);
    }
  return field;
};

/** Disagreement of the ways there and back at which a frame is believed half. */
const GAP_PIXELS = 2;

const sampleVectors = (vectors: Float32Array, width: number, height: number, x: number, y: number, out: Float32Array): void => {
  const clampedX = Math.min(width - 1.001, Math.max(0, x));
  const clampedY = Math.min(height - 1.001, Math.max(0, y));
  const left = Math.floor(clampedX);
  const top = Math.floor(clampedY);
  const fx = clampedX - left;
  const fy = clampedY - top;
  const at = (top * width + left) * 2;
  const below = at + width * 2;
  for (let part = 0; part < 2; part++) {
    const high = (vectors[at + part] ?? 0) * (1 - fx) + (vectors[at + 2 + part] ?? 0) * fx;
    const low = (vectors[below + part] ?? 0) * (1 - fx) + (vectors[below + 2 + part] ?? 0) * fx;
    out[part] = high * (1 - fy) + low * fy;
  }
};

interface PlaneWork {
  readonly grid: { readonly width: number; readonly height: number; readonly field: Float32Array };
  /** Of the plane. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the frame along one of the plane's. */
  readonly unit: number;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
  readonly out: Uint8Array;
  /** Of the plane in the three arrays. */
  readonly offset: number;
}

const warpPlane = ({ grid, width, height, unit, first, second, out, offset }: PlaneWork): void => {
  const { field } = grid;
  const node = new Float32Array(SLOTS);
  const row = new Float32Array(grid.width * SLOTS);
  for (let y = 0; y < height; y++) {
    const gridY = Math.min(grid.height - 1.001, Math.max(0, ((y + 0.5) * grid.height) / height - 0.5));
    const top = Math.floor(gridY);
    const fy = gridY - top;
    const above = top * row.length;
    for (let at = 0; at < row.length; at++)
      row[at] = (field[above + at] ?? 0) * (1 - fy) + (field[above + row.length + at] ?? 0) * fy;
    for (let x = 0; x < width; x++) {
      const gridX = Math.min(grid.width - 1.001, Math.max(0, ((x + 0.5) * grid.width) / width - 0.5));
      const left = Math.floor(gridX);
      const fx = gridX - left;
      const at = left * SLOTS;
      for (let slot = 0; slot < SLOTS; slot++) node[slot] = (row[at + slot] ?? 0) * (1 - fx) + (row[at + SLOTS + slot] ?? 0) * fx;
      const share = node[4] ?? 0;
      const toPlane = (value: number): number => (value + 0.5) / unit - 0.5;
      const a = cubic(first, offset, width, height, toPlane(node[0] ?? 0), toPlane(node[1] ?? 0));
      const b = cubic(second, offset, width, height, toPlane(node[2] ?? 0), toPlane(node[3] ?? 0));
      out[offset + y * width + x] = Math.min(255, Math.max(0, Math.round(a + (b - a) * share)));
    }
  }
};

/** Catmull-Rom: exact where a pixel is met, and as sharp as the frames themselves. */
const cubic = (plane: Uint8Array, offset: number, width: number, height: number, x: number, y: number): number => {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const fx = x - left;
  const fy = y - top;
  if (fx === 0 && fy === 0 && left >= 0 && top >= 0 && left < width && top < height)
    return plane[offset + top * width + left] ?? 0;
  const wx0 = ((2 - fx) * fx - 1) * fx * 0.5;
  const wx1 = ((3 * fx - 5) * fx * fx + 2) * 0.5;
  const wx2 = ((4 - 3 * fx) * fx + 1) * fx * 0.5;
  const wx3 = (fx - 1) * fx * fx * 0.5;
  let sum = 0;
  for (let line = -1; line < 3; line++) {
    const weight = cubicWeight(fy, line);
    const from = offset + Math.min(height - 1, Math.max(0, top + line)) * width;
    if (left > 0 && left + 2 < width) {
      const at = from + left;
      sum +=
        weight * ((plane[at - 1] ?? 0) * wx0 + (plane[at] ?? 0) * wx1 + (plane[at + 1] ?? 0) * wx2 + (plane[at + 2] ?? 0) * wx3);
    } else {
      const pick = (column: number): number => plane[from + Math.min(width - 1, Math.max(0, column))] ?? 0;
      sum += weight * (pick(left - 1) * wx0 + pick(left) * wx1 + pick(left + 1) * wx2 + pick(left + 2) * wx3);
    }
  }
  return sum;
};

const cubicWeight = (f: number, line: number): number => {
  if (line === -1) return ((2 - f) * f - 1) * f * 0.5;
  if (line === 0) return ((3 * f - 5) * f * f + 2) * 0.5;
  if (line === 1) return ((4 - 3 * f) * f + 1) * f * 0.5;
  return (f - 1) * f * f * 0.5;
};
