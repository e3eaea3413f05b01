import type { OpenCv } from '../../cpu/motion/morph-flow.ts';

/** One plane of brightness, 8 bit. */
export interface LumaPlane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Movement between two frames, both ways, in pixels of the full frame; x, y pairs, one a cell of a smaller grid. */
export interface FramePairFlow {
  readonly width: number;
  readonly height: number;
  readonly forward: Float32Array;
  readonly backward: Float32Array;
  /** The frames show different scenes: nothing lies between them. */
  readonly isCut: boolean;
}

/** Farneback's method needs no more than this to follow what the eye follows. */
const FLOW_SIDE = 448;
const FARNEBACK = { pyramidScale: 0.5, levels: 5, window: 17, iterations: 3, neighbours: 7, sigma: 1.5, flags: 0 } as const;
/** Mean difference (0..255) that remains between frames of one scene after moving one onto the other; and the share of what there was. */
const CUT = { leastDifference: 10, leftShare: 0.45 } as const;

/** Dense optical flow between neighbouring frames. Blocks its thread. */
export const findPairFlow = (cv: OpenCv, first: LumaPlane, second: LumaPlane): FramePairFlow => {
  const scale = Math.min(1, FLOW_SIDE / Math.max(first.width, first.height));
  const width = Math.max(16, Math.round(first.width * scale));
  const height = Math.max(16, Math.round(first.height * scale));
  const small = (plane: LumaPlane) => {
    const whole = cv.matFromArray(plane.height, plane.width, cv.CV_8UC1, plane.data);
    const reduced = new cv.Mat();
    cv.resize(whole, reduced, new cv.Size(width, height), 0, 0, cv.INTER_AREA);
    whole.delete();
    return reduced;
  };
  const [from, to] = [small(first), small(second)];
  try {
    const direction = (a: typeof from, b: typeof from): Float32Array => {
      const flow = new cv.Mat();
      const { pyramidScale, levels, window, iterations, neighbours, sigma, flags } = FARNEBACK;
      cv.calcOpticalFlowFarneback(a, b, flow, pyramidScale, levels, window, iterations, neighbours, sigma, flags);
      const vectors = Float32Array.from(flow.data32F);
      flow.delete();
      return vectors;
    };
    const forward = direction(from, to);
    const isCut = judgeCut({ width, height, from: from.data, to: to.data, forward });
    const backward = isCut ? forward : direction(to, from);
    return {
      ...{ width, height, isCut },
      forward: toPixels(forward, first.width / width, first.height / height),
      backward: toPixels(backward, first.width / width, first.height / height),
    };
  } finally {
    from.delete();
    to.delete();
  }
};

const toPixels = (vectors: Float32Array, scaleX: number, scaleY: number): Float32Array =>
  vectors.map((value, at) => value * (at % 2 === 0 ? scaleX : scaleY));

const judgeCut = (pair: { width: number; height: number; from: Uint8Array; to: Uint8Array; forward: Float32Array }): boolean => {
  const { width, height, from, to, forward } = pair;
  let before = 0;
  let after = 0;
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const toX = Math.min(width - 1, Math.max(0, Math.round(x + (forward[at * 2] ?? 0))));
      const toY = Math.min(height - 1, Math.max(0, Math.round(y + (forward[at * 2 + 1] ?? 0))));
      before += Math.abs((from[at] ?? 0) - (to[at] ?? 0));
      after += Math.abs((from[at] ?? 0) - (to[toY * width + toX] ?? 0));
    }
  const cells = width * height;
  return after / cells > CUT.leastDifference && after > before * CUT.leftShare;
};
