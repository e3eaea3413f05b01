import type { Layer, Scene } from '../scene-graph.ts';
import type { SourcePart } from './decode/source-part.ts';
import { applyMatrix, placementAt } from './placement.ts';

const isZero = (value: unknown): boolean => value === 0;

/**
 * True for a video layer whose decoded pixels are the frame itself: it fills the picture dot by dot and nothing changes it. Such frames
 * go from the decoder to the encoder without being drawn.
 */
export const isWholeFrame = (layer: Layer, part: SourcePart, scene: Scene): boolean => {
  const { rect } = part;
  const isUntouched =
    layer.opacity === 1 &&
    layer.blend === 'normal' &&
    layer.mattes.length === 0 &&
    layer.filters.length === 0 &&
    [layer.chromaKey, layer.border, layer.shadow, layer.backdrop, layer.motion].every((part) => part === null) &&
    layer.cornerRadius === 0 &&
    [layer.rotate, layer.skew.x, layer.skew.y, layer.flip.x, layer.flip.y].every(isZero) &&
    [layer.scale.x, layer.scale.y, layer.offset.x, layer.offset.y].every((value) => typeof value === 'number');
  if (!isUntouched || part.pixelWidth !== scene.output.width || part.pixelHeight !== scene.output.height) return false;
  const { matrix } = placementAt(layer, 0);
  const corner = applyMatrix(matrix, rect.x, rect.y);
  const opposite = applyMatrix(matrix, rect.x + rect.width, rect.y + rect.height);
  const isNear = (one: number, other: number): boolean => Math.abs(one - other) < 0.01;
  return (
    isNear(corner.x, 0) &&
    isNear(corner.y, 0) &&
    isNear(opposite.x, scene.canvas.width) &&
    isNear(opposite.y, scene.canvas.height)
  );
};

/** False while the layer enters or leaves. */
export const isAtRest = (layer: Layer, seconds: number): boolean => {
  const { in: entering, out: leaving } = layer.transition;
  return (
    (entering === null || seconds >= entering.durationSeconds) &&
    (leaving === null || layer.lengthSeconds - seconds >= leaving.durationSeconds)
  );
};

/** True when nothing about the layer but its content can differ between frames on which it is at rest, and it is now. */
export const keepsStill = (layer: Layer, seconds: number): boolean => {
  const { opacity, rotate, offset, scale, skew, flip, motion, mattes } = layer;
  const animated = [opacity, rotate, ...[offset, scale, skew, flip].flatMap(({ x, y }) => [x, y])];
  const isFixed = animated.every((value) => typeof value === 'number');
  return isFixed && motion === null && mattes.length === 0 && isAtRest(layer, seconds);
};
