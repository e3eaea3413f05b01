import type { Easing, SourceId } from './scene-graph.ts';

/** Names of filters of the edit language are resolved to these; they apply in order. */
export type LayerFilter =
  /** Gaussian, pixels. */
  | { readonly type: 'blur'; readonly sigma: number }
  /** Factors on RGB, about 0, about mid grey (128), about luma (Rec. 709). 1 changes nothing. */
  | { readonly type: 'brightness'; readonly factor: number }
  | { readonly type: 'contrast'; readonly factor: number }
  | { readonly type: 'saturation'; readonly factor: number }
  /** Mix of the picture with its changed self, 0..1. Greyscale by Rec. 709. */
  | { readonly type: 'greyscale'; readonly amount: number }
  | { readonly type: 'negative'; readonly amount: number }
  | { readonly type: 'sepia'; readonly amount: number }
  /** Degrees. */
  | { readonly type: 'hue'; readonly angle: number }
  /** Unsharp mask, 0..1. */
  | { readonly type: 'sharpen'; readonly amount: number }
  /** Darkening of the corners of the box, 0..1. */
  | { readonly type: 'vignette'; readonly amount: number }
  /** Noise of luma, 0..1, another each frame, the same for equal seed and frame. */
  | { readonly type: 'grain'; readonly amount: number; readonly seed: number }
  /** A .cube file, mixed in by 0..1. */
  | { readonly type: 'lut'; readonly source: SourceId; readonly amount: number };

export type Side = 'left' | 'right' | 'up' | 'down';

interface TransitionTime {
  /** Above 0, at most the layer's length; half of it when both ends have one. */
  readonly durationSeconds: number;
  readonly easing: Easing;
}

/**
 * Entering or leaving, inside the layer's length. p = easing(progress) with progress 0..1 = t / duration when entering, and
 * (length - t) / duration when leaving, so p = 1 is always "fully there".
 */
export type LayerTransition = TransitionTime &
  (
    | /** alpha = p */ { readonly type: 'fade' }
    /** Hard mask over the frame, p of its width: from the left edge in, towards the right edge out (the left part goes first). */
    | { readonly type: 'reveal' }
    /** Mask over the frame with a soft edge of 20 % of its width; the edge travels towards `towards`, in and out. */
    | { readonly type: 'wipe'; readonly towards: 'left' | 'right' }
    /** Alpha p; moves towards `towards` by 10 % of the frame: into its place when entering, onwards when leaving. */
    | { readonly type: 'slide'; readonly towards: Side }
    /** Alpha 1; as slide, by the whole frame. */
    | { readonly type: 'carousel'; readonly towards: Side }
    /** Turns about a corner of the layer's visible box from 90 degrees to 0, coming from (or leaving to) the side `from`. */
    | {
        readonly type: 'shuffle';
        readonly corner: 'top-left' | 'top-right' | 'bottom-right' | 'bottom-left';
        readonly from: Side;
      }
    /** Scale and alpha = p, about the visible centre. */
    | { readonly type: 'zoom' }
  );
