import { describe, expect, test } from 'vitest';
import { parseImageHeader } from '../../image-header.ts';
import { byteSourceOf } from '../../byte-source.ts';
import { drawTextMark } from './draw-text-mark.ts';
import { markPositions, placeMark } from './place-mark.ts';

describe('placeMark', () => {
  const canvas = { width: 800, height: 400 };
  const shape = { width: 400, height: 100 };

  test.each(markPositions)('at %s the widest margin moves the mark and leaves its size', (position) => {
    const box = placeMark(canvas, shape, { position, scale: 0.2, margin: 0.25 });
    expect(box).toMatchObject({ width: 160, height: 40 });
    const across = position.endsWith('left') ? 100 : position.endsWith('right') ? 540 : 320;
    const down = position.startsWith('top') ? 100 : position.startsWith('bottom') ? 260 : 180;
    expect([box.x, box.y]).toEqual([across, down]);
  });

  test('a mark that is too large for what the margin leaves is made smaller, never cut', () => {
    expect(placeMark(canvas, shape, { position: 'left', scale: 1, margin: 0.5 })).toEqual({
      x: 200,
      y: 126,
      width: 600,
      height: 150,
    });
    expect(placeMark(canvas, shape, { position: 'center', scale: 1, margin: 0.5 })).toEqual({
      x: 0,
      y: 100,
      width: 800,
      height: 200,
    });
  });
});

describe('drawTextMark', () => {
  const canvas = { width: 832, height: 480 };
  const sizeOf = async (text: string, scale: number) => {
    const header = await parseImageHeader(byteSourceOf(drawTextMark({ text, color: '#fff', canvas, look: { scale } })));
    return { width: header?.width ?? 0, height: header?.height ?? 0 };
  };

  test('a short text stands on one line, as wide as asked unless its letters would be huge', async () => {
    const named = await sizeOf('Polyreel Studio', 0.2);
    expect(Math.abs(named.width - 0.2 * canvas.width)).toBeLessThan(8);
    expect(named.height).toBeLessThan(40);
    expect((await sizeOf('AI', 1)).height).toBeLessThan(0.12 * canvas.height * 1.5);
  });

  test.each([
    ['words', 'Made by a machine for the archive of moving pictures, not to be shown without this line. '.repeat(2).trim()],
    ['a script without spaces', '機械が作った映像です。この印なしに公開してはなりません。'.repeat(4)],
  ])('a long text of %s takes as many lines as letters need that can be read', async (_script, text) => {
    const { width, height } = await sizeOf(text, 0.3);
    expect(width).toBeLessThan(0.3 * canvas.width + 8);
    const letters = (width * height) / text.length;
    // Of one line that wide each letter would have less than 12 square pixels.
    expect(letters).toBeGreaterThan(40);
    expect(height).toBeLessThan(canvas.height);
  });

  test('one long word stays whole', async () => {
    expect((await sizeOf('x'.repeat(200), 0.3)).height).toBeLessThan(20);
  });
});
