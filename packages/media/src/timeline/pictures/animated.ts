import type { Animated, AnimatedPiece, Easing } from '../scene-graph.ts';

/** Value of a number over the layer's time. Seconds count from the layer's start. */
export const valueAt = (animated: Animated, seconds: number): number => {
  if (typeof animated === 'number') return animated;
  const { pieces } = animated;
  const next = pieces.findIndex((piece) => seconds < piece.fromSeconds);
  const piece = pieces[(next === -1 ? pieces.length : next) - 1];
  if (piece === undefined) return pieces[0]?.from ?? 0;
  if (seconds >= piece.toSeconds) return piece.to;
  return pieceValue(piece, (seconds - piece.fromSeconds) / (piece.toSeconds - piece.fromSeconds));
};

export const isAnimated = (animated: Animated): boolean =>
  typeof animated !== 'number' && animated.pieces.some((piece) => piece.from !== piece.to);

/** The least and the greatest value that can be reached; easings that overshoot are sampled. */
export const animatedBounds = (animated: Animated): { min: number; max: number } => {
  if (typeof animated === 'number') return { min: animated, max: animated };
  const values = animated.pieces.flatMap((piece) => {
    const samples = piece.easing.type === 'linear' || piece.easing.type === 'hold' ? 1 : 32;
    return [...Array.from({ length: samples }, (_, index) => pieceValue(piece, index / samples)), piece.from, piece.to];
  });
  return { min: Math.min(...values), max: Math.max(...values) };
};

const pieceValue = (piece: AnimatedPiece, progress: number): number => {
  const eased = ease(piece.easing, progress);
  return piece.from * (1 - eased) + piece.to * eased;
};

/** Progress 0..1 in, eased progress out; overshooting curves leave 0..1. */
export const ease = (easing: Easing, progress: number): number => {
  const u = Math.min(1, Math.max(0, progress));
  switch (easing.type) {
    case 'linear':
      return u;
    case 'hold':
      return u < 1 ? 0 : 1;
    case 'spring':
      return u < 1 ? 1 - Math.exp(-6 * u) * Math.cos(4 * Math.PI * u) : 1;
    case 'bezier':
      return bezierAt(easing, u);
  }
};

const bezierAt = (curve: { x1: number; y1: number; x2: number; y2: number }, x: number): number => {
  if (x === 0 || x === 1) return x;
  const cubic = (a: number, b: number, t: number): number => 3 * (1 - t) * (1 - t) * t * a + 3 * (1 - t) * t * t * b + t * t * t;
  // x rises with t because x1 and x2 lie within 0..1: halving always finds it.
  let low = 0;
  let high = 1;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (cubic(curve.x1, curve.x2, middle) < x) low = middle;
    else high = middle;
  }
  return cubic(curve.y1, curve.y2, (low + high) / 2);
};
