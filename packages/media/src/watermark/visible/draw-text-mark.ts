import { createCanvas } from '@napi-rs/canvas';
import type { Canvas } from '@polyreel/core';
import { fontsFor } from './mark-fonts.ts';
import type { MarkLook } from './place-mark.ts';

/** Letters are at most this share of the shorter side, however short the text. */
const LETTER_SHARE_MAX = 0.12;
const LETTER_PIXELS_MIN = 8;
const PROBE_PIXELS = 100;

/**
 * The text as a PNG with transparency, drawn at the size at which it will stand: as wide as the look says, in one line, with a thin dark
 * rim so that it can be read on any ground. `color`: `#rgb`, `#rrggbb` or `#rrggbbaa`.
 */
export const drawTextMark = (options: { text: string; color: string; canvas: Canvas; look: Pick<MarkLook, 'scale'> }): Buffer => {
  const text = options.text.replace(/\s+/g, ' ').trim();
  const fonts = fontsFor(text);
  const font = (pixels: number): string => `600 ${pixels}px ${fonts}`;
  const ruler = createCanvas(8, 8).getContext('2d');
  ruler.font = font(PROBE_PIXELS);
  const widthAtProbe = Math.max(1, ruler.measureText(text).width);
  const wanted = (options.canvas.width * options.look.scale * PROBE_PIXELS) / widthAtProbe;
  const most = Math.min(options.canvas.width, options.canvas.height) * LETTER_SHARE_MAX;
  const pixels = Math.max(LETTER_PIXELS_MIN, Math.min(wanted, most));
  const rim = Math.max(1, pixels / 16);
  const width = Math.ceil((widthAtProbe * pixels) / PROBE_PIXELS + 2 * rim + 2);
  const height = Math.ceil(pixels * 1.35 + 2 * rim);
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.font = font(pixels);
  context.textBaseline = 'alphabetic';
  context.lineJoin = 'round';
  context.lineWidth = 2 * rim;
  context.strokeStyle = 'rgba(0, 0, 0, 0.45)';
  context.fillStyle = options.color;
  const baseline = rim + pixels * 1.02;
  context.strokeText(text, rim + 1, baseline);
  context.fillText(text, rim + 1, baseline);
  return canvas.toBuffer('image/png');
};
