import type { Canvas } from '@polyreel/core';
import type { CanvasKit } from 'canvaskit-wasm';
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';
import type { HtmlContent } from '../../scene-graph.ts';
import type { FontLibrary } from '../text/font-library.ts';
import type { PreparedText, TextPiece, TextPlate } from '../text/prepare-text.ts';
import { alignedTop } from '../text/prepare-text.ts';
import { layoutText } from '../text/text-layout.ts';
import { rasterUnits } from '../text/text-raster.ts';
import { childBox, type HtmlBox, rootBox } from './html-box.ts';
import { declarationsFor, type HtmlElement, parseStyleSheet } from './html-style.ts';

type Node = DefaultTreeAdapterTypes.ChildNode;

interface InlineRun {
  readonly text: string;
  readonly box: HtmlBox;
}

interface Surroundings {
  readonly canvasKit: CanvasKit;
  readonly library: FontLibrary;
  readonly rules: ReturnType<typeof parseStyleSheet>;
  readonly density: number;
  readonly onUnresolved: (codePoints: readonly number[]) => void;
  readonly plates: TextPlate[];
  readonly pieces: TextPiece[];
  /** Paragraphs are drawn once the height of the whole is known. */
  readonly later: ((shiftY: number) => void)[];
}

const MAX_DEPTH = 64;
const BLOCK_TAGS = new Set(
  'address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section table tbody thead tr ul'.split(
    ' ',
  ),
);

/** Lays out a caller's markup: blocks below each other, text inside them with its looks. Nothing is loaded or run. */
export const prepareHtml = (
  canvasKit: CanvasKit,
  library: FontLibrary,
  options: { content: HtmlContent; box: Canvas; density: number; onUnresolved: (codePoints: readonly number[]) => void },
): PreparedText => {
  const { content, box } = options;
  const rules = parseStyleSheet(content.css);
  const around: Surroundings = { ...options, canvasKit, library, rules, plates: [], pieces: [], later: [] };
  const fragment = parseFragment(content.html);
  const root = rootBox(content.align.horizontal);
  const height = layBlocks(around, fragment.childNodes, { box: root, x: 0, y: 0, width: box.width, ancestors: [] });
  const top = alignedTop(content.align.vertical, box.height, height);
  for (const draw of around.later) draw(top);
  const page = { x: 0, y: 0, width: box.width, height: box.height, cornerRadius: 0, fill: content.background, border: null };
  return {
    type: 'text',
    plates: [...(content.background === null ? [] : [page]), ...around.plates],
    pieces: around.pieces,
    letterCount: 0,
    wordCount: 0,
    fontSize: root.size,
    area: { x: 0, y: top, width: box.width, height },
  };
};

interface Flow {
  readonly box: HtmlBox;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly ancestors: readonly HtmlElement[];
}

/** Lays children out below each other; text between blocks becomes paragraphs. Returns the height. */
const layBlocks = (around: Surroundings, nodes: readonly Node[], flow: Flow): number => {
  let y = flow.y;
  let pendingMargin = 0;
  let runs: InlineRun[] = [];
  const flush = (): void => {
    const height = layParagraph(around, runs, { ...flow, y: y + pendingMargin });
    runs = [];
    if (height === 0) return;
    y += pendingMargin + height;
    pendingMargin = 0;
  };
  let item = 0;
  for (const node of nodes) {
    if (!('tagName' in node)) {
      runs.push(...inlineRuns(around, node, flow));
      continue;
    }
    const box = childBox(flow.box, declarationsFor(around.rules, node, flow.ancestors), flow.width);
    if (box.isHidden) continue;
    if (!(box.isBlock ?? BLOCK_TAGS.has(node.tagName))) {
      runs.push(...inlineRuns(around, node, flow));
      continue;
    }
    flush();
    if (node.tagName === 'li') item += 1;
    // Margins of neighbours fall together.
    pendingMargin = Math.max(pendingMargin, box.margin.top);
    const height = layBlock(around, node, { box, flow: { ...flow, y: y + pendingMargin }, item });
    y += pendingMargin + height;
    pendingMargin = box.margin.bottom;
  }
  flush();
  return y - flow.y + (flow.ancestors.length === 0 ? 0 : 0);
};

const layBlock = (around: Surroundings, element: HtmlElement, options: { box: HtmlBox; flow: Flow; item: number }): number => {
  const { box, flow } = options;
  if (flow.ancestors.length > MAX_DEPTH) return 0;
  const edge = box.border?.width ?? 0;
  const outer = Math.min(box.width ?? Number.POSITIVE_INFINITY, flow.width - box.margin.left - box.margin.right);
  const x = flow.x + box.margin.left;
  const inner: Flow = {
    box: { ...box, background: null },
    x: x + edge + box.padding.left,
    y: flow.y + edge + box.padding.top,
    width: Math.max(1, outer - 2 * edge - box.padding.left - box.padding.right),
    ancestors: [...flow.ancestors, element],
  };
  const ruleHeight = element.tagName === 'hr' ? 2 : 0;
  // Reserved before the children, so that it lies below them.
  const place = around.later.length;
  around.later.push(() => undefined);
  const bullet = element.tagName === 'li' ? markerOf(flow, options.item) : null;
  if (bullet !== null)
    layParagraph(around, [{ text: bullet, box }], {
      ...inner,
      x: inner.x - box.size * 1.5,
      width: box.size * 3,
      box: { ...box, align: 'left' },
    });
  const height = layBlocks(around, element.childNodes, inner) + ruleHeight + 2 * edge + box.padding.top + box.padding.bottom;
  const fill = ruleHeight > 0 ? box.color : box.background;
  if (fill !== null || box.border !== null) {
    around.later[place] = (shiftY) =>
      around.plates.push({ x, y: flow.y + shiftY, width: outer, height, cornerRadius: box.radius, fill, border: box.border });
  }
  return height;
};

const markerOf = (flow: Flow, item: number): string => (flow.ancestors.at(-1)?.tagName === 'ol' ? `${item}.` : '•');

const inlineRuns = (around: Surroundings, node: Node, flow: Flow): InlineRun[] => {
  if (flow.ancestors.length > MAX_DEPTH) return [];
  if (node.nodeName === '#text' && 'value' in node) return [{ text: shapeText(node.value, flow.box), box: flow.box }];
  if (!('tagName' in node)) return [];
  if (node.tagName === 'br') return [{ text: '\n', box: flow.box }];
  const box = childBox(flow.box, declarationsFor(around.rules, node, flow.ancestors), flow.width);
  if (box.isHidden) return [];
  const inner = { ...flow, box, ancestors: [...flow.ancestors, node] };
  return node.childNodes.flatMap((child) => inlineRuns(around, child, inner));
};

const shapeText = (text: string, box: HtmlBox): string => {
  const spaced = box.keepsSpace ? text : text.replaceAll(/[ \t\r\n\f]+/g, ' ');
  if (box.transform === 'uppercase') return spaced.toUpperCase();
  if (box.transform === 'lowercase') return spaced.toLowerCase();
  return box.transform === 'capitalize' ? spaced.replaceAll(/(^|\s)\p{L}/gu, (match) => match.toUpperCase()) : spaced;
};

/** Blanks at the ends of lines and doubled across runs vanish, as in browsers. */
const trimRuns = (runs: readonly InlineRun[]): InlineRun[] => {
  const trimmed: InlineRun[] = [];
  let endsBlank = true;
  for (const run of runs) {
    let text = run.text;
    if (!run.box.keepsSpace && endsBlank) text = text.replace(/^ +/, '');
    if (text === '') continue;
    endsBlank = /[ \n]$/.test(text);
    trimmed.push({ ...run, text });
  }
  const last = trimmed.at(-1);
  if (last !== undefined && !last.box.keepsSpace)
    trimmed[trimmed.length - 1] = { ...last, text: last.text.replace(/[ \n]+$/, '') };
  return trimmed.filter((run) => run.text !== '');
};

const layParagraph = (around: Surroundings, given: readonly InlineRun[], flow: Flow): number => {
  const runs = trimRuns(given);
  if (runs.length === 0) return 0;
  const { canvasKit, library, density } = around;
  const layout = layoutText(canvasKit, library, {
    runs: runs.map(({ text, box }) => ({ ...box, text, wordSpacing: 0 })),
    lineHeight: flow.box.lineHeight,
    width: flow.width,
    align: flow.box.align,
    direction: 'auto',
    maxLines: null,
    ellipsis: null,
  });
  if (layout.unresolved.length > 0) around.onUnresolved(layout.unresolved);
  around.later.push((shiftY) => {
    const origin = { x: flow.x, y: flow.y + shiftY };
    for (const unit of layout.units) {
      const fill = runs[unit.run]?.box.background ?? null;
      if (fill === null) continue;
      const { left, top, right, bottom } = unit;
      around.plates.push({
        x: origin.x + left,
        y: origin.y + top,
        width: right - left,
        height: bottom - top,
        cornerRadius: 0,
        fill,
        border: null,
      });
    }
    const look = {
      colors: runs.map(({ box }) => box.color),
      decorations: runs.map(({ box }) => box.decoration),
      ...{ stroke: null, shadow: null, gradient: null },
    };
    const sprite = rasterUnits(canvasKit, { units: layout.units, look, origin, density });
    if (sprite !== null) around.pieces.push({ sprite, letter: 0, word: 0 });
  });
  return layout.height;
};
