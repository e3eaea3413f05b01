import type { FlowField, LumaMap } from './block-match.ts';

/** A cell at `x, y` from the middle of one picture is found at `scale * (x, y) + (shiftX, shiftY)` in the other. */
export interface DominantMotion {
  readonly scale: number;
  readonly shiftX: number;
  readonly shiftY: number;
}

const STILL: DominantMotion = { scale: 1, shiftX: 0, shiftY: 0 };
const SCALES = [1, 0.95, 1.05, 0.9, 1.1, 0.84, 1.19, 0.78, 1.28, 0.7, 1.4] as const;
const REACH_X = 0.3;
const REACH_Y = 0.25;
const MIN_OVERLAP = 0.5;
/** A movement must explain this much more of the texture than none does. */
const GAIN = 0.82;
/** Cost of movement: of two that explain alike, the smaller. */
const EFFORT = 0.12;

/**
 * The camera's movement between two pictures, as far as it is a shift and a zoom. Only texture counts: a smooth sky fits any movement and would
 * vote for none. Searched on maps about 50 cells wide for each scale, settled on maps twice as wide; in cells of the latter.
 */
export const findDominantMotion = (from: LumaMap, to: LumaMap): DominantMotion => {
  const [fromFew, toFew] = [halve(from), halve(to)];
  const fewWeights = texture(fromFew);
  const weights = texture(from);
  let best = { motion: STILL, cost: misfit(from, to, weights, STILL) * GAIN };
  for (const scale of SCALES) {
    const rough = searchShift(fromFew, toFew, fewWeights, scale);
    const start = { scale, shiftX: rough.shiftX * 2, shiftY: rough.shiftY * 2 };
    const settled = settle(start, (motion) => misfit(from, to, weights, motion) * effortOf(motion, from));
    if (settled.cost < best.cost) best = settled;
  }
  return best.motion;
};

const effortOf = ({ scale, shiftX, shiftY }: DominantMotion, { width, height }: LumaMap): number =>
  1 + EFFORT * (2 * Math.abs(Math.log(scale)) + Math.hypot(shiftX / width, shiftY / height));

const searchShift = (from: LumaMap, to: LumaMap, weights: Float32Array, scale: number): DominantMotion => {
  const reachX = Math.round(from.width * REACH_X);
  const reachY = Math.round(from.height * REACH_Y);
  let best = { motion: { scale, shiftX: 0, shiftY: 0 }, cost: Number.POSITIVE_INFINITY };
  for (let shiftY = -reachY; shiftY <= reachY; shiftY++) {
    for (let shiftX = -reachX; shiftX <= reachX; shiftX++) {
      const motion = { scale, shiftX, shiftY };
      const cost = misfit(from, to, weights, motion) * effortOf(motion, from);
      if (cost < best.cost) best = { motion, cost };
    }
  }
  return best.motion;
};

/** Downhill in ever smaller steps. */
const settle = (start: DominantMotion, costOf: (motion: DominantMotion) => number): { motion: DominantMotion; cost: number } => {
  let best = { motion: start, cost: costOf(start) };
  for (const step of [1, 0.5, 0.25]) {
    let isBetter = true;
    for (let round = 0; isBetter && round < 6; round++) {
      isBetter = false;
      const { scale, shiftX, shiftY } = best.motion;
      for (const motion of [
        { scale, shiftX: shiftX + step, shiftY },
        { scale, shiftX: shiftX - step, shiftY },
        { scale, shiftX, shiftY: shiftY + step },
        { scale, shiftX, shiftY: shiftY - step },
        { scale: scale * (1 + 0.02 * step), shiftX, shiftY },
        { scale: scale / (1 + 0.02 * step), shiftX, shiftY },
      ]) {
        const cost = costOf(motion);
        if (cost >= best.cost) continue;
        best = { motion, cost };
        isBetter = true;
      }
    }
  }
  return best;
};

const halve = (map: LumaMap): LumaMap => {
  const width = Math.max(4, Math.round(map.width / 2));
  const height = Math.max(4, Math.round(map.height / 2));
  const [stepX, stepY] = [map.width / width, map.height / height];
  const cells = Float32Array.from({ length: width * height }, (_, at) => {
    const x = ((at % width) + 0.5) * stepX - 0.5;
    const y = (Math.floor(at / width) + 0.5) * stepY - 0.5;
    const around = [
      lumaAt(map, x - 0.5, y - 0.5),
      lumaAt(map, x + 0.5, y - 0.5),
      lumaAt(map, x - 0.5, y + 0.5),
      lumaAt(map, x + 0.5, y + 0.5),
    ];
    return around.reduce((sum, value) => sum + value, 0) / 4;
  });
  return { width, height, cells };
};

/** The movement of each cell of a map of this size. */
export const dominantField = ({ scale, shiftX, shiftY }: DominantMotion, size: { width: number; height: number }): FlowField => {
  const vectors = new Float32Array(size.width * size.height * 2);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const at = (y * size.width + x) * 2;
      vectors[at] = (scale - 1) * (x - (size.width - 1) / 2) + shiftX;
      vectors[at + 1] = (scale - 1) * (y - (size.height - 1) / 2) + shiftY;
    }
  }
  return { ...size, vectors };
};

/** Bilinear value; outside, that of the border. */
export const lumaAt = ({ width, height, cells }: LumaMap, x: number, y: number): number => {
  const px = Math.min(Math.max(x, 0), width - 1);
  const py = Math.min(Math.max(y, 0), height - 1);
  const left = Math.min(Math.floor(px), Math.max(0, width - 2));
  const top = Math.min(Math.floor(py), Math.max(0, height - 2));
  const at = top * width + left;
  const upper = (cells[at] ?? 0) + ((cells[at + 1] ?? 0) - (cells[at] ?? 0)) * (px - left);
  const lower = (cells[at + width] ?? 0) + ((cells[at + width + 1] ?? 0) - (cells[at + width] ?? 0)) * (px - left);
  return upper + (lower - upper) * (py - top);
};

/** Mean difference where both pictures are, weighted by texture; infinite when too little is in both. */
const misfit = (from: LumaMap, to: LumaMap, weights: Float32Array, { scale, shiftX, shiftY }: DominantMotion): number => {
  const { width, height } = from;
  const middleX = (width - 1) / 2;
  const middleY = (height - 1) / 2;
  let sum = 0;
  let weight = 0;
  let overlap = 0;
  for (let y = 0; y < height; y++) {
    const toY = scale * (y - middleY) + middleY + shiftY;
    if (toY < 0 || toY > height - 1) continue;
    for (let x = 0; x < width; x++) {
      const toX = scale * (x - middleX) + middleX + shiftX;
      if (toX < 0 || toX > width - 1) continue;
      const at = y * width + x;
      const value = weights[at] ?? 0;
      sum += value * Math.abs((from.cells[at] ?? 0) - lumaAt(to, toX, toY));
      weight += value;
      overlap += 1;
    }
  }
  return overlap < MIN_OVERLAP * width * height || weight === 0 ? Number.POSITIVE_INFINITY : sum / weight;
};

const texture = ({ width, height, cells }: LumaMap): Float32Array =>
  Float32Array.from({ length: width * height }, (_, at) => {
    const x = at % width;
    const y = Math.floor(at / width);
    const value = (cx: number, cy: number): number =>
      cells[Math.min(height - 1, Math.max(0, cy)) * width + Math.min(width - 1, Math.max(0, cx))] ?? 0;
    return 0.004 + Math.abs(value(x + 1, y) - value(x - 1, y)) + Math.abs(value(x, y + 1) - value(x, y - 1));
  });
