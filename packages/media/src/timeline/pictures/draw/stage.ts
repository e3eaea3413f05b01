import type { Background, Layer, Matte } from '../../scene-graph.ts';
import type { InputsById } from '../prepared.ts';
import type { Picture } from './canvases.ts';
import type { PlacedLayer } from './plane-layers.ts';

/** A canvas with layers on it: the scene, or a composition inside it. */
export interface Stage {
  readonly canvas: { readonly width: number; readonly height: number };
  readonly background: Background;
  readonly layers: readonly Layer[];
  readonly mattes: readonly Matte[];
  /** Before the ids of its layers. */
  readonly prefix: string;
  /** Pixels drawn for one pixel of the canvas. */
  readonly ratio: number;
}

export interface Moment {
  readonly seconds: number;
  /** Of the stage's own time. */
  readonly frame: number;
  readonly inputs: InputsById;
}

export interface LayerOptions {
  readonly stage: Stage;
  readonly moment: Moment;
  readonly layer: Layer;
  readonly id: string;
}

export interface LayerAtMoment extends LayerOptions, PlacedLayer {
  readonly layer: Layer;
  readonly seconds: number;
}

/** Painted, but not laid down. */
export interface ShownLayer extends LayerAtMoment {
  readonly picture: Picture;
}
