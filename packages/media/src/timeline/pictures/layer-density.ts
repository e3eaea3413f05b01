import type { Animated, Layer } from '../scene-graph.ts';
import { animatedBounds } from './animated.ts';

const greatest = (animated: Animated): number => {
  const { min, max } = animatedBounds(animated);
  return Math.max(Math.abs(min), Math.abs(max));
};

/** Beyond it nobody sees more, and memory runs out. */
const MAX_DENSITY = 8;

/**
 * Pixels that a picture needs for one pixel of the box, to be sharp whenever the layer is largest. `ratio`: pixels drawn for one pixel
 * of the canvas in which the layer lies.
 */
const layerDensity = (layer: Layer, ratio: number): number => {
  const scale = Math.max(greatest(layer.scale.x), greatest(layer.scale.y));
  return Math.min(MAX_DENSITY, Math.max(1 / 64, ratio * scale));
};

const MAX_SIDE = 4096;

/** The density of the pictures of a layer's content: motion inside the box makes it larger still. Bounded by the memory of a picture. */
export const contentDensity = (layer: Layer, ratio: number): number => {
  const motion = layer.motion === null ? 1 : Math.max(1, greatest(layer.motion.scale));
  const largest = Math.max(layer.box.width, layer.box.height, 1) * 1.5;
  return Math.min(layerDensity(layer, ratio) * motion, MAX_SIDE / largest);
};

/** True when the placed picture grows, shrinks or turns over time, or lies askew. */
export const isTransformed = (layer: Layer): boolean => {
  const isMoving = (animated: Animated): boolean => typeof animated !== 'number';
  return (
    isMoving(layer.scale.x) ||
    isMoving(layer.scale.y) ||
    isMoving(layer.rotate) ||
    layer.rotate !== 0 ||
    layer.skew.x !== 0 ||
    layer.skew.y !== 0 ||
    layer.motion !== null ||
    [layer.transition.in, layer.transition.out].some((side) => side?.type === 'zoom' || side?.type === 'shuffle')
  );
};
