import { describe, expect, test } from 'vitest';
import { formatSrt, formatVtt, parseCaptions } from './captions.ts';

describe('captions', () => {
  test('srt: cues in order, tags and positions dropped, words sharing the cue by letters', () => {
    const cues = parseCaptions(
      '\uFEFF2\r\n00:00:03,000 --> 00:00:04,500\r\n{\\an8}<i>Two</i>\r\nlines\r\n\r\n1\r\n00:00:01,000 --> 00:00:02,000\r\nab cdef\r\n',
    );
    expect(cues.map(({ from, to }) => [from, to])).toEqual([
      [1, 2],
      [3, 4.5],
    ]);
    expect(cues[0]?.words.map(({ text, from }) => [text, Math.round(from * 1000)])).toEqual([
      ['ab', 1000],
      ['cdef', 1333],
    ]);
    expect(cues[1]?.words.map(({ text, endsLine }) => [text, endsLine])).toEqual([
      ['Two', true],
      ['lines', true],
    ]);
  });
  test('vtt: settings, notes, entities and inline times are read', () => {
    const text =
      'WEBVTT\n\nNOTE hi\n\nid\n00:01.000 --> 00:03.000 align:start\n<v Bob>one <00:02.500><c>two</c> &amp; 3 &lt; 4\n';
    expect(parseCaptions(text)[0]?.words.map((word) => [word.text, Math.round(word.from * 100) / 100])).toEqual([
      ['one', 1],
      ['two', 2.5],
      ['&', 2.71],
      ['3', 2.79],
      ['<', 2.86],
      ['4', 2.93],
    ]);
  });
  test('ass: dialogue by its format line, breaks, syllable times', () => {
    const ass =
      '[Script Info]\n[Events]\nFormat: Layer, Start, End, Style, Text\nDialogue: 0,0:00:01.00,0:00:02.00,Main,{\\k20}Hel{\\k80}lo, you\\Nnext\nComment: 0,0:00:01.00,0:00:02.00,Main,no\n';
    const [cue] = parseCaptions(ass);
    expect(cue).toMatchObject({ from: 1, to: 2 });
    expect(cue?.words.map(({ text }) => text)).toEqual(['Hel', 'lo,', 'you', 'next']);
    expect(cue?.words[1]?.from).toBeCloseTo(1.2);
  });
  test('what is none of them is refused by name', () => {
    expect(() => parseCaptions('hello')).toThrow('no cue with a time');
  });
  test('what is written can be read again', () => {
    const cues = parseCaptions('1\n00:00:01,000 --> 01:00:02,250\nfirst line\nsecond <b>line</b>\n');
    for (const written of [formatSrt(cues), formatVtt(cues)]) expect(parseCaptions(written)).toEqual(cues);
  });
});
