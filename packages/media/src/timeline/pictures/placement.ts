import type { Layer } from '../scene-graph.ts';
import { valueAt } from './animated.ts';

/** [a, b, c, d, e, f]: x' = a x + c y + e, y' = b x + d y + f, as the canvas counts them. */
export type Matrix = readonly [number, number, number, number, number, number];

export interface Placement {
  /** From box pixels to frame pixels, transitions left out. */
  readonly matrix: Matrix;
  /** The visible centre, in frame pixels. */
  readonly centre: { readonly x: number; readonly y: number };
}

/** Where the box lies at a time of the layer (the formula stands at `Layer`). */
export const placementAt = (layer: Layer, seconds: number): Placement => {
  const c = { x: layer.box.width / 2, y: layer.box.height / 2 };
  const scale = { x: valueAt(layer.scale.x, seconds), y: valueAt(layer.scale.y, seconds) };
  const centre = {
    x: layer.place.x + valueAt(layer.offset.x, seconds) + scale.x * (c.x - layer.anchor.x),
    y: layer.place.y + valueAt(layer.offset.y, seconds) + scale.y * (c.y - layer.anchor.y),
  };
  const mirror = (flip: number): number => (flip >= 0.5 ? -1 : 1);
  const sx = scale.x * mirror(valueAt(layer.flip.x, seconds));
  const sy = scale.y * mirror(valueAt(layer.flip.y, seconds));
  const kx = valueAt(layer.skew.x, seconds);
  const ky = valueAt(layer.skew.y, seconds);
  const turn = (valueAt(layer.rotate, seconds) * Math.PI) / 180;
  const cos = turn === 0 ? 1 : Math.cos(turn);
  const sin = Math.sin(turn);
  // R * K, then the scale on the columns.
  const a = (cos - sin * ky) * sx;
  const b = (sin + cos * ky) * sx;
  const cc = (cos * kx - sin) * sy;
  const d = (sin * kx + cos) * sy;
  return { matrix: [a, b, cc, d, centre.x - a * c.x - cc * c.y, centre.y - b * c.x - d * c.y], centre };
};

/** `outer` after `inner`. */
export const multiply = (outer: Matrix, inner: Matrix): Matrix => [
  outer[0] * inner[0] + outer[2] * inner[1],
  outer[1] * inner[0] + outer[3] * inner[1],
  outer[0] * inner[2] + outer[2] * inner[3],
  outer[1] * inner[2] + outer[3] * inner[3],
  outer[0] * inner[4] + outer[2] * inner[5] + outer[4],
  outer[1] * inner[4] + outer[3] * inner[5] + outer[5],
];

export const applyMatrix = (m: Matrix, x: number, y: number): { x: number; y: number } => ({
  x: m[0] * x + m[2] * y + m[4],
  y: m[1] * x + m[3] * y + m[5],
});

/** The larger of the two lengths to which unit vectors grow: how dense a picture must be to stay sharp. */
export const matrixScale = (m: Matrix): number => Math.max(Math.hypot(m[0], m[1]), Math.hypot(m[2], m[3]));

/** Turning by `angle` degrees, growing by `scale`, about a point. */
export const aboutPoint = (point: { x: number; y: number }, options: { angle?: number; scale?: number }): Matrix => {
  const turn = ((options.angle ?? 0) * Math.PI) / 180;
  const scale = options.scale ?? 1;
  const cos = Math.cos(turn) * scale;
  const sin = Math.sin(turn) * scale;
  return [cos, sin, -sin, cos, point.x - cos * point.x + sin * point.y, point.y - sin * point.x - cos * point.y];
};

export const translation = (x: number, y: number): Matrix => [1, 0, 0, 1, x, y];
