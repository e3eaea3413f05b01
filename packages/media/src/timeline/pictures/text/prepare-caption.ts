import type { Canvas } from '@polyreel/core';
import type { CanvasKit } from 'canvaskit-wasm';
import type { ActiveWordStyle, CaptionContent, CaptionCue, Rect, Rgba, TextStyle } from '../../scene-graph.ts';
import type { Sprite } from '../sprite.ts';
import type { FontLibrary } from './font-library.ts';
import { alignedTop, boxPlates, layoutRun, lookOf, roomIn, type TextPlate } from './prepare-text.ts';
import { layoutText, type TextLayout, type TextUnit } from './text-layout.ts';
import { rasterUnits } from './text-raster.ts';

export interface PreparedWord {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** In box pixels: advance by line height. */
  readonly rect: Rect;
  readonly plain: Sprite | null;
  /** Null: looks as before while it is spoken. */
  readonly active: Sprite | null;
  readonly activeBackground: Rgba | null;
  /** Where each letter ends on its way along the line, from the word's start, for letter by letter. */
  readonly letterEnds: readonly number[];
  readonly isRightToLeft: boolean;
}

export interface CaptionPage {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly plates: readonly TextPlate[];
  readonly words: readonly PreparedWord[];
}

export interface PreparedCaption {
  readonly type: 'caption';
  readonly pages: readonly CaptionPage[];
  readonly fontSize: number;
}

interface CaptionOptions {
  readonly content: CaptionContent;
  readonly box: Canvas;
  readonly density: number;
  readonly onUnresolved: (codePoints: readonly number[]) => void;
}

/** Lays out the cues of a caption and draws each word in its plain and its active look. */
export const prepareCaption = (canvasKit: CanvasKit, library: FontLibrary, options: CaptionOptions): PreparedCaption => ({
  type: 'caption',
  pages: options.content.cues.flatMap((cue) => preparePages(canvasKit, library, options, cue)),
  fontSize: options.content.style.font.size,
});

const preparePages = (canvasKit: CanvasKit, library: FontLibrary, options: CaptionOptions, cue: CaptionCue): CaptionPage[] => {
  const { content, box } = options;
  const { style } = content;
  const room = roomIn(box, style);
  const { text, starts } = joinWords(cue);
  const run = { text, weight: null, isItalic: null, color: null, decoration: null };
  const layout = layoutText(canvasKit, library, {
    runs: [layoutRun(run, style)],
    lineHeight: style.lineHeight,
    width: room.width,
    align: style.align.horizontal,
    direction: style.direction,
    maxLines: null,
    ellipsis: null,
  });
  if (layout.unresolved.length > 0) options.onUnresolved(layout.unresolved);
  const words = cue.words.map((word, index) => {
    const from = starts[index] ?? 0;
    return { word, units: layout.units.filter((unit) => unit.from >= from && unit.from < from + word.text.length) };
  });
  const perPage = content.maxLines ?? Math.max(1, layout.lines.length);
  const pageOf = (units: readonly TextUnit[]): number => Math.floor((units[0]?.line ?? 0) / perPage);
  const grouped = [...Map.groupBy(words, ({ units }) => pageOf(units))].sort(([one], [other]) => one - other);
  const spans = pageSpans(
    content.paging,
    cue,
    grouped.map(([, members]) => members.map(({ word }) => word)),
  );
  return grouped.flatMap(([page, members], index) => {
    const span = spans[index];
    if (span === undefined) return [];
    const lines = layout.lines.slice(page * perPage, (page + 1) * perPage);
    const top = lines[0]?.top ?? 0;
    const height = (lines.at(-1)?.bottom ?? 0) - top;
    const origin = { x: room.x, y: room.y + alignedTop(style.align.vertical, room.height, height) - top };
    const area = linesArea(lines, origin);
    return {
      ...span,
      plates: boxPlates(style, { box, area }),
      words: members.map(({ word, units }) => ({
        ...prepareWord(canvasKit, library, { ...options, style, units, origin, area, text: word.text }),
        fromSeconds: word.fromSeconds,
        toSeconds: word.toSeconds,
      })),
    };
  });
};

type PageSpan = Pick<CaptionPage, 'fromSeconds' | 'toSeconds'>;

/** When each page shows; pages for which the cue has no time left come to nothing. */
const pageSpans = (paging: CaptionContent['paging'], cue: CaptionCue, pages: readonly CaptionCue['words'][]): PageSpan[] => {
  if (paging === null) {
    const starts = pages.map((words, index) => (index === 0 ? cue.fromSeconds : (words[0]?.fromSeconds ?? cue.fromSeconds)));
    return starts.map((fromSeconds, index) => ({ fromSeconds, toSeconds: starts[index + 1] ?? cue.toSeconds }));
  }
  const { secondsPerWord, leastSeconds } = paging;
  const share = (cue.toSeconds - cue.fromSeconds) / pages.length;
  let fromSeconds = cue.fromSeconds;
  return pages.flatMap((words) => {
    const from = fromSeconds;
    const wanted = secondsPerWord === null ? share : words.length * secondsPerWord;
    // A hair more than nothing: shares of a length may not add up to it.
    if (from > cue.toSeconds - 1e-6) return [];
    fromSeconds = from + Math.max(wanted, leastSeconds);
    return [{ fromSeconds: from, toSeconds: Math.min(fromSeconds, cue.toSeconds) }];
  });
};

const joinWords = (cue: CaptionCue): { text: string; starts: number[] } => {
  let text = '';
  const starts: number[] = [];
  for (const [index, word] of cue.words.entries()) {
    starts.push(text.length);
    const isLast = index === cue.words.length - 1;
    text += word.text + (isLast ? '' : word.endsLine ? '\n' : ' ');
  }
  return { text, starts };
};

const linesArea = (lines: TextLayout['lines'], origin: { x: number; y: number }): Rect => {
  const left = Math.min(...lines.map((line) => line.left));
  const right = Math.max(...lines.map((line) => line.right));
  const top = lines[0]?.top ?? 0;
  return { x: origin.x + left, y: origin.y + top, width: right - left, height: (lines.at(-1)?.bottom ?? top) - top };
};

interface WordOptions extends CaptionOptions {
  readonly style: TextStyle;
  readonly units: readonly TextUnit[];
  readonly origin: { readonly x: number; readonly y: number };
  readonly area: Rect;
  readonly text: string;
}

const prepareWord = (
  canvasKit: CanvasKit,
  library: FontLibrary,
  options: WordOptions,
): Omit<PreparedWord, 'fromSeconds' | 'toSeconds'> => {
  const { units, origin, density, style, area } = options;
  const { active } = options.content;
  const local = { ...area, x: area.x - origin.x, y: area.y - origin.y };
  const run = { text: options.text, weight: null, isItalic: null, color: null, decoration: null };
  const rect = unitsRect(units, origin);
  const first = units[0];
  const last = units.at(-1);
  const isRightToLeft = first !== undefined && last !== undefined && first.left > last.left;
  return {
    rect,
    plain: rasterUnits(canvasKit, { units, look: lookOf([run], style, local), origin, density }),
    active: active === null ? null : activeSprite(canvasKit, library, { ...options, active, local }),
    activeBackground: active?.font.background ?? null,
    letterEnds: units.map((unit) =>
      isRightToLeft ? rect.x + rect.width - origin.x - unit.left : unit.right + origin.x - rect.x,
    ),
    isRightToLeft,
  };
};

/** A word in another colour keeps its place; one in another face or size is set anew, on the same baseline, about the same middle. */
const activeSprite = (
  canvasKit: CanvasKit,
  library: FontLibrary,
  options: WordOptions & { active: ActiveWordStyle; local: Rect },
): Sprite | null => {
  const { active, style, units, origin, density } = options;
  const merged = activeStyle(style, active);
  const run = { text: options.text, weight: null, isItalic: null, color: null, decoration: null };
  const isSameFace =
    merged.font.size === style.font.size &&
    merged.font.weight === style.font.weight &&
    merged.font.family === style.font.family &&
    merged.font.isItalic === style.font.isItalic;
  if (isSameFace) {
    return rasterUnits(canvasKit, { units, look: lookOf([run], merged, options.local), origin, density });
  }
  const layout = layoutText(canvasKit, library, {
    runs: [layoutRun(run, merged)],
    lineHeight: merged.lineHeight,
    width: 100_000,
    align: 'left',
    direction: merged.direction,
    maxLines: null,
    ellipsis: null,
  });
  const rect = unitsRect(units, origin);
  const shift = {
    x: rect.x + rect.width / 2 - ((layout.lines[0]?.left ?? 0) + layout.width / 2),
    y: origin.y + (units[0]?.baseline ?? 0) - (layout.units[0]?.baseline ?? 0),
  };
  return rasterUnits(canvasKit, { units: layout.units, look: lookOf([run], merged, options.local), origin: shift, density });
};

const activeStyle = (style: TextStyle, active: ActiveWordStyle): TextStyle => ({
  ...style,
  font: { ...style.font, ...active.font },
  decoration: active.decoration ?? style.decoration,
  stroke: active.stroke === 'none' ? null : (active.stroke ?? style.stroke),
  shadow: active.shadow === 'none' ? null : (active.shadow ?? style.shadow),
  // A colour of its own would not be seen under the paragraph's gradient.
  gradient: active.font.color === undefined ? style.gradient : null,
});

const unitsRect = (units: readonly TextUnit[], origin: { x: number; y: number }): Rect => {
  if (units.length === 0) return { x: origin.x, y: origin.y, width: 0, height: 0 };
  // A word torn over two lines is marked on its first.
  const line = units.filter((unit) => unit.line === units[0]?.line);
  const left = Math.min(...line.map((unit) => unit.left));
  const right = Math.max(...line.map((unit) => unit.right));
  const [first] = line;
  const top = first?.top ?? 0;
  return { x: origin.x + left, y: origin.y + top, width: right - left, height: (first?.bottom ?? top) - top };
};
