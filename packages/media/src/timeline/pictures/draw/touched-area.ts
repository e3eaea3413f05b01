import type { Layer, Scene } from '../../scene-graph.ts';
import type { FrameArea } from '../colour/colour-kernel.ts';
import { applyMatrix, type Placement } from '../placement.ts';
import type { Picture } from './canvases.ts';

/** Soft edges reach a little beyond. */
const AREA_MARGIN = 2;

/** The part of the frame that some layers touch, to even pixels; null when they touch none. */
export const touchedArea = (
  shown: readonly { readonly layer: Layer; readonly picture: Picture; readonly placed: Placement }[],
  scene: Scene,
): FrameArea | null => {
  const { width, height } = scene.output;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (const { layer, picture, placed } of shown) {
    const {
      x,
      y,
      width: w,
      height: h,
    } = layer.motion === null ? picture.rect : unionOf(picture.rect, { x: 0, y: 0, ...layer.box });
    for (const [px, py] of [
      [x, y],
      [x + w, y],
      [x, y + h],
      [x + w, y + h],
    ] as const) {
      const corner = applyMatrix(placed.matrix, px, py);
      const [cx, cy] = [(corner.x * width) / scene.canvas.width, (corner.y * height) / scene.canvas.height];
      [left, top, right, bottom] = [Math.min(left, cx), Math.min(top, cy), Math.max(right, cx), Math.max(bottom, cy)];
    }
  }
  const low = (value: number): number => Math.max(0, Math.floor((value - AREA_MARGIN) / 2) * 2);
  const high = (value: number, most: number): number => Math.min(most, Math.ceil((value + AREA_MARGIN) / 2) * 2);
  const [x, y, endX, endY] = [low(left), low(top), high(right, width), high(bottom, height)];
  return endX <= x || endY <= y ? null : { x, y, width: endX - x, height: endY - y };
};

const unionOf = (one: Picture['rect'], other: Picture['rect']): Picture['rect'] => {
  const [x, y] = [Math.min(one.x, other.x), Math.min(one.y, other.y)];
  const right = Math.max(one.x + one.width, other.x + other.width);
  return { x, y, width: right - x, height: Math.max(one.y + one.height, other.y + other.height) - y };
};
