import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrompt } from './parse-prompt.ts';

describe('parsePrompt', () => {
  it.each([
    ['woman dancing, smooth camera, -blurry', 'woman dancing, smooth camera', 'blurry'],
    [
      'cinematic ocean waves at sunset, golden light, -blurry, -low quality, -shaky',
      'cinematic ocean waves at sunset, golden light',
      'blurry, low quality, shaky',
    ],
    ['  a ,, b,  ', 'a, b', ''],
    ['a, --  fog , -, --', 'a', 'fog'],
    ['slow-motion walk, well-lit', 'slow-motion walk, well-lit', ''],
    ['a, –fog, —rain, −snow', 'a, –fog, —rain, −snow', ''],
    ['a (red, -blue, green), b', 'a (red, -blue, green), b', ''],
    ['a [x, (y, z), w], -q (1, 2)', 'a [x, (y, z), w]', 'q (1, 2)'],
    ['smile :), -sad', 'smile :)', 'sad'],
    ['open (never closed, -fog', 'open (never closed', 'fog'],
    ['([a, b), -c', '([a, b)', 'c'],
    ['-only, -negatives', '', 'only, negatives'],
    ['', '', ''],
  ])('%s', (prompt, positive, negative) => {
    expect(parsePrompt(prompt)).toEqual({ positive, negative });
  });

  it("joins the scene's own negatives behind the terms and drops repeats without regard to case", () => {
    expect(parsePrompt('a, -Blurry, -fog', 'blurry, -low quality, FOG, rain, rain')).toEqual({
      positive: 'a',
      negative: 'Blurry, fog, low quality, rain',
    });
  });

  it('loses no piece and invents none', () => {
    const piece = fc.stringMatching(/^[a-z]{1,6}( [a-z]{1,6})?$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, fc.boolean()), { maxLength: 12 }), (pieces) => {
        const parsed = parsePrompt(pieces.map(([text, isNegative]) => `${isNegative ? '-' : ''}${text}`).join(', '));
        expect(parsed.positive).toBe(pieces.flatMap(([text, isNegative]) => (isNegative ? [] : [text])).join(', '));
        const negatives = pieces.flatMap(([text, isNegative]) => (isNegative ? [text] : []));
        expect(parsed.negative).toBe([...new Set(negatives)].join(', '));
      }),
    );
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a,-()[] \n–') }), (text) => {
        expect(typeof parsePrompt(text, text).positive).toBe('string');
      }),
    );
  });
});
