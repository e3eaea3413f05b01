import { stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { never, rejection, run, tools, useScratch } from '../../test/helpers.ts';
import { markPicture } from './mark-picture.ts';
import { placeMark } from './visible/place-mark.ts';

const scratch = useScratch();
const canvas = { width: 200, height: 120 };
const visible = { position: 'bottom-right', scale: 0.4, opacity: 1, margin: 0.05, text: 'AI', color: '#ff0000' } as const;

/** A cut-out: the left half is a colour, the right half is nothing. */
const makeCutOut = () =>
  run(tools.ffmpegPath, [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', `color=c=blue:s=${canvas.width}x${canvas.height}`, '-frames:v', '1'],
    ...['-vf', `format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='255*lt(X,${canvas.width / 2})'`, scratch('cut-out.png')],
  ]);
const pixelsOf = (path: string) => run(tools.ffmpegPath, ['-v', 'error', '-i', path, '-pix_fmt', 'rgba', '-f', 'rawvideo', '-']);

describe('markPicture', () => {
  it('draws the mark where it belongs and leaves every other pixel and the transparency as they were', async () => {
    await makeCutOut();
    await markPicture(tools, { input: scratch('cut-out.png'), output: scratch('marked.png'), canvas, visible, signal: never() });
    const [before, after] = [await pixelsOf(scratch('cut-out.png')), await pixelsOf(scratch('marked.png'))];
    expect(after).toHaveLength(before.length);
    const changed: { x: number; y: number; red: number; alpha: number }[] = [];
    for (let place = 0; place < before.length; place += 4)
      if (!before.subarray(place, place + 4).equals(after.subarray(place, place + 4)))
        changed.push({
          ...{ x: (place / 4) % canvas.width, y: Math.floor(place / 4 / canvas.width) },
          ...{ red: after[place] ?? 0, alpha: after[place + 3] ?? 0 },
        });
    // Letters never grow beyond an eighth of the shorter side, so the box is smaller than asked.
    const most = placeMark(canvas, { width: 2, height: 1 }, visible);
    expect(changed.length).toBeGreaterThan(40);
    for (const { x, y } of changed) {
      expect(x).toBeGreaterThanOrEqual(most.x);
      expect(y).toBeGreaterThanOrEqual(most.y);
    }
    expect(changed.some(({ red, alpha }) => red > 200 && alpha > 200)).toBe(true);
  });

  it('refuses a mark that is no picture, and leaves nothing behind', async () => {
    await makeCutOut();
    await writeFile(scratch('words.txt'), 'no picture');
    const { text: _text, color: _color, ...look } = visible;
    const mark = { ...look, imagePath: scratch('words.txt') };
    const options = { input: scratch('cut-out.png'), output: scratch('none.png'), canvas, visible: mark, signal: never() };
    expect(await rejection(markPicture(tools, options))).toMatchObject({ code: 'watermark_unreadable', permanent: true });
    await expect(stat(scratch('none.png'))).rejects.toThrow(/ENOENT/);
  });
});
