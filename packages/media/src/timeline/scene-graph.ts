import type { Canvas, FrameRate } from '@polyreel/core';
import type { LayerContent } from './scene-content.ts';
import type { LayerFilter, LayerTransition } from './scene-effects.ts';

export type * from './scene-content.ts';
export type * from './scene-effects.ts';
export type * from './scene-text.ts';

/**
 * The scene graph: what a timeline means, as plain JSON data. Everything that a word of the edit language could leave open is decided
 * here: times are frames, sizes are pixels, names of effects and easings are numbers. The back ends draw from this alone.
 *
 * Conventions
 * - Frames are counted in the timeline: frame n stands for the moment n / frameRate. Ranges hold `from` and not `to`.
 * - `...Seconds` inside a layer count from the layer's own `startSeconds` unless said otherwise.
 * - Pixels are those of `Scene.canvas`, y downwards. A back end that draws at another size (`Scene.output`) scales the whole picture.
 * - Colours are `#rrggbbaa`, lower case, straight alpha, sRGB values.
 * - Angles are degrees, clockwise.
 */
export interface Scene {
  /** The frame in which everything is laid out. */
  readonly canvas: Canvas;
  /** The size at which frames are wanted; differs from `canvas` under `scaleTo`. */
  readonly output: Canvas;
  readonly frameRate: FrameRate;
  /** Length of the whole timeline, at least 1. */
  readonly frameCount: number;
  /** The frames wanted, within 0..frameCount: all of them, a range, or one for a still. */
  readonly range: FrameRange;
  /** True: frames keep transparency (straight alpha); false: they are opaque, a transparent background is black. */
  readonly hasAlpha: boolean;
  readonly background: Background;
  /** Painter's order: the first lies at the bottom. Layers outside `range` are already left out. */
  readonly layers: readonly Layer[];
  /** Drawn for their brightness only, never shown. Named by `Layer.mattes`. */
  readonly mattes: readonly Matte[];
  readonly fonts: readonly SceneFont[];
  /** Every file that a layer names. Paths are handed over beside the scene, so that equal edits give equal scenes. */
  readonly sources: Readonly<Record<SourceId, SceneSource>>;
}

export interface FrameRange {
  readonly from: number;
  readonly to: number;
}

export type SourceId = string;
export type Rgba = string;

/** Seconds as an exact fraction of safe integers, denominator above 0. */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect extends Point {
  readonly width: number;
  readonly height: number;
}

/** Facts of a file, measured before the scene was built. */
export type SceneSource =
  | {
      readonly kind: 'video';
      /** Upright, square pixels. The file's own pixels may be turned by `rotation`. */
      readonly width: number;
      readonly height: number;
      /** Degrees clockwise by which a player turns the stored picture. */
      readonly rotation: 0 | 90 | 180 | 270;
      readonly frameRate: FrameRate | null;
      readonly durationSeconds: number;
      readonly hasAlpha: boolean;
      readonly hasAudio: boolean;
    }
  | {
      readonly kind: 'image';
      /** Upright: orientation by EXIF is applied. */
      readonly width: number;
      readonly height: number;
      /** Animated gif or webp; null for a still. */
      readonly animation: { readonly durationSeconds: number; readonly frameCount: number } | null;
    }
  | { readonly kind: 'svg'; readonly width: number; readonly height: number }
  | { readonly kind: 'audio'; readonly durationSeconds: number }
  | { readonly kind: 'font' }
  | { readonly kind: 'lut' };

/** A font file of the caller. It answers to `family` and to the names inside the file. */
export interface SceneFont {
  readonly source: SourceId;
  readonly family: string;
  /** Null: what the file says. */
  readonly weight: number | null;
  readonly isItalic: boolean | null;
}

export type Background = Paint | { readonly type: 'image'; readonly source: SourceId };

export type Paint = { readonly type: 'color'; readonly color: Rgba } | Gradient;

export interface GradientStop {
  /** 0..1, rising. */
  readonly offset: number;
  readonly color: Rgba;
}

export type Gradient =
  /** CSS angle: 0 runs upwards, 90 to the right; corner to corner as `linear-gradient` does. */
  | { readonly type: 'linear'; readonly angle: number; readonly stops: readonly GradientStop[] }
  /** From the centre to the farthest corner. */
  | { readonly type: 'radial'; readonly stops: readonly GradientStop[] };

/**
 * One drawn thing. How its pixels come about:
 *
 * 1. The box is `box.width` x `box.height`, origin at its top left corner.
 * 2. The content is drawn into `contentRect` of the box (may stick out); `isCutAtBox` cuts it there. A `backdrop` lies behind it.
 *    `motion` moves the content inside the box; then it is always cut at the box.
 * 3. Chroma key, then `filters` in order, change the content. `cornerRadius` rounds the box, `border` runs inside its edge,
 *    `shadow` falls from the result.
 * 4. `mattes` with a frame range that holds this frame multiply the alpha by their brightness.
 * 5. The box is placed. With c = box centre, a = `anchor` (box pixels), P = `place` + offset at this time, s = scale at this time:
 *       C = P + s * (c - a)           the visible centre
 *       M = T(C) * R(rotate) * K(skew) * S(s) * Flip * T(-c)
 *    A frame point is M * (box point). R turns clockwise. K is [[1, skewX], [skewY, 1]] (tangents). Flip mirrors about the centre.
 * 6. Transitions change alpha, place or mask; `opacity` multiplies; the result is laid over what is below by `blend`.
 */
export interface Layer {
  /** The clip's path in the edit, e.g. `timeline.tracks[0].clips[2]`: for messages. */
  readonly path: string;
  /** Frames on which it shows, cut to the scene's length. */
  readonly frames: FrameRange;
  /** Exact time of the clip's start; the layer's own clock at frame n is n / frameRate - start. */
  readonly start: Fraction;
  readonly startSeconds: number;
  readonly lengthSeconds: number;
  readonly content: LayerContent;
  readonly box: Canvas;
  readonly contentRect: Rect;
  readonly isCutAtBox: boolean;
  /** `blur`: the content once more, filling the box, blurred, behind itself. */
  readonly backdrop: { readonly type: 'blur'; readonly sigma: number } | null;
  /** Ken Burns inside the box: the content is scaled about the box centre, then moved by x, y (share of the box). */
  readonly motion: { readonly scale: Animated; readonly x: Animated; readonly y: Animated } | null;
  readonly anchor: Point;
  readonly place: Point;
  /** Pixels, y downwards, beside `place`. */
  readonly offset: { readonly x: Animated; readonly y: Animated };
  readonly scale: { readonly x: Animated; readonly y: Animated };
  readonly rotate: Animated;
  /** Tangents. */
  readonly skew: { readonly x: Animated; readonly y: Animated };
  /** 0 or 1 at any time; a native keyframe may switch midway. */
  readonly flip: { readonly x: Animated; readonly y: Animated };
  /** 0..1; holds the track's opacity already. */
  readonly opacity: Animated;
  readonly blend: BlendMode;
  readonly cornerRadius: number;
  readonly border: { readonly width: number; readonly color: Rgba } | null;
  readonly shadow: { readonly x: number; readonly y: number; readonly blur: number; readonly color: Rgba } | null;
  readonly chromaKey: ChromaKey | null;
  readonly filters: readonly LayerFilter[];
  readonly transition: { readonly in: LayerTransition | null; readonly out: LayerTransition | null };
  /** Ids in `Scene.mattes`. Those that show at a frame multiply; with none showing the layer is unmasked. */
  readonly mattes: readonly string[];
}

/**
 * A layer whose brightness (0.299 R + 0.587 G + 0.114 B, over black) becomes alpha: white shows. `space: 'frame'`: drawn as any layer
 * over the frame. `space: 'box'`: stretched over the masked layer's box and moved with it.
 */
export interface Matte {
  readonly id: string;
  readonly layer: Layer;
  readonly isInverted: boolean;
  readonly space: 'frame' | 'box';
}

/** CSS `mix-blend-mode`; the canvas' `globalCompositeOperation` uses the same words but for `normal` and `plus-lighter`. */
export type BlendMode =
  | 'normal'
  | 'multiply'
  | 'screen'
  | 'overlay'
  | 'darken'
  | 'lighten'
  | 'color-dodge'
  | 'color-burn'
  | 'hard-light'
  | 'soft-light'
  | 'difference'
  | 'exclusion'
  | 'hue'
  | 'saturation'
  | 'color'
  | 'luminosity'
  | 'plus-lighter';

export interface ChromaKey {
  readonly color: Rgba;
  /** 0..250. Distance in 8 bit RGB up to which a pixel is fully transparent. */
  readonly threshold: number;
  /** 0..250. Beyond the threshold alpha rises to 1 over this distance. */
  readonly halo: number;
  /** 0..1. How much of the key colour is taken out of what stays. */
  readonly spill: number;
}

/** A number over the layer's time: constant, or pieces in rising order that do not overlap. */
export type Animated = number | { readonly pieces: readonly AnimatedPiece[] };

/** Before the first piece its `from` holds, between two the `to` of the earlier one, after the last its `to`. At least one piece. */
export interface AnimatedPiece {
  readonly fromSeconds: number;
  /** Above `fromSeconds`. A piece may reach beyond the layer's end. */
  readonly toSeconds: number;
  readonly from: number;
  readonly to: number;
  readonly easing: Easing;
}

export type Easing =
  | { readonly type: 'linear' }
  /** `from` until the end of the piece. */
  | { readonly type: 'hold' }
  /** CSS cubic-bezier; y may leave 0..1. */
  | { readonly type: 'bezier'; readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number }
  /** Damped oscillation that has come to rest at the end: 1 - exp(-6 u) * cos(4 pi u), with u from 0 to 1. */
  | { readonly type: 'spring' };

/**
 * How a layer's clock becomes the time in a moving source. At layer time t (exact: frame / frameRate - start) the source time is
 *    trim + t * speed             forwards
 *    end - t * speed              reversed (the last frame first)
 * with what comes after the rest decided by `onEnd`: `loop` starts again at `trim`, `freeze` holds the last frame, `hide` draws
 * nothing. `speed` 0 is a still at `trim`. The frame shown is the one whose time span holds that moment.
 */
export interface MediaTiming {
  readonly trim: Fraction;
  readonly speed: Fraction;
  /** End of the source's usable part, exact where the container counts frames. */
  readonly end: Fraction;
  readonly isReversed: boolean;
  readonly onEnd: 'loop' | 'freeze' | 'hide';
}
