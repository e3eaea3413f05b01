import type { Layer, Matte } from '../scene-graph.ts';

/** Layers have no names of their own; their place in the scene is one. */
export const layerId = (prefix: string, index: number): string => `${prefix}L${index}`;
export const matteLayerId = (prefix: string, index: number): string => `${prefix}M${index}`;
/** Stands before the ids of what lies inside a composition. */
export const innerPrefix = (id: string): string => `${id}/`;

export interface NamedLayer {
  readonly id: string;
  readonly layer: Layer;
}

/** The layers of a scene or composition itself, masks included; not what lies in compositions inside it. */
export const namedLayers = (
  group: { readonly layers: readonly Layer[]; readonly mattes: readonly Matte[] },
  prefix: string,
): NamedLayer[] => [
  ...group.layers.map((layer, index) => ({ id: layerId(prefix, index), layer })),
  ...group.mattes.map((matte, index) => ({ id: matteLayerId(prefix, index), layer: matte.layer })),
];
