import type { Background, Gradient, Layer, Matte, MediaTiming, Paint, Rect, Rgba, SourceId } from './scene-graph.ts';
import type { ActiveWordStyle, CaptionCue, TextAnimation, TextRun, TextStyle } from './scene-text.ts';

/** What a layer shows. Sound is no content: it lives in the sound graph. */
export type LayerContent =
  | VideoContent
  | ImageContent
  | SvgContent
  | TextContent
  | CaptionContent
  | ShapeContent
  | PaintContent
  | VisualizerContent
  | HtmlContent
  | CompositionContent;

export type LayerContentType = LayerContent['type'];

/** `crop` is the part of the upright source picture that is shown, in source pixels; it fills `Layer.contentRect`. */
export interface VideoContent {
  readonly type: 'video';
  readonly source: SourceId;
  readonly crop: Rect;
  readonly timing: MediaTiming;
}

export interface ImageContent {
  readonly type: 'image';
  readonly source: SourceId;
  readonly crop: Rect;
  /** Null for a still; animated pictures run by it, looping. */
  readonly timing: MediaTiming | null;
}

/** Vector drawing scaled to `contentRect` before it is rasterised. Markup of the caller, or a file; nothing outside is loaded. */
export interface SvgContent {
  readonly type: 'svg';
  readonly svg: { readonly markup: string } | { readonly source: SourceId };
}

/** A paragraph in the layer's box. All text types of the edit language become this. */
export interface TextContent {
  readonly type: 'text';
  /** The whole text is the runs joined. Case transforms are applied. May be empty: then only background and border show. */
  readonly runs: readonly TextRun[];
  readonly style: TextStyle;
  /** Beyond it lines are dropped. Null: no limit. */
  readonly maxLines: number | null;
  /** Put at the end of what was cut, with `maxLines` or a full box; null cuts silently and lets text stick out of the box. */
  readonly ellipsis: string | null;
  /** The font size between the bounds with which the text just fits the box; it overrides `style.font.size`. */
  readonly fitText: { readonly minSize: number; readonly maxSize: number } | null;
  readonly animation: { readonly in: TextAnimation | null; readonly out: TextAnimation | null };
}

export interface CaptionContent {
  readonly type: 'caption';
  readonly cues: readonly CaptionCue[];
  readonly style: TextStyle;
  /** Lines shown at once; a cue with more is shown page by page, each word on the page of its time. */
  readonly maxLines: number | null;
  /** Pages of the engine's captions have times of their own: all alike, or so many seconds a word; never less than `leastSeconds`. */
  readonly paging: { readonly secondsPerWord: number | null; readonly leastSeconds: number } | null;
  readonly active: ActiveWordStyle | null;
  readonly animation: {
    /**
     * karaoke: words turn to the active look and stay; highlight: only the word being spoken has it; pop: it also grows for a moment;
     * fade, slide, bounce: words enter so at their time; typewriter: letter by letter; none: the cue stands still.
     */
    readonly style: 'karaoke' | 'highlight' | 'pop' | 'fade' | 'slide' | 'bounce' | 'typewriter' | 'none';
    readonly direction: 'left' | 'right' | 'up' | 'down';
  };
}

/** Drawn centred in the box with its own size. */
export interface ShapeContent {
  readonly type: 'shape';
  readonly shape:
    | { readonly kind: 'rectangle'; readonly width: number; readonly height: number; readonly cornerRadius: number }
    | { readonly kind: 'ellipse'; readonly width: number; readonly height: number }
    /** Horizontal, ends square. */
    | { readonly kind: 'line'; readonly length: number; readonly thickness: number }
    /** Regular, one corner up. */
    | { readonly kind: 'polygon'; readonly sides: number; readonly radius: number }
    | { readonly kind: 'star'; readonly points: number; readonly outerRadius: number; readonly innerRadius: number }
    /** SVG path data, in pixels from the box's top left corner (not centred). */
    | { readonly kind: 'path'; readonly d: string };
  readonly fill: Paint | null;
  /** Centred on the edge. */
  readonly stroke: { readonly color: Rgba; readonly width: number } | null;
}

/** Fills the box. */
export interface PaintContent {
  readonly type: 'paint';
  readonly paint: Paint;
}

/** The sound of a source as a picture that fills the box. */
export interface VisualizerContent {
  readonly type: 'visualizer';
  readonly source: SourceId;
  readonly timing: MediaTiming;
  /** wave: the curve of the samples at this moment; bars: loudness by frequency; level: the whole sound's envelope with a play head. */
  readonly style: 'wave' | 'bars' | 'level';
  readonly color: Rgba;
  readonly gradient: Gradient | null;
  readonly background: Rgba | null;
  /** bars only. */
  readonly barCount: number;
  readonly lineWidth: number;
}

/** Markup of the caller for the built-in subset renderer, laid out in the box. Scripts and outside references do nothing. */
export interface HtmlContent {
  readonly type: 'html';
  readonly html: string;
  readonly css: string;
  readonly background: Rgba | null;
  readonly align: { readonly horizontal: 'left' | 'center' | 'right'; readonly vertical: 'top' | 'middle' | 'bottom' };
}

/**
 * A timeline inside the timeline, at the outer frame rate, on its own canvas, which is drawn into `contentRect`. Its frame is the one
 * at the source time of `timing` (time 0 is its first frame); frames of its layers count in its own time.
 */
export interface CompositionContent {
  readonly type: 'composition';
  readonly canvas: { readonly width: number; readonly height: number };
  readonly frameCount: number;
  /** May be transparent. */
  readonly background: Background;
  readonly layers: readonly Layer[];
  readonly mattes: readonly Matte[];
  readonly timing: MediaTiming;
}
