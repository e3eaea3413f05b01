import type { SoftReader } from './soft-value.ts';
import { withOpacity } from './parse-color.ts';
import type { Gradient, Padding, Rgba, TextAnimation, TextContent, TextFont, TextRun, TextStyle } from './scene-graph.ts';
import { parseMarkup } from './text-markup.ts';
import type { AssetOf } from './schema/edit-schema.ts';

type RichText = AssetOf<'rich-text'>;
type RichCaption = AssetOf<'rich-caption'>;

const NO_PADDING: Padding = { top: 0, right: 0, bottom: 0, left: 0 };
const DEFAULT_ANIMATION_SECONDS = 1;

export const readGradient = (
  gradient: { type: 'linear' | 'radial'; angle: number; stops: readonly { offset: number; color: string }[] },
  path: string,
  read: SoftReader,
): Gradient => {
  const stops = gradient.stops
    .map((stop, index) => ({ offset: stop.offset, color: read.color(stop.color, '#000000ff', `${path}.stops[${index}].color`) }))
    .sort((a, b) => a.offset - b.offset);
  return gradient.type === 'radial' ? { type: 'radial', stops } : { type: 'linear', angle: gradient.angle, stops };
};

const readPadding = (padding: RichText['padding']): Padding => {
  if (padding === undefined) return NO_PADDING;
  return typeof padding === 'number' ? { top: padding, right: padding, bottom: padding, left: padding } : padding;
};

/** What rich texts and rich captions share. */
export const readRichStyle = (
  asset: RichText | RichCaption,
  defaults: { family: string; color: Rgba },
  path: string,
  read: SoftReader,
): TextStyle => {
  const { font, style, background, border } = asset;
  const stroke = asset.stroke ?? font?.stroke;
  const vertical = asset.align?.vertical ?? 'middle';
  if (vertical === 'center')
    read.warn(`${path}.align.vertical`, 'renamed_value', '"center" is taken as "middle"', 'write "middle"');
  const textFont: TextFont = {
    family: font?.family ?? defaults.family,
    size: style?.size ?? font?.size ?? 24,
    weight: Math.round(read.number(font?.weight, { fallback: 400, least: 1, most: 1000 }, `${path}.font.weight`)),
    isItalic: font?.style === 'italic',
    color: withOpacity(read.color(font?.color, defaults.color, `${path}.font.color`), font?.opacity ?? 1),
    background: font?.background === undefined ? null : read.color(font.background, '#00000000', `${path}.font.background`),
  };
  return {
    font: textFont,
    letterSpacing: style?.letterSpacing ?? 0,
    wordSpacing: style?.wordSpacing ?? 0,
    lineHeight: style?.lineHeight ?? 1.2,
    decoration: style?.textDecoration ?? 'none',
    gradient: style?.gradient === undefined ? null : readGradient(style.gradient, `${path}.style.gradient`, read),
    stroke:
      stroke === undefined || stroke.width === 0
        ? null
        : {
            width: stroke.width,
            color: withOpacity(read.color(stroke.color, '#000000ff', `${path}.stroke.color`), stroke.opacity),
          },
    shadow: asset.shadow === undefined ? null : readShadow(asset.shadow, `${path}.shadow`, read),
    align: { horizontal: asset.align?.horizontal ?? 'center', vertical: vertical === 'center' ? 'middle' : vertical },
    direction: ('direction' in asset ? asset.direction : undefined) ?? 'auto',
    padding: readPadding(asset.padding),
    background:
      background?.color === undefined
        ? null
        : {
            color: withOpacity(read.color(background.color, '#00000000', `${path}.background.color`), background.opacity),
            cornerRadius: background.borderRadius,
            wraps: background.wrap,
            padding: background.padding ?? 0,
          },
    border:
      border === undefined || border.width === 0
        ? null
        : {
            width: border.width,
            color: withOpacity(read.color(border.color, '#000000ff', `${path}.border.color`), border.opacity),
            radius: border.radius,
          },
  };
};

export const readShadow = (
  shadow: { offsetX: number; offsetY: number; blur: number; color: string; opacity: number },
  path: string,
  read: SoftReader,
): NonNullable<TextStyle['shadow']> => ({
  x: shadow.offsetX,
  y: shadow.offsetY,
  blur: shadow.blur,
  color: withOpacity(read.color(shadow.color, '#000000ff', `${path}.color`), shadow.opacity),
});

export type TextTransform = 'none' | 'uppercase' | 'lowercase' | 'capitalize';
export const transformText = (text: string, transform: TextTransform): string => {
  switch (transform) {
    case 'uppercase':
      return text.toUpperCase();
    case 'lowercase':
      return text.toLowerCase();
    case 'capitalize':
      return text.replace(
        /(^|[\s\p{Pd}\p{Ps}\p{Pi}"'])(\p{L})/gu,
        (_, before: string, letter: string) => before + letter.toUpperCase(),
      );
    case 'none':
      return text;
  }
};

const plainRun = (text: string): TextRun => ({ text, weight: null, isItalic: null, color: null, decoration: null });
const linesOf = (text: string): string => text.replace(/\r\n?/g, '\n');

type WireAnimation = {
  preset: TextAnimation['preset'];
  duration?: number | undefined;
  style?: 'character' | 'word' | undefined;
  direction?: TextAnimation['direction'] | undefined;
};
const readAnimation = (animation: WireAnimation | undefined, most: number): TextAnimation | null =>
  animation === undefined
    ? null
    : {
        preset: animation.preset,
        durationSeconds: Math.min(most, animation.duration ?? DEFAULT_ANIMATION_SECONDS),
        unit: animation.style ?? 'character',
        direction: animation.direction ?? (animation.preset === 'slideIn' ? 'left' : 'up'),
      };

export const richTextContent = (asset: RichText, lengthSeconds: number, path: string, read: SoftReader): TextContent => {
  const style = readRichStyle(asset, { family: 'Open Sans', color: '#000000ff' }, path, read);
  const transform = asset.style?.textTransform ?? 'none';
  const runs =
    asset.markup === true
      ? parseMarkup(linesOf(asset.text), (value) => read.color(value, style.font.color, `${path}.text`))
      : [plainRun(linesOf(asset.text))];
  const bounds = asset.fitText === true ? { min: 8, max: 500 } : asset.fitText;
  const both = asset.animation?.out === undefined ? lengthSeconds : lengthSeconds / 2;
  return {
    type: 'text',
    runs: runs.map((run) => ({ ...run, text: transformText(run.text, transform) })),
    style,
    maxLines: asset.maxLines ?? null,
    ellipsis: asset.ellipsis === true ? '…' : asset.ellipsis === false ? null : (asset.ellipsis ?? null),
    fitText:
      bounds === undefined || bounds === false
        ? null
        : { minSize: Math.min(bounds.min, bounds.max), maxSize: Math.max(bounds.min, bounds.max) },
    animation: { in: readAnimation(asset.animation, both), out: readAnimation(asset.animation?.out, both) },
  };
};

/** The style of the older text types, before what they say themselves. */
export const basicStyle = (font: Partial<TextFont>): TextStyle => ({
  font: { family: 'Open Sans', size: 24, weight: 400, isItalic: false, color: '#ffffffff', background: null, ...font },
  ...{ letterSpacing: 0, wordSpacing: 0, lineHeight: 1.2, decoration: 'none', gradient: null, stroke: null, shadow: null },
  align: { horizontal: 'center', vertical: 'middle' },
  direction: 'auto',
  padding: NO_PADDING,
  ...{ background: null, border: null },
});

export const textAssetContent = (asset: AssetOf<'text'>, lengthSeconds: number, path: string, read: SoftReader): TextContent => {
  const { font, background, stroke, alignment } = asset;
  const opacity = read.number(font?.opacity, { fallback: 1, least: 0, most: 1 }, `${path}.font.opacity`);
  const style = basicStyle({
    family: font?.family ?? 'Open Sans',
    size: read.number(font?.size, { fallback: 24, least: 1, most: 500 }, `${path}.font.size`),
    weight: Math.round(read.number(font?.weight, { fallback: 400, least: 1, most: 1000 }, `${path}.font.weight`)),
    color: withOpacity(read.color(font?.color, '#ffffffff', `${path}.font.color`), opacity),
  });
  const vertical = alignment?.vertical ?? 'center';
  return {
    type: 'text',
    runs: [plainRun(linesOf(asset.text))],
    style: {
      ...style,
      lineHeight: read.number(font?.lineHeight, { fallback: 1.2, least: 0, most: 10 }, `${path}.font.lineHeight`),
      align: { horizontal: alignment?.horizontal ?? 'center', vertical: vertical === 'center' ? 'middle' : vertical },
      stroke:
        stroke?.width === undefined || stroke.width === 0
          ? null
          : { width: stroke.width, color: read.color(stroke.color, '#000000ff', `${path}.stroke.color`) },
      background:
        background?.color === undefined
          ? null
          : {
              color: withOpacity(read.color(background.color, '#00000000', `${path}.background.color`), background.opacity ?? 1),
              cornerRadius: background.borderRadius ?? 0,
              wraps: background.wrap ?? false,
              padding: background.padding ?? 0,
            },
    },
    maxLines: null,
    ellipsis: asset.ellipsis ?? null,
    fitText: null,
    animation: { in: readAnimation(asset.animation, lengthSeconds), out: null },
  };
};
