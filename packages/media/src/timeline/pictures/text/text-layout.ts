import type { CanvasKit, Paragraph, TextStyle as KitStyle, Typeface } from 'canvaskit-wasm';
import { toColor4f } from './canvas-kit.ts';
import type { FontLibrary } from './font-library.ts';

/** A stretch of text with one look; what is null in the scene has been filled in. */
export interface LayoutRun {
  readonly text: string;
  readonly family: string;
  readonly size: number;
  readonly weight: number;
  readonly isItalic: boolean;
  readonly letterSpacing: number;
  readonly wordSpacing: number;
}

export interface LayoutOptions {
  readonly runs: readonly LayoutRun[];
  /** Times the font size. */
  readonly lineHeight: number;
  readonly width: number;
  readonly align: 'left' | 'center' | 'right';
  readonly direction: 'ltr' | 'rtl' | 'auto';
  readonly maxLines: number | null;
  readonly ellipsis: string | null;
}

export interface LaidGlyphs {
  readonly typeface: Typeface;
  readonly size: number;
  readonly isFakeBold: boolean;
  readonly isFakeItalic: boolean;
  readonly glyphs: number[];
  /** x, y of each glyph's origin, in pixels of the paragraph. */
  readonly positions: number[];
}

/** The smallest thing that may move by itself: what a reader takes for one letter, or letters that are one sign (ffi, an emoji). */
export interface TextUnit {
  readonly run: number;
  readonly line: number;
  /** In the joined text, UTF-16. */
  readonly from: number;
  to: number;
  left: number;
  right: number;
  readonly top: number;
  readonly bottom: number;
  readonly baseline: number;
  readonly isBlank: boolean;
  readonly pieces: LaidGlyphs[];
}

export interface TextLine {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface TextLayout {
  readonly width: number;
  readonly height: number;
  readonly lines: readonly TextLine[];
  readonly units: readonly TextUnit[];
  /** Letters for which no font has a shape. */
  readonly unresolved: readonly number[];
  readonly isCut: boolean;
}

/** Lays text out in a column. Heights of lines follow from the font size alone, whatever fonts fill in for missing letters. */
export const layoutText = (canvasKit: CanvasKit, library: FontLibrary, options: LayoutOptions): TextLayout => {
  const text = options.runs.map((run) => run.text).join('');
  const paragraph = buildParagraph(canvasKit, library, options);
  try {
    paragraph.layout(Math.max(1, options.width));
    const lines = paragraph.getLineMetrics().map((line) => ({
      left: line.left,
      right: line.left + line.width,
      top: line.baseline - line.ascent,
      bottom: line.baseline + line.descent,
    }));
    return {
      width: Math.max(0, ...lines.map((line) => line.right - line.left)),
      height: paragraph.getHeight(),
      lines,
      units: collectUnits(paragraph, { text, runs: options.runs, lines }),
      unresolved: paragraph.unresolvedCodepoints(),
      isCut: paragraph.didExceedMaxLines(),
    };
  } finally {
    paragraph.delete();
  }
};

const buildParagraph = (canvasKit: CanvasKit, library: FontLibrary, options: LayoutOptions): Paragraph => {
  const text = options.runs.map((run) => run.text).join('');
  const tallest = options.runs.reduce<LayoutRun | undefined>(
    (best, run) => (best !== undefined && best.size >= run.size ? best : run),
    undefined,
  );
  const aligns = { left: canvasKit.TextAlign.Left, center: canvasKit.TextAlign.Center, right: canvasKit.TextAlign.Right };
  const isRightToLeft = options.direction === 'rtl' || (options.direction === 'auto' && startsRightToLeft(text));
  const styles = options.runs.map((run) =>
    segmentsOf(run.text).map((segment) => ({ ...segment, style: kitStyle(canvasKit, library, run, segment) })),
  );
  const firstStyle = styles.flat()[0]?.style;
  const paragraphStyle = new canvasKit.ParagraphStyle({
    textAlign: aligns[options.align],
    textDirection: isRightToLeft ? canvasKit.TextDirection.RTL : canvasKit.TextDirection.LTR,
    textStyle: firstStyle ?? {},
    ...(options.maxLines === null ? {} : { maxLines: options.maxLines }),
    ...(options.ellipsis === null ? {} : { ellipsis: options.ellipsis }),
    strutStyle: {
      strutEnabled: true,
      forceStrutHeight: true,
      halfLeading: true,
      leading: 0,
      fontFamilies: [...(firstStyle?.fontFamilies ?? [])],
      fontSize: tallest?.size ?? 1,
      heightMultiplier: Math.max(0.01, options.lineHeight),
    },
  });
  const builder = canvasKit.ParagraphBuilder.MakeFromFontProvider(paragraphStyle, library.provider);
  try {
    for (const { text: piece, style } of styles.flat()) {
      builder.pushStyle(style);
      builder.addText(piece);
      builder.pop();
    }
    return builder.build();
  } finally {
    builder.delete();
  }
};

const kitStyle = (canvasKit: CanvasKit, library: FontLibrary, run: LayoutRun, segment: Segment): KitStyle => {
  const choice = library.choose({ ...run, text: segment.text, isEmoji: segment.kind === 'emoji' });
  return new canvasKit.TextStyle({
    color: toColor4f(canvasKit, '#ffffffff'),
    fontFamilies: [...choice.families],
    fontSize: run.size,
    // A weight here would thicken faces by machine; the axis of a variable face draws the true one.
    fontStyle: {
      weight: { value: choice.isUserFont ? run.weight : 400 },
      slant: run.isItalic ? canvasKit.FontSlant.Italic : canvasKit.FontSlant.Upright,
    },
    fontVariations: [{ axis: 'wght', value: choice.wght }],
    // Joined scripts are torn by spacing.
    letterSpacing: segment.kind === 'joined' ? 0 : run.letterSpacing,
    wordSpacing: run.wordSpacing,
    heightMultiplier: 1,
  });
};

interface Segment {
  readonly text: string;
  readonly kind: 'plain' | 'joined' | 'emoji';
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const emojiPattern = /^(?:\p{RGI_Emoji}|\p{Emoji_Presentation}.*|\p{Emoji}\u{FE0F}.*)$/v;
const joinedPattern = /[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}]/u;

/** Cuts a text where its fonts must change: emoji have their own, even where a text font has a grey sign for them. */
export const segmentsOf = (text: string): Segment[] => {
  const segments: { text: string; kind: Segment['kind'] }[] = [];
  for (const { segment } of graphemes.segment(text)) {
    const last = segments.at(-1);
    const isNeutral = /^[\s\p{P}]$/u.test(segment);
    const kind = emojiPattern.test(segment) ? 'emoji' : joinedPattern.test(segment) ? 'joined' : 'plain';
    if (last !== undefined && (last.kind === kind || (isNeutral && last.kind === 'joined'))) last.text += segment;
    else segments.push({ text: segment, kind });
  }
  return segments;
};

const startsRightToLeft = (text: string): boolean => {
  const strong = /\p{L}/u.exec(text)?.[0];
  return (
    strong !== undefined && /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(strong)
  );
};

const collectUnits = (
  paragraph: Paragraph,
  source: { text: string; runs: readonly LayoutRun[]; lines: readonly TextLine[] },
): TextUnit[] => {
  const places = textPlaces(source.text, source.runs);
  const units = new Map<string, TextUnit>();
  for (const [lineIndex, line] of paragraph.getShapedLines().entries()) {
    const bounds = source.lines[lineIndex] ?? { top: line.top, bottom: line.bottom };
    for (const run of line.runs) {
      for (let index = 0; index < run.glyphs.length; index += 1) {
        const place = places(run.offsets[index] ?? 0);
        const key = `${lineIndex} ${place.from}`;
        const x = run.positions[index * 2] ?? 0;
        const next = run.positions[index * 2 + 2] ?? x;
        const unit = units.get(key) ?? {
          ...place,
          line: lineIndex,
          left: Number.POSITIVE_INFINITY,
          right: Number.NEGATIVE_INFINITY,
          top: bounds.top,
          bottom: bounds.bottom,
          baseline: line.baseline,
          pieces: [],
        };
        units.set(key, unit);
        unit.left = Math.min(unit.left, x);
        unit.right = Math.max(unit.right, next);
        addGlyph(unit, { run, glyph: run.glyphs[index] ?? 0, x, y: run.positions[index * 2 + 1] ?? line.baseline });
      }
    }
  }
  return [...units.values()].sort((one, other) => one.line - other.line || one.from - other.from);
};

const addGlyph = (
  unit: TextUnit,
  placed: {
    run: { typeface: Typeface; size: number; fakeBold: boolean; fakeItalic: boolean };
    glyph: number;
    x: number;
    y: number;
  },
): void => {
  const { run } = placed;
  const last = unit.pieces.at(-1);
  if (last !== undefined && last.typeface === run.typeface && last.size === run.size) {
    last.glyphs.push(placed.glyph);
    last.positions.push(placed.x, placed.y);
    return;
  }
  unit.pieces.push({
    typeface: run.typeface,
    size: run.size,
    isFakeBold: run.fakeBold,
    isFakeItalic: run.fakeItalic,
    glyphs: [placed.glyph],
    positions: [placed.x, placed.y],
  });
};

interface TextPlace {
  readonly run: number;
  readonly from: number;
  readonly to: number;
  readonly isBlank: boolean;
}

/** From a UTF-8 offset, as the shaper counts, to the letter there. */
const textPlaces = (text: string, runs: readonly LayoutRun[]): ((utf8: number) => TextPlace) => {
  const ends: number[] = [];
  for (const run of runs) ends.push((ends.at(-1) ?? 0) + run.text.length);
  const byOffset: TextPlace[] = [];
  for (const { segment, index } of graphemes.segment(text)) {
    const run = Math.max(
      0,
      ends.findIndex((end) => index < end),
    );
    const place = { run, from: index, to: index + segment.length, isBlank: segment.trim() === '' };
    for (let byte = Buffer.byteLength(segment); byte > 0; byte -= 1) byOffset.push(place);
  }
  const last = byOffset.at(-1) ?? { run: 0, from: 0, to: 0, isBlank: true };
  return (utf8) => byOffset[utf8] ?? last;
};
