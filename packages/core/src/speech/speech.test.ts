import { describe, expect, it, test } from 'vitest';
import { expandEnglish, prepareSpeechText, replacePronunciations } from './expand-text.ts';
import { chooseVoice, findVoice, voiceCatalog } from './voice-catalog.ts';

describe('expansion for English voices', () => {
  it.each([
    ['$100', 'one hundred dollars'],
    ['3rd', 'third'],
    ['the 21st of May', 'the twenty-first of May'],
    ['It costs $1.', 'It costs one dollar.'],
    ['$12.50, £3.01 and €2', 'twelve dollars and fifty cents, three pounds and one penny and two euros'],
    ['$2.5 million', 'two point five million dollars'],
    ['50% of 1,250 km', 'fifty percent of one thousand two hundred fifty kilometers'],
    ['-5 °C', 'minus five degrees Celsius'],
    ['at 9:05 and 18:00', 'at nine oh five and eighteen hundred hours'],
    ['in 1984, since 2005', 'in nineteen eighty-four, since two thousand five'],
    ['3.14', 'three point one four'],
    ['1000000007', 'one billion seven'],
    [
      '12345678901234567890',
      'one two three four five six seven eight nine zero one two three four five six seven eight nine zero',
    ],
    ['salt & pepper, 2 + 2 = 4', 'salt and pepper, two plus two equals four'],
    ['the FBI and NASA', 'the F B I and NASA'],
    ['Dr. Smith vs. the U.S. team', 'Doctor Smith versus the U S team'],
    ['me@home, #1', 'me at home, number one'],
    ['STOP NOW', 'STOP NOW'],
    ['No. I said no', 'No. I said no'],
    ['one step at a time', 'one step at a time'],
  ])('%s -> %s', (text, words) => {
    expect(expandEnglish(text)).toBe(words);
  });
});

describe('pronunciations', () => {
  it('replaces whole words in any case, the longest first, and never what was put in', () => {
    const entries = [
      { original: 'SQL', replacement: 'sequel' },
      { original: 'sequel', replacement: 'WRONG' },
      { original: 'SQL Server', replacement: 'sequel server' },
    ];
    expect(replacePronunciations('sql, SQL server, MySQL', entries)).toBe('sequel, sequel server, MySQL');
  });

  it('takes characters of patterns as they are', () => {
    expect(replacePronunciations('C++ and C.', [{ original: 'C++', replacement: 'see plus plus' }])).toBe('see plus plus and C.');
  });

  it('come before the expansion, which other languages do themselves', () => {
    const input = { text: 'Route 66', pronunciations: [{ original: '66', replacement: '7' }], expands: true };
    expect(prepareSpeechText({ ...input, languageCode: 'en-US' })).toBe('Route seven');
    expect(prepareSpeechText({ ...input, languageCode: 'de-DE' })).toBe('Route 7');
  });
});

describe('the voices', () => {
  test('have unique keys and labels, and each language a woman and a man', () => {
    expect(new Set(voiceCatalog.map(({ key }) => key)).size).toBe(voiceCatalog.length);
    expect(new Set(voiceCatalog.map(({ label }) => label)).size).toBe(voiceCatalog.length);
    for (const { languageCode } of voiceCatalog)
      expect(new Set(voiceCatalog.filter((voice) => voice.languageCode === languageCode).map(({ gender }) => gender)).size).toBe(
        2,
      );
  });

  test('are chosen by locale, then language, then gender', () => {
    expect(chooseVoice({})?.key).toBe(voiceCatalog[0]?.key);
    expect(chooseVoice({ languageCode: 'es-MX', gender: 'male' })?.key).toBe('es-mx-male');
    expect(chooseVoice({ languageCode: 'pt' })?.languageCode).toBe('pt-BR');
    expect(chooseVoice({ languageCode: 'en', gender: 'male' })?.key).toBe('en-us-male');
    expect(chooseVoice({ languageCode: 'xx' })).toBeUndefined();
    expect(findVoice('nobody')).toBeUndefined();
  });
});
