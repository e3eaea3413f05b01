/** One sung syllable: its vowel, and the noise that begins it. */
export interface Syllable {
  readonly vowel: Vowel;
  readonly onset: Onset;
}
export const vowels = ['a', 'e', 'i', 'o', 'u'] as const;
export type Vowel = (typeof vowels)[number];
/** `hiss`: s, f, sh; `burst`: p, t, k; `hum`: m, n, l, r and their kin. */
export type Onset = 'none' | 'hiss' | 'burst' | 'hum';

/** Lines of syllables; empty where there is nothing to sing: `[Inst]`, `[Instrumental]`, marks of sections, or nothing. */
export function readLyrics(lyrics: string): Syllable[][] {
  if (/\[\s*inst(?:rumental)?\s*\]/i.test(lyrics)) return [];
  return lyrics
    .replace(/\[[^\]]*\]|\([^)]*\)/g, '\n')
    .split(/\n+/)
    .map(readLine)
    .filter((line) => line.length > 0);
}

function readLine(line: string): Syllable[] {
  const words = plainLetters(line).match(/[a-z]+/g) ?? [];
  return words.flatMap(readWord);
}

const plainLetters = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f']/g, '');

/** Groups of vowels make the syllables; a silent e at the end makes none. */
function readWord(word: string): Syllable[] {
  const spoken = word.length > 3 ? word.replace(/(?<=[^aeiouy])e$/, '') : word;
  const groups = [...spoken.matchAll(/([^aeiouy]*)([aeiouy]+)/g)];
  if (groups.length === 0) return [{ vowel: 'e', onset: onsetOf(word) }];
  const isOpenE = spoken.endsWith('e') && groups.length === 1;
  return groups.map(([, before = '', group = '']) => ({ vowel: isOpenE ? 'i' : vowelOf(group), onset: onsetOf(before) }));
}

const sounds: readonly (readonly [RegExp, Vowel])[] = [
  [/^(?:ee|ea|ie|i|y|ei)/, 'i'],
  [/^(?:oo|ou|u|ue|ui)/, 'u'],
  [/^(?:oa|ow|o|au)/, 'o'],
  [/^(?:a|ai|ay)/, 'a'],
];
const vowelOf = (group: string): Vowel => sounds.find(([pattern]) => pattern.test(group))?.[1] ?? 'e';

function onsetOf(before: string): Onset {
  const last = before.at(-1);
  if (last === undefined) return 'none';
  if (/(?:s|sh|ch|f|z|x|h|c|th|v|j)$/.test(before)) return 'hiss';
  return /[ptkbdgq]/.test(last) ? 'burst' : 'hum';
}
