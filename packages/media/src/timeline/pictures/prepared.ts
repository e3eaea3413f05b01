import type { FrameFormat } from './colour/colour-kernel.ts';
import type { Rect } from '../scene-graph.ts';
import type { Sprite } from './sprite.ts';
import type { PreparedCaption } from './text/prepare-caption.ts';
import type { PreparedText } from './text/prepare-text.ts';

/** A still, decoded or rasterised once; it fills `Sprite`'s rectangle. */
export interface PreparedStill {
  readonly type: 'still';
  readonly sprite: Sprite;
}

/** An animated picture, all of it decoded. */
export interface PreparedAnimation {
  readonly type: 'animation';
  readonly sprites: readonly Sprite[];
  /** When each shows, from the start of the file. */
  readonly startSeconds: readonly number[];
}

/** The sound of a source: one value a step of the envelope, and mono samples at `sampleRate`. */
export interface PreparedSound {
  readonly type: 'sound';
  readonly sampleRate: number;
  /** Float32, mono, from the source's time `fromSeconds`. */
  readonly samples: SharedArrayBuffer;
  readonly fromSeconds: number;
}

export type PreparedContent = PreparedStill | PreparedAnimation | PreparedSound | PreparedText | PreparedCaption;

/** One decoded frame of a video. */
export interface VideoInput {
  readonly format: FrameFormat;
  readonly pixels: ArrayBuffer;
  readonly pixelWidth: number;
  readonly pixelHeight: number;
  /** Where it lies, in box pixels. */
  readonly rect: Rect;
  /** While its layer is at rest, these pixels are those of the frame, dot by dot, and opaque. */
  readonly isWhole: boolean;
}

/** Prepared contents and decoded frames by the id of their layer (see `layer-ids.ts`). */
export type PreparedById = ReadonlyMap<string, PreparedContent>;
export type InputsById = ReadonlyMap<string, VideoInput>;
