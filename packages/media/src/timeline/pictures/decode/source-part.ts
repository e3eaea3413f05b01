import type { Layer, Rect } from '../../scene-graph.ts';
import { contentDensity, isTransformed } from '../layer-density.ts';

/** The part of a source picture that is decoded, at what size, and where it lies in the box. */
export interface SourcePart {
  /** Whole, even pixels of the upright source. */
  readonly crop: Rect;
  readonly pixelWidth: number;
  readonly pixelHeight: number;
  /** In box pixels. */
  readonly rect: Rect;
}

const MAX_SIDE = 4096;

/**
 * What must be decoded of a source so that a layer can be drawn. A layer at rest gets exactly the pixels of the frame; one that grows,
 * turns or moves gets as many as the source has, at most what its largest size needs.
 */
export const sourcePart = (layer: Layer, source: { width: number; height: number; crop: Rect }, ratio: number): SourcePart => {
  const { contentRect, box } = layer;
  const perSource = { x: contentRect.width / source.crop.width, y: contentRect.height / source.crop.height };
  const visible = layer.isCutAtBox && layer.motion === null ? intersect(contentRect, { x: 0, y: 0, ...box }) : contentRect;
  const wanted = {
    x: source.crop.x + (visible.x - contentRect.x) / perSource.x,
    y: source.crop.y + (visible.y - contentRect.y) / perSource.y,
    width: visible.width / perSource.x,
    height: visible.height / perSource.y,
  };
  const crop = outerEven(wanted, source);
  const rect = {
    x: contentRect.x + (crop.x - source.crop.x) * perSource.x,
    y: contentRect.y + (crop.y - source.crop.y) * perSource.y,
    width: crop.width * perSource.x,
    height: crop.height * perSource.y,
  };
  const density = contentDensity(layer, ratio);
  const size = (length: number, own: number): number => {
    const exact = length * density;
    return Math.min(MAX_SIDE, Math.max(1, Math.round(isTransformed(layer) ? Math.min(exact, own) : exact)));
  };
  return { crop, rect, pixelWidth: size(rect.width, crop.width), pixelHeight: size(rect.height, crop.height) };
};

const intersect = (one: Rect, other: Rect): Rect => {
  const x = Math.max(one.x, other.x);
  const y = Math.max(one.y, other.y);
  return {
    x,
    y,
    width: Math.max(1e-3, Math.min(one.x + one.width, other.x + other.width) - x),
    height: Math.max(1e-3, Math.min(one.y + one.height, other.y + other.height) - y),
  };
};

/** Outwards to even pixels, for colour is stored for two by two; never beyond the source. A hair beyond an edge does not count. */
const outerEven = (rect: Rect, source: { width: number; height: number }): Rect => {
  const low = (value: number): number => Math.max(0, Math.floor((value + 0.01) / 2) * 2);
  const high = (value: number, limit: number): number => Math.min(limit, Math.ceil((value - 0.01) / 2) * 2);
  const x = Math.min(low(rect.x), source.width - 1);
  const y = Math.min(low(rect.y), source.height - 1);
  return {
    x,
    y,
    width: Math.max(1, high(rect.x + rect.width, source.width) - x),
    height: Math.max(1, high(rect.y + rect.height, source.height) - y),
  };
};
