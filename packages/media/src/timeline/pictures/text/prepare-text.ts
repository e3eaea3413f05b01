import type { CanvasKit } from 'canvaskit-wasm';
import type { Canvas } from '@polyreel/core';
import type { Rect, Rgba, TextContent, TextRun, TextStyle } from '../../scene-graph.ts';
import type { Sprite } from '../sprite.ts';
import type { FontLibrary } from './font-library.ts';
import { type LayoutOptions, type LayoutRun, layoutText, type TextLayout, type TextUnit } from './text-layout.ts';
import { rasterUnits, type TextLook } from './text-raster.ts';

/** A rectangle behind or around letters; drawn as a shape, so it stays sharp at any size. */
export interface TextPlate extends Rect {
  readonly cornerRadius: number;
  readonly fill: Rgba | null;
  /** Inside the edge. */
  readonly border: { readonly width: number; readonly color: Rgba } | null;
}

/** Letters that move as one. */
export interface TextPiece {
  readonly sprite: Sprite;
  /** Counting letters, and words, from the start of the text. */
  readonly letter: number;
  readonly word: number;
}

export interface PreparedText {
  readonly type: 'text';
  readonly plates: readonly TextPlate[];
  readonly pieces: readonly TextPiece[];
  readonly letterCount: number;
  readonly wordCount: number;
  readonly fontSize: number;
  /** Of the laid-out paragraph, in box pixels. */
  readonly area: Rect;
}

/** Above it letters move in words, and words in lines: memory and time stay bounded. */
const MAX_PIECES = 240;

/** Lays a text out in its box and draws its letters. `onUnresolved` hears of letters for which there is no font. */
export const prepareText = (
  canvasKit: CanvasKit,
  library: FontLibrary,
  options: {
    content: TextContent;
    box: Canvas;
    density: number;
    onUnresolved: (codePoints: readonly number[]) => void;
  },
): PreparedText => {
  const { content, box } = options;
  const style = fitStyle(canvasKit, library, content, box);
  const room = roomIn(box, style);
  const layout = layoutText(canvasKit, library, layoutOptions(content, style, room));
  if (layout.unresolved.length > 0) options.onUnresolved(layout.unresolved);
  const origin = { x: room.x, y: room.y + alignedTop(style.align.vertical, room.height, layout.height) };
  const area = areaOf(layout, origin);
  const look = lookOf(content.runs, style, { ...area, x: area.x - origin.x, y: area.y - origin.y });
  const words = wordNumbers(layout.units);
  const pieces: TextPiece[] = [];
  for (const group of groupUnits(layout.units, words, unitOf(content))) {
    const sprite = rasterUnits(canvasKit, { units: group, look, origin, density: options.density });
    const [first] = group;
    if (sprite !== null && first !== undefined) {
      pieces.push({ sprite, letter: layout.units.indexOf(first), word: words.get(first) ?? 0 });
    }
  }
  return {
    type: 'text',
    plates: [...boxPlates(style, { box, area }), ...runPlates(content.runs, style, layout, origin)],
    pieces,
    letterCount: layout.units.length,
    wordCount: Math.max(0, ...words.values()) + 1,
    fontSize: style.font.size,
    area,
  };
};

const layoutOptions = (content: TextContent, style: TextStyle, room: Rect): LayoutOptions => ({
  runs: content.runs.filter((run) => run.text !== '').map((run) => layoutRun(run, style)),
  lineHeight: style.lineHeight,
  align: style.align.horizontal,
  direction: style.direction,
  width: room.width,
  // With an ellipsis a full box cuts, too.
  maxLines: content.maxLines ?? (content.ellipsis === null ? null : linesThatFit(style, room)),
  ellipsis: content.ellipsis,
});

const linesThatFit = (style: TextStyle, room: Rect): number =>
  Math.max(1, Math.floor(room.height / Math.max(1, style.font.size * style.lineHeight) + 0.01));

export const layoutRun = (run: TextRun, style: TextStyle): LayoutRun => ({
  text: run.text,
  family: style.font.family,
  size: style.font.size,
  weight: run.weight ?? style.font.weight,
  isItalic: run.isItalic ?? style.font.isItalic,
  letterSpacing: style.letterSpacing,
  wordSpacing: style.wordSpacing,
});

export const lookOf = (runs: readonly TextRun[], style: TextStyle, over: Rect): TextLook => {
  const shown = runs.filter((run) => run.text !== '');
  return {
    colors: shown.map((run) => run.color ?? style.font.color),
    decorations: shown.map((run) => run.decoration ?? style.decoration),
    stroke: style.stroke,
    shadow: style.shadow,
    gradient: style.gradient === null ? null : { gradient: style.gradient, over },
  };
};

export const roomIn = (box: Canvas, style: TextStyle): Rect => {
  const inset = style.background?.padding ?? 0;
  const border = style.border?.width ?? 0;
  const side = (padding: number): number => padding + inset + border;
  const { padding } = style;
  return {
    x: side(padding.left),
    y: side(padding.top),
    width: Math.max(1, box.width - side(padding.left) - side(padding.right)),
    height: Math.max(1, box.height - side(padding.top) - side(padding.bottom)),
  };
};

export const alignedTop = (align: 'top' | 'middle' | 'bottom', room: number, height: number): number =>
  align === 'top' ? 0 : align === 'bottom' ? room - height : (room - height) / 2;

export const areaOf = (layout: TextLayout, origin: { x: number; y: number }): Rect => {
  const left = Math.min(...layout.lines.map((line) => line.left), Number.MAX_SAFE_INTEGER);
  return {
    x: origin.x + (layout.lines.length === 0 ? 0 : left),
    y: origin.y,
    width: layout.width,
    height: layout.height,
  };
};

/** The largest size between the bounds with which the text fits its box; and the lines that fit, when the rest gets an ellipsis. */
const fitStyle = (canvasKit: CanvasKit, library: FontLibrary, content: TextContent, box: Canvas): TextStyle => {
  const { fitText, style } = content;
  if (fitText === null) return style;
  const withSize = (size: number): TextStyle => ({ ...style, font: { ...style.font, size } });
  const fits = (size: number): boolean => {
    const sized = withSize(size);
    const room = roomIn(box, sized);
    const layout = layoutText(canvasKit, library, {
      ...layoutOptions(content, sized, room),
      ellipsis: null,
      maxLines: content.maxLines,
    });
    return layout.height <= room.height + 0.5 && layout.width <= room.width + 0.5 && !layout.isCut && !breaksWord(layout.units);
  };
  let low = fitText.minSize;
  let high = Math.max(low, fitText.maxSize);
  if (fits(high)) return withSize(high);
  while (high - low > 0.25) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return withSize(low);
};

/** A word too long for its column is torn: two letters of it stand on different lines without a blank between them. */
const breaksWord = (units: readonly TextUnit[]): boolean =>
  units.some((unit, index) => {
    const next = units[index + 1];
    return next !== undefined && next.line > unit.line && !unit.isBlank && next.from === unit.to;
  });

const unitOf = (content: TextContent): 'all' | 'character' | 'word' => {
  const animations = [content.animation.in, content.animation.out].filter((animation) => animation !== null);
  const units = animations
    .filter((animation) => animation.preset !== 'fadeIn' && animation.preset !== 'slideIn')
    .map((animation) =>
      animation.preset === 'movingLetters' ? 'character' : animation.preset === 'ascend' ? 'word' : animation.unit,
    );
  if (units.length === 0) return 'all';
  return units.includes('character') ? 'character' : 'word';
};

/** The number of the word that each letter belongs to. */
export const wordNumbers = (units: readonly TextUnit[]): Map<TextUnit, number> => {
  const numbers = new Map<TextUnit, number>();
  let word = -1;
  let wasBlank = true;
  for (const unit of units) {
    if (!unit.isBlank && wasBlank) word += 1;
    wasBlank = unit.isBlank;
    numbers.set(unit, Math.max(0, word));
  }
  return numbers;
};

const groupUnits = (
  units: readonly TextUnit[],
  words: ReadonlyMap<TextUnit, number>,
  by: 'all' | 'character' | 'word',
): TextUnit[][] => {
  const keyed = (key: (unit: TextUnit) => number): TextUnit[][] => [...Map.groupBy(units, key).values()];
  if (by === 'all') return units.length === 0 ? [] : [[...units]];
  if (by === 'character' && units.length <= MAX_PIECES) return units.map((unit) => [unit]);
  const groups = keyed((unit) => words.get(unit) ?? 0);
  return groups.length <= MAX_PIECES ? groups : keyed((unit) => unit.line);
};

export const boxPlates = (style: TextStyle, options: { box: Canvas; area: Rect }): TextPlate[] => {
  const { background, border, padding } = style;
  const { box, area } = options;
  const inset = background?.padding ?? 0;
  const hugged: Rect = {
    x: area.x - inset - padding.left,
    y: area.y - inset - padding.top,
    width: area.width + 2 * inset + padding.left + padding.right,
    height: area.height + 2 * inset + padding.top + padding.bottom,
  };
  if (background === null && border === null) return [];
  const over = background?.wraps === true ? hugged : { x: 0, y: 0, width: box.width, height: box.height };
  const cornerRadius = background?.cornerRadius ?? 0;
  return [
    {
      ...over,
      cornerRadius: Math.max(cornerRadius, border?.radius ?? 0),
      fill: background?.color ?? null,
      border: border === null || border.width <= 0 ? null : { width: border.width, color: border.color },
    },
  ];
};

/** Colour behind the letters, line by line. */
const runPlates = (
  runs: readonly TextRun[],
  style: TextStyle,
  layout: TextLayout,
  origin: { x: number; y: number },
): TextPlate[] => {
  const color = style.font.background;
  if (color === null || runs.length === 0) return [];
  return layout.lines
    .filter((line) => line.right > line.left)
    .map((line) => ({
      x: origin.x + line.left,
      y: origin.y + line.top,
      width: line.right - line.left,
      height: line.bottom - line.top,
      cornerRadius: 0,
      fill: color,
      border: null,
    }));
};
