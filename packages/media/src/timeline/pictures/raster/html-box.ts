import type { Rgba } from '../../scene-graph.ts';
import { parseColor } from '../../parse-color.ts';
import type { Declarations } from './html-style.ts';

/** The computed look of an element, in pixels. The first group is inherited. */
export interface HtmlBox {
  readonly family: string;
  readonly size: number;
  readonly weight: number;
  readonly isItalic: boolean;
  readonly color: Rgba;
  readonly align: 'left' | 'center' | 'right';
  /** Times the size. */
  readonly lineHeight: number;
  readonly letterSpacing: number;
  readonly transform: 'none' | 'uppercase' | 'lowercase' | 'capitalize';
  readonly keepsSpace: boolean;
  readonly decoration: 'none' | 'underline' | 'line-through';

  readonly isHidden: boolean;
  readonly isBlock: boolean | null;
  readonly background: Rgba | null;
  readonly radius: number;
  readonly border: { readonly width: number; readonly color: Rgba } | null;
  readonly margin: Sides;
  readonly padding: Sides;
  readonly width: number | null;
}

export interface Sides {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

const noSides: Sides = { top: 0, right: 0, bottom: 0, left: 0 };

export const rootBox = (align: HtmlBox['align']): HtmlBox => ({
  ...{ family: 'Open Sans', size: 16, weight: 400, isItalic: false, color: '#000000ff', align, lineHeight: 1.2 },
  ...{ letterSpacing: 0, transform: 'none', keepsSpace: false, decoration: 'none', isHidden: false, isBlock: true },
  ...{ background: null, radius: 0, border: null, margin: noSides, padding: noSides, width: null },
});

/** The look of a child: what it inherits, changed by its declarations. Values that are not understood change nothing. */
export const childBox = (parent: HtmlBox, declared: Declarations, available: number): HtmlBox => {
  const size = lengthOf(declared.get('font-size'), { em: parent.size, whole: parent.size }) ?? parent.size;
  const length = (value: string | undefined): number | null => lengthOf(value, { em: size, whole: available });
  const border = borderOf(declared, length);
  const display = declared.get('display');
  return {
    family: familyOf(declared.get('font-family')) ?? parent.family,
    size,
    weight: weightOf(declared.get('font-weight'), parent.weight),
    isItalic: declared.has('font-style') ? declared.get('font-style') !== 'normal' : parent.isItalic,
    color: colorOf(declared.get('color')) ?? parent.color,
    align: oneOf(declared.get('text-align'), ['left', 'center', 'right']) ?? parent.align,
    lineHeight: lineHeightOf(declared.get('line-height'), size) ?? parent.lineHeight,
    letterSpacing: length(declared.get('letter-spacing')) ?? parent.letterSpacing,
    transform: oneOf(declared.get('text-transform'), ['none', 'uppercase', 'lowercase', 'capitalize']) ?? parent.transform,
    keepsSpace: declared.has('white-space') ? (declared.get('white-space') ?? '').startsWith('pre') : parent.keepsSpace,
    decoration:
      oneOf(declared.get('text-decoration') ?? declared.get('text-decoration-line'), ['none', 'underline', 'line-through']) ??
      parent.decoration,
    isHidden: display === 'none',
    isBlock: display === undefined ? null : display !== 'inline' && display !== 'contents',
    background: colorOf(declared.get('background-color') ?? declared.get('background')),
    radius: length(declared.get('border-radius')) ?? 0,
    border,
    margin: sidesOf(declared, 'margin', length),
    padding: sidesOf(declared, 'padding', length),
    width: length(declared.get('width')),
  };
};

const lengthOf = (value: string | undefined, base: { em: number; whole: number }): number | null => {
  const match = /^(-?[\d.]+)(px|em|rem|pt|%|vw|vh)?$/.exec(value ?? '');
  if (match === null) return null;
  const amount = Number(match[1]);
  if (!Number.isFinite(amount) || Math.abs(amount) > 10_000) return null;
  const units = { px: 1, em: base.em, rem: 16, pt: 4 / 3, '%': base.whole / 100, vw: base.whole / 100, vh: base.whole / 100 };
  const unit = oneOf(match[2], ['px', 'em', 'rem', 'pt', '%', 'vw', 'vh']);
  return amount * units[unit ?? 'px'];
};

const oneOf = <T extends string>(value: string | undefined, known: readonly T[]): T | null =>
  known.find((word) => word === value) ?? null;

const colorOf = (value: string | undefined): Rgba | null => (value === undefined ? null : (parseColor(value) ?? null));

const familyOf = (value: string | undefined): string | null => value?.split(',')[0]?.trim().replaceAll(/["']/g, '') || null;

const weightOf = (value: string | undefined, inherited: number): number => {
  if (value === undefined) return inherited;
  const words: Record<string, number> = { normal: 400, bold: 700, bolder: 700, lighter: 300 };
  const weight = words[value] ?? Number(value);
  return weight >= 1 && weight <= 1000 ? weight : inherited;
};

const lineHeightOf = (value: string | undefined, size: number): number | null => {
  if (value === undefined) return null;
  if (/^[\d.]+$/.test(value)) return Number(value);
  const pixels = lengthOf(value, { em: size, whole: size });
  return pixels === null || size === 0 ? null : pixels / size;
};

type Length = (value: string | undefined) => number | null;

const sidesOf = (declared: Declarations, name: string, length: Length): Sides => {
  const words = (declared.get(name) ?? '').split(/\s+/).map((word) => length(word) ?? 0);
  const [top = 0, right = top, bottom = top, left = right] = words;
  const side = (edge: string, value: number): number => length(declared.get(`${name}-${edge}`)) ?? value;
  return { top: side('top', top), right: side('right', right), bottom: side('bottom', bottom), left: side('left', left) };
};

const borderOf = (declared: Declarations, length: Length): HtmlBox['border'] => {
  const words = (declared.get('border') ?? '').split(/\s+(?![^(]*\))/);
  const width = length(declared.get('border-width')) ?? words.map((word) => length(word)).find((value) => value !== null);
  if (width === undefined || width === null || width <= 0 || words.includes('none')) return null;
  const color = colorOf(declared.get('border-color')) ?? words.map((word) => colorOf(word)).find((value) => value !== null);
  return { width, color: color ?? '#000000ff' };
};
