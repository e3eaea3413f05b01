import { describe, expect, test } from 'vitest';
import { mergeFields, readMergeValues } from './merge.ts';
import { validateTimeline } from './validate.ts';

describe('merge fields', () => {
  const merge = (document: unknown, values: object, onMissing: 'error' | 'keep' | 'empty' = 'error') =>
    mergeFields(document, readMergeValues(values), onMissing);

  test('a string that is just a placeholder takes the value with its type; inside text it becomes text', () => {
    const { value } = merge({ a: '{{ N }}', b: 'x {{N}} {{ O }}', c: ['{{L}}'] }, { N: 2.5, O: { k: 1 }, L: [1, 2] });
    expect(value).toEqual({ a: 2.5, b: 'x 2.5 {"k":1}', c: [[1, 2]] });
  });
  test('values cannot break the document, are not searched again, and the last of equal names wins', () => {
    const list = [
      { find: 'A', replace: 'first' },
      { find: 'A', replace: '","x":"{{ B }}' },
    ];
    expect(merge({ a: '{{A}}' }, list).value).toEqual({ a: '","x":"{{ B }}' });
  });
  test('an escape gives braces, keys are left, missing ones are named all', () => {
    expect(merge({ '{{K}}': '\\{{ A }}' }, { K: 1, A: 2 }).value).toEqual({ '{{K}}': '{{ A }}' });
    const missing = merge({ a: '{{X}}', b: ['{{ Y }}!'] }, {});
    expect(missing.errors.map(({ path, code }) => [path, code])).toEqual([
      ['a', 'missing_merge_fields'],
      ['b[0]', 'missing_merge_fields'],
    ]);
    expect(merge({ a: '{{X}}' }, {}, 'keep').value).toEqual({ a: '{{X}}' });
    expect(merge({ a: 'b{{X}}' }, {}, 'empty').value).toEqual({ a: 'b' });
  });
  test('an escape stands for braces where no name follows, too, and numbers are written without exponents', () => {
    expect(merge('a \\{{ b, \\{{}}, \\{{{A}}}', { A: 2 }).value).toBe('a {{ b, {{}}, {{{A}}}');
    expect(merge('{{A}} {{B}}', { A: 1e-7, B: 1e21 }).value).toBe('0.0000001 1000000000000000000000');
  });
  test('a length of type number works, a word is refused at the merged place', () => {
    const clip = { asset: { type: 'image', src: 'https://example.com/a.png' }, start: 0, length: '{{D}}' };
    const errorsWith = (value: unknown) =>
      validateTimeline({
        timeline: { tracks: [{ clips: [clip] }] },
        output: { format: 'mp4', resolution: 'sd' },
        merge: [{ find: 'D', replace: value }],
      }).errors;
    expect(errorsWith(3)).toEqual([]);
    expect(errorsWith('x')).toMatchObject([{ path: 'timeline.tracks[0].clips[0].length', code: 'invalid_value' }]);
  });
});
