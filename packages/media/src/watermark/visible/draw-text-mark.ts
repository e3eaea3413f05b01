import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Canvas } from '@polyreel/core';
import { fontsFor } from './mark-fonts.ts';
import type { MarkLook } from './place-mark.ts';

/** Letters are at most this share of the shorter side, however short the text. */
const LETTER_SHARE_MAX = 0.12;
/** Smaller letters cannot be read: the text takes another line instead, as long as all of them fit into the picture. */
const LETTER_SHARE_MIN = 1 / 60;
const LETTER_PIXELS_MIN = 8;
const LINE_HEIGHT = 1.35;
const PROBE_PIXELS = 100;

/**
 * The text as a PNG with transparency, drawn at the size at which it will stand: as wide as the look says, in as few lines as can be read,
 * with a thin dark rim so that it can be read on any ground. `color`: `#rgb`, `#rrggbb` or `#rrggbbaa`.
 */
export const drawTextMark = (options: { text: string; color: string; canvas: Canvas; look: Pick<MarkLook, 'scale'> }): Buffer => {
  const text = options.text.replace(/\s+/g, ' ').trim();
  const fonts = fontsFor(text);
  const font = (pixels: number): string => `600 ${pixels}px ${fonts}`;
  const ruler = createCanvas(8, 8).getContext('2d');
  ruler.font = font(PROBE_PIXELS);
  const { lines, pixels, width: textWidth } = setLines(text, ruler, options);
  const rim = Math.max(1, pixels / 16);
  const width = Math.ceil(textWidth + 2 * rim + 2);
  const height = Math.ceil(pixels * LINE_HEIGHT * lines.length + 2 * rim);
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.font = font(pixels);
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  context.lineJoin = 'round';
  context.lineWidth = 2 * rim;
  context.strokeStyle = 'rgba(0, 0, 0, 0.45)';
  context.fillStyle = options.color;
  for (const [index, line] of lines.entries()) {
    const baseline = rim + pixels * (1.02 + LINE_HEIGHT * index);
    context.strokeText(line, width / 2, baseline);
    context.fillText(line, width / 2, baseline);
  }
  return canvas.toBuffer('image/png');
};

interface SetText {
  readonly lines: readonly string[];
  /** Size of the letters. */
  readonly pixels: number;
  /** Of the widest line. */
  readonly width: number;
}

/** One line where it can be read, else as many as it takes; `ruler` measures letters of PROBE_PIXELS. */
const setLines = (
  text: string,
  ruler: SKRSContext2D,
  { canvas, look }: { canvas: Canvas; look: Pick<MarkLook, 'scale'> },
): SetText => {
  const shorter = Math.min(canvas.width, canvas.height);
  const legible = Math.max(LETTER_PIXELS_MIN, shorter * LETTER_SHARE_MIN);
  const words = wordsOf(text);
  const measure = (line: string): number => ruler.measureText(line.trim()).width;
  const whole = measure(text);
  const set = (lines: readonly string[]): SetText => {
    const widest = Math.max(1, ...lines.map(measure));
    const wanted = (canvas.width * look.scale * PROBE_PIXELS) / widest;
    const pixels = Math.max(LETTER_PIXELS_MIN, Math.min(wanted, shorter * LETTER_SHARE_MAX));
    return { lines, pixels, width: (widest * pixels) / PROBE_PIXELS };
  };
  let best = set([text]);
  const isRead = ({ pixels, width }: SetText): boolean => pixels >= legible && width <= canvas.width * look.scale + 1;
  for (let count = 2; count <= words.length && !isRead(best); count += 1) {
    const next = set(breakLines(words, whole / count, measure));
    if (next.lines.length * next.pixels * LINE_HEIGHT > canvas.height) break;
    if (next.width < best.width || next.pixels > best.pixels) best = next;
  }
  return best;
};

/** What may stand alone on a line, each with the sign or space that follows it; also of scripts that put no space between words. */
const wordsOf = (text: string): string[] => {
  const words: string[] = [];
  for (const { segment, isWordLike } of new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)) {
    const last = words.at(-1);
    if (
      last === undefined ||
      (isWordLike === true && /[\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]$/u.test(last))
    )
      words.push(segment);
    else words[words.length - 1] = last + segment;
  }
  return words;
};

/** Lines about as wide as `target`, or a word wider. */
const breakLines = (words: readonly string[], target: number, measure: (line: string) => number): string[] => {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    // Half a word over is nearer to it than half a word under.
    if (last === undefined || measure(last) + measure(word) / 2 > target) lines.push(word);
    else lines[lines.length - 1] = last + word;
  }
  return lines.map((line) => line.trim());
};
