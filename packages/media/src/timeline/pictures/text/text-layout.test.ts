import { beforeAll, describe, expect, test } from 'vitest';
import type { CanvasKit } from 'canvaskit-wasm';
import { loadCanvasKit } from './canvas-kit.ts';
import { findFamily } from './font-catalog.ts';
import { FontLibrary } from './font-library.ts';
import { type LayoutOptions, layoutText, segmentsOf, type TextLayout } from './text-layout.ts';

let canvasKit: CanvasKit;
let library: FontLibrary;
const missing: string[] = [];
beforeAll(async () => {
  canvasKit = await loadCanvasKit();
  library = await FontLibrary.open(canvasKit, { userFonts: [], onMissingFamily: (family) => missing.push(family) });
});

const lay = (
  text: string,
  options: Partial<LayoutOptions> & { family?: string; size?: number; letterSpacing?: number } = {},
): TextLayout => {
  const { family = 'Open Sans', size = 20, letterSpacing = 0, ...rest } = options;
  return layoutText(canvasKit, library, {
    runs: [{ text, family, size, weight: 400, isItalic: false, letterSpacing, wordSpacing: 0 }],
    lineHeight: 1.2,
    width: 400,
    align: 'left',
    direction: 'auto',
    maxLines: null,
    ellipsis: null,
    ...rest,
  });
};

describe('a layout', () => {
  test.each([
    ['Latin with accents', 'Łódź Ærøskøbing ñandú ßẞ'],
    ['Greek and Cyrillic', 'Καλημέρα Привет Ґанок'],
    ['Arabic', 'السلام عليكم ورحمة'],
    ['Hebrew', 'שלום לעולם'],
    ['Devanagari', 'नमस्ते दुनिया'],
    ['Thai', 'สวัสดีชาวโลก'],
    ['Chinese', '你好，世界。繁體'],
    ['Japanese', 'こんにちは世界カタカナ'],
    ['Korean', '안녕하세요 세계'],
    ['emoji with joiners, skin and flags', '👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 🇫🇷 ❤️ 1️⃣'],
  ])('has a shape for every letter of %s', (_, text) => {
    expect(lay(text).unresolved).toEqual([]);
  });

  test('runs from the right when the first strong letter does', () => {
    const line = lay('שלום abc', { width: 300 });
    const first = line.units.find((unit) => unit.from === 0);
    const last = line.units.at(-1);
    expect(first?.left).toBeGreaterThan(last?.left ?? 0);
  });

  test('breaks at its width, and between Chinese letters without blanks', () => {
    expect(lay('one two three four five', { width: 90 }).lines.length).toBeGreaterThan(2);
    expect(lay('一二三四五六七八九十', { width: 90 }).lines.length).toBeGreaterThan(2);
  });

  test('is as high as its lines, whatever fonts fill in', () => {
    expect(lay('abc').height).toBeCloseTo(24, 0);
    expect(lay('abc 你好 مرحبا 😀').height).toBeCloseTo(24, 0);
    expect(lay('a\nb\nc', { lineHeight: 2 }).height).toBeCloseTo(120, 0);
  });

  test('ends in dots where lines are cut', () => {
    const cut = lay('the quick brown fox jumps over the lazy dog', { width: 100, maxLines: 2, ellipsis: '…' });
    expect(cut.lines.length).toBe(2);
    expect(cut.isCut).toBe(true);
  });

  test('spreads letters by the spacing, but never tears joined scripts', () => {
    expect(lay('abcd', { letterSpacing: 10 }).width - lay('abcd').width).toBeCloseTo(40, 0);
    expect(lay('مرحبا', { letterSpacing: 10 }).width).toBeCloseTo(lay('مرحبا').width, 1);
  });

  test('takes an emoji of many signs for one letter', () => {
    expect(lay('👩‍👩‍👧‍👦').units.length).toBe(1);
    expect(lay('a👍🏽b').units.map((unit) => unit.from)).toEqual([0, 1, 5]);
  });
});

test('a text is cut where its fonts must change', () => {
  expect(segmentsOf('Hi 😀!').map(({ kind, text }) => [kind, text])).toEqual([
    ['plain', 'Hi '],
    ['emoji', '😀'],
    ['plain', '!'],
  ]);
});

test('families are found whatever their spelling, and a missing one is told', () => {
  for (const name of [
    'Montserrat',
    'montserrat-extrabold',
    'PermanentMarker-Regular',
    'open sans',
    '"Noto Sans JP"',
    'Work Sans SemiBold Italic',
  ]) {
    expect(findFamily(name)?.key, name).toBeDefined();
  }
  expect(findFamily('Papyrus')).toBeUndefined();
  lay('x', { family: 'Papyrus' });
  expect(missing).toContain('Papyrus');
});
