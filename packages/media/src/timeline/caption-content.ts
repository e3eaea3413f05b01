import type { Canvas } from '@polyreel/core';
import { spreadWords, type TimedCue } from './captions.ts';
import { withOpacity } from './parse-color.ts';
import type { ActiveWordStyle, CaptionContent, CaptionCue, TextFont } from './scene-graph.ts';
import type { NativeCaption } from './schema/clip.ts';
import type { AssetOf } from './schema/edit-schema.ts';
import type { SoftReader } from './soft-value.ts';
import { basicStyle, readRichStyle, readShadow, type TextTransform, transformText } from './text-content.ts';

/** Captions sit so far above the lower edge when nothing is said: share of the frame's height. */
const BOTTOM_MARGIN_SHARE = 0.06;
const ACTIVE_COLOR = '#ffe600ff';

interface CueOptions {
  readonly trim: number;
  readonly speed: number;
  readonly lengthSeconds: number;
  readonly transform?: TextTransform;
  readonly maxWordsPerLine?: number | undefined;
}

/** Into the layer's clock; cues that never show are left out, an earlier cue ends where the next begins. */
export const layerCues = (cues: readonly TimedCue[], options: CueOptions): CaptionCue[] => {
  const { trim, lengthSeconds, transform = 'none', maxWordsPerLine } = options;
  const speed = options.speed === 0 ? 1 : options.speed;
  const at = (seconds: number): number => (seconds - trim) / speed;
  const shown = cues
    .map((cue) => ({
      fromSeconds: Math.max(0, at(cue.from)),
      toSeconds: Math.min(lengthSeconds, at(cue.to)),
      words: cue.words.map((word, index) => ({
        text: transformText(word.text, transform),
        fromSeconds: at(word.from),
        toSeconds: at(word.to),
        endsLine: maxWordsPerLine === undefined ? word.endsLine : (index + 1) % maxWordsPerLine === 0,
      })),
    }))
    .filter((cue) => cue.toSeconds > cue.fromSeconds);
  return shown
    .map((cue, index) => ({ ...cue, toSeconds: Math.min(cue.toSeconds, shown[index + 1]?.fromSeconds ?? cue.toSeconds) }))
    .filter((cue) => cue.toSeconds > cue.fromSeconds);
};

export const captionContent = (
  asset: AssetOf<'caption'>,
  options: { cues: readonly CaptionCue[]; box: Canvas; path: string },
  read: SoftReader,
): CaptionContent => {
  const { font, background, margin } = asset;
  const { path, box } = options;
  const share = { fallback: 0, least: 0, most: 1 };
  const opacity = (value: number | undefined, at: string): number =>
    read.number(value, { fallback: 1, least: 0, most: 1 }, `${path}.${at}`);
  const style = basicStyle({
    family: font?.family ?? 'Open Sans',
    size: read.number(font?.size, { fallback: 24, least: 1, most: 500 }, `${path}.font.size`),
    color: withOpacity(read.color(font?.color, '#ffffffff', `${path}.font.color`), opacity(font?.opacity, 'font.opacity')),
  });
  const strokeWidth = read.number(
    font?.strokeWidth,
    { fallback: font?.stroke === undefined ? 0 : 1, least: 0, most: 100 },
    `${path}.font.strokeWidth`,
  );
  const hasTop = margin?.top !== undefined;
  return {
    type: 'caption',
    cues: options.cues,
    style: {
      ...style,
      lineHeight: read.number(font?.lineHeight, { fallback: 1.2, least: 0, most: 10 }, `${path}.font.lineHeight`),
      stroke:
        strokeWidth === 0 ? null : { width: strokeWidth, color: read.color(font?.stroke, '#000000ff', `${path}.font.stroke`) },
      align: { horizontal: 'center', vertical: hasTop ? 'top' : 'bottom' },
      padding: {
        top: hasTop ? read.number(margin?.top, share, `${path}.margin.top`) * box.height : 0,
        bottom: hasTop ? 0 : box.height * BOTTOM_MARGIN_SHARE,
        left: read.number(margin?.left, share, `${path}.margin.left`) * box.width,
        right: read.number(margin?.right, share, `${path}.margin.right`) * box.width,
      },
      background:
        background?.color === undefined
          ? null
          : {
              color: withOpacity(
                read.color(background.color, '#00000000', `${path}.background.color`),
                opacity(background.opacity, 'background.opacity'),
              ),
              cornerRadius: read.number(
                background.borderRadius,
                { fallback: 0, least: 0, most: 1000 },
                `${path}.background.borderRadius`,
              ),
              wraps: true,
              padding: read.number(background.padding, { fallback: 0, least: 0, most: 500 }, `${path}.background.padding`),
            },
    },
    maxLines: null,
    paging: null,
    active: null,
    animation: { style: 'none', direction: 'up' },
  };
};

type RichCaption = AssetOf<'rich-caption'>;

export const richCaptionContent = (
  asset: RichCaption,
  options: { cues: readonly CaptionCue[]; path: string },
  read: SoftReader,
): CaptionContent => {
  const style = asset.animation?.style ?? 'highlight';
  return {
    type: 'caption',
    cues: options.cues,
    style: readRichStyle(asset, { family: 'Roboto', color: '#ffffffff' }, options.path, read),
    maxLines: asset.maxLines ?? null,
    paging: null,
    active: readActive(asset, `${options.path}.active`, read, ['karaoke', 'highlight', 'pop'].includes(style)),
    animation: { style, direction: asset.animation?.direction ?? 'up' },
  };
};

const readActive = (asset: RichCaption, path: string, read: SoftReader, isMarked: boolean): ActiveWordStyle | null => {
  const { active } = asset;
  if (active === undefined)
    return isMarked ? { font: { color: ACTIVE_COLOR }, decoration: null, stroke: null, shadow: null } : null;
  const { font, stroke, shadow } = active;
  const face: { -readonly [Key in keyof TextFont]?: TextFont[Key] } = {};
  if (font?.family !== undefined) face.family = font.family;
  if (font?.size !== undefined) face.size = font.size;
  if (font?.weight !== undefined)
    face.weight = Math.round(read.number(font.weight, { fallback: 400, least: 1, most: 1000 }, `${path}.font.weight`));
  if (font?.style !== undefined) face.isItalic = font.style === 'italic';
  if (font?.background !== undefined) face.background = read.color(font.background, '#00000000', `${path}.font.background`);
  const isPlain =
    Object.keys(face).length === 0 && font?.textDecoration === undefined && stroke === undefined && shadow === undefined;
  const color = font?.color ?? (isMarked && isPlain ? ACTIVE_COLOR : undefined);
  if (color !== undefined) face.color = withOpacity(read.color(color, ACTIVE_COLOR, `${path}.font.color`), font?.opacity ?? 1);
  return {
    font: face,
    decoration: font?.textDecoration ?? null,
    stroke:
      stroke === undefined || stroke === 'none'
        ? (stroke ?? null)
        : {
            width: stroke.width,
            color: withOpacity(read.color(stroke.color, '#000000ff', `${path}.stroke.color`), stroke.opacity),
          },
    shadow: shadow === undefined || shadow === 'none' ? (shadow ?? null) : readShadow(shadow, `${path}.shadow`, read),
  };
};

export interface NativeCaptionLayer {
  readonly content: CaptionContent;
  readonly box: Canvas;
  readonly position: 'top' | 'topRight' | 'right' | 'bottomRight' | 'bottom' | 'bottomLeft' | 'left' | 'topLeft' | 'center';
  readonly margin: { readonly x: number; readonly y: number };
}

/** An average letter is so wide, in font sizes. */
const LETTER_WIDTH = 0.52;
const WORDS_PER_MINUTE = 180;

/** The engine's caption: the text as one cue over the clip, its words in turn, shown page by page of `max_lines`. */
export const nativeCaptionLayer = (
  caption: NativeCaption,
  options: { frame: Canvas; lengthSeconds: number; family: string | null; path: string },
  read: SoftReader,
): NativeCaptionLayer => {
  const { frame, lengthSeconds, path } = options;
  const size = caption.font?.size_px ?? 36;
  const padding = caption.style?.padding_px ?? 8;
  const lineHeight = caption.layout?.line_height_mult ?? 1.3;
  const maxLines = caption.layout?.max_lines ?? 2;
  const spoken = caption.timing?.mode === 'wpm';
  const words = caption.text.split(/\s+/).filter((word) => word !== '').length;
  const wordsPerMinute = caption.timing?.wpm ?? WORDS_PER_MINUTE;
  const leastSeconds = caption.timing?.min_page_duration ?? 1;
  const to = spoken ? Math.min(lengthSeconds, Math.max((words * 60) / wordsPerMinute, leastSeconds)) : lengthSeconds;
  const style = basicStyle({
    family: options.family ?? 'Open Sans',
    size,
    color: read.color(caption.style?.color, '#ffffffff', `${path}.style.color`),
  });
  const margin = caption.placement?.margin_px;
  const position = caption.placement?.anchor ?? 'bottom';
  const vertical = position.startsWith('top') ? 'top' : position.startsWith('bottom') ? 'bottom' : 'middle';
  const background = caption.style?.bg_color;
  return {
    position,
    margin: Array.isArray(margin) ? { x: margin[0], y: margin[1] } : { x: margin?.x ?? 40, y: margin?.y ?? 60 },
    box: {
      width: Math.min(frame.width, widthOf(caption, frame, size) + 2 * padding),
      height: Math.min(frame.height, Math.ceil(maxLines * size * lineHeight) + 2 * padding),
    },
    content: {
      type: 'caption',
      // Pages that stay for their least time may outlast the words.
      cues: layerCues([{ from: 0, to: lengthSeconds, words: spreadWords(caption.text.replace(/\r\n?/g, '\n'), 0, to) }], {
        trim: 0,
        speed: 1,
        lengthSeconds,
      }),
      style: {
        ...style,
        lineHeight,
        align: { horizontal: caption.layout?.align ?? 'center', vertical },
        background:
          background === undefined
            ? null
            : { color: read.color(background, '#00000000', `${path}.style.bg_color`), cornerRadius: 0, wraps: true, padding },
      },
      maxLines,
      paging: { secondsPerWord: spoken ? 60 / wordsPerMinute : null, leastSeconds },
      active: null,
      animation: { style: 'none', direction: 'up' },
    },
  };
};

const widthOf = (caption: NativeCaption, frame: Canvas, size: number): number => {
  const wanted = caption.layout?.max_width;
  if (wanted === undefined) return frame.width * 0.8;
  if (typeof wanted === 'number') return wanted <= 1 ? frame.width * wanted : wanted;
  if (typeof wanted === 'string') return (frame.width * Number.parseFloat(wanted)) / 100;
  return 'px' in wanted ? wanted.px : Math.ceil(wanted.chars * size * LETTER_WIDTH);
};
