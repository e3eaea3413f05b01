import type { Canvas } from '@polyreel/core';
import { isTransparent } from './parse-color.ts';
import type { TextContent, TextFont } from './scene-graph.ts';
import { titleSizes } from './schema/assets.ts';
import type { AssetOf } from './schema/edit-schema.ts';
import type { SoftReader } from './soft-value.ts';
import { basicStyle } from './text-content.ts';

type TitleStyle = NonNullable<AssetOf<'title'>['style']>;

/** Our choice of bundled free faces for the named styles. */
const faces: Readonly<Record<TitleStyle, { font: Partial<TextFont>; isUpper?: boolean; letterSpacing?: number }>> = {
  minimal: { font: { family: 'Montserrat', weight: 400 } },
  blockbuster: { font: { family: 'Oswald', weight: 700 }, isUpper: true, letterSpacing: 0.04 },
  vogue: { font: { family: 'Playfair Display', weight: 700 }, letterSpacing: 0.06 },
  sketchy: { font: { family: 'Sue Ellen Francisco', weight: 400 } },
  skinny: { font: { family: 'Montserrat', weight: 200 }, isUpper: true, letterSpacing: 0.1 },
  chunk: { font: { family: 'Luckiest Guy', weight: 400 } },
  chunkLight: { font: { family: 'Bangers', weight: 400 } },
  marker: { font: { family: 'Permanent Marker', weight: 400 } },
  future: { font: { family: 'Orbitron', weight: 600 } },
  subtitle: { font: { family: 'Open Sans', weight: 600 } },
};

/** Letter height as a share of the frame's, from xx-small to xx-large. */
const sizeShares = [0.028, 0.038, 0.052, 0.072, 0.1, 0.135, 0.18] as const;
/** Between the frame and a title at its edge: share of the frame's height. */
const MARGIN_SHARE = 0.05;

export const titleContent = (asset: AssetOf<'title'>, frame: Canvas, path: string, read: SoftReader): TextContent => {
  const face = faces[asset.style ?? 'minimal'];
  const size = frame.height * (sizeShares[titleSizes.indexOf(asset.size ?? 'medium')] ?? sizeShares[3]);
  // Alone in the language, titles write the alpha first.
  const color = read.color(asset.color, '#ffffffff', `${path}.color`, 'argb');
  const background =
    asset.background === undefined ? '#00000000' : read.color(asset.background, '#00000000', `${path}.background`, 'argb');
  const position = (asset.position ?? 'center').toLowerCase();
  const margin = frame.height * MARGIN_SHARE;
  const style = basicStyle({ ...face.font, size, color });
  const text = asset.text.replace(/\r\n?/g, '\n');
  return {
    type: 'text',
    runs: [
      { text: face.isUpper === true ? text.toUpperCase() : text, weight: null, isItalic: null, color: null, decoration: null },
    ],
    style: {
      ...style,
      letterSpacing: size * (face.letterSpacing ?? 0),
      align: {
        horizontal: position.includes('left') ? 'left' : position.includes('right') ? 'right' : 'center',
        vertical: position.includes('top') ? 'top' : position.includes('bottom') ? 'bottom' : 'middle',
      },
      padding: { top: margin, right: margin, bottom: margin, left: margin },
      background: isTransparent(background) ? null : { color: background, cornerRadius: 0, wraps: true, padding: size * 0.3 },
    },
    maxLines: null,
    ellipsis: null,
    fitText: null,
    animation: { in: null, out: null },
  };
};
