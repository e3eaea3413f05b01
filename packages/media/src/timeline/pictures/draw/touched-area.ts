import type { Layer, Scene } from '../../scene-graph.ts';
import type { FrameArea } from '../colour/plane-area.ts';
import { applyMatrix, type Placement } from '../placement.ts';
import type { Picture } from './canvases.ts';

/** Soft edges reach a little beyond. */
const AREA_MARGIN = 2;

/** A layer as far as it tells what of the frame it touches. */
interface Touching {
  readonly layer: Layer;
  readonly picture: Picture;
  readonly placed: Placement;
}

interface FramePart<Shown> {
  readonly area: FrameArea;
  readonly layers: readonly Shown[];
}

/** What must be drawn for some layers, from the lowest: each by itself where that touches less than all of them together. */
export const partsOf = <Shown extends Touching>(shown: readonly Shown[], scene: Scene): FramePart<Shown>[] => {
  const apart = shown.flatMap((one) => {
    const area = touchedArea([one], scene);
    return area === null ? [] : [{ area, layers: [one] }];
  });
  const area = touchedArea(shown, scene);
  return area === null || pixelsOf(apart) < pixelsOf([{ area }]) ? apart : [{ area, layers: shown }];
};

/** True for most of the frame. */
export const isLarge = (parts: readonly { readonly area: FrameArea }[], frame: { width: number; height: number }): boolean =>
  pixelsOf(parts) > (frame.width * frame.height) / 2;

const pixelsOf = (parts: readonly { readonly area: FrameArea }[]): number =>
  parts.reduce((sum, { area }) => sum + area.width * area.height, 0);

/** The part of the frame that some layers touch, to even pixels; null when they touch none. */
const touchedArea = (shown: readonly Touching[], scene: Scene): FrameArea | null => {
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
