import colorNames from 'color-name';
import type { Rgba } from './scene-graph.ts';

const hex = (value: number): string =>
  Math.max(0, Math.min(255, Math.round(value)))
    .toString(16)
    .padStart(2, '0');
const fromParts = (r: number, g: number, b: number, alpha: number): Rgba => `#${hex(r)}${hex(g)}${hex(b)}${hex(alpha * 255)}`;

const namedColors = new Map<string, readonly [number, number, number]>(Object.entries(colorNames));
const functionPattern = /^rgba?\(\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*(?:,\s*([\d.]+)\s*)?\)$/;

/**
 * Reads `#rgb`, `#rrggbb`, `#rrggbbaa`, CSS names, `transparent` and `rgb()`; alpha first in the order `argb`, which only titles use.
 * Undefined when it is none of them.
 */
export const parseColor = (text: string, order: 'rgba' | 'argb' = 'rgba'): Rgba | undefined => {
  const word = text.trim().toLowerCase();
  if (/^#([0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})$/.test(word)) {
    const digits = word.length <= 5 ? [...word.slice(1)].map((digit) => digit + digit).join('') : word.slice(1);
    if (digits.length === 6) return `#${digits}ff`;
    return order === 'rgba' ? `#${digits}` : `#${digits.slice(2)}${digits.slice(0, 2)}`;
  }
  if (word === 'transparent') return '#00000000';
  const named = namedColors.get(word);
  if (named !== undefined) return fromParts(...named, 1);
  const parts = functionPattern.exec(word);
  if (parts === null) return undefined;
  const [r = 0, g = 0, b = 0, alpha = 1] = parts.slice(1).map((part) => (part === undefined ? undefined : Number(part)));
  return [r, g, b, alpha].every(Number.isFinite) ? fromParts(r, g, b, Math.min(1, alpha)) : undefined;
};

/** The colour with its alpha multiplied. */
export const withOpacity = (color: Rgba, opacity: number): Rgba =>
  `${color.slice(0, 7)}${hex(Number.parseInt(color.slice(7, 9), 16) * Math.max(0, Math.min(1, opacity)))}`;

export const isTransparent = (color: Rgba): boolean => color.endsWith('00');
