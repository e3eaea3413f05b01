/** Letters of other scripts that look like Latin ones, and signs that stand for letters inside a word. */
const lookalikes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{
      а: 'a',
      в: 'b',
      е: 'e',
      к: 'k',
      м: 'm',
      н: 'h',
      о: 'o',
      р: 'p',
      с: 'c',
      т: 't',
      у: 'y',
      х: 'x',
      і: 'i',
      ѕ: 's',
      ј: 'j',
      ԁ: 'd',
    },
    ...{ α: 'a', β: 'b', ε: 'e', η: 'n', ι: 'i', κ: 'k', ν: 'v', ο: 'o', ρ: 'p', τ: 't', υ: 'u', χ: 'x' },
    ...{ ı: 'i', ł: 'l', ø: 'o', đ: 'd', ß: 'ss', æ: 'ae', œ: 'oe' },
  }),
);
const signs: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '0': 'o',
    '1': 'i',
    '3': 'e',
    '4': 'a',
    '5': 's',
    '7': 't',
    '8': 'b',
    '@': 'a',
    $: 's',
    '!': 'i',
    '€': 'e',
    '|': 'i',
  }),
);

const isLatinWord = /[a-z]/;
const mapLetters = (text: string): string => {
  let mapped = '';
  for (const letter of text) mapped += lookalikes.get(letter) ?? letter;
  return mapped;
};

/** Lower case, one width, no accents, no invisible characters, letters of one script; every other sign but `'*@$!|` is a space. */
export function plainText(text: string): string {
  const folded = text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}\u00ad]/gu, '')
    .toLowerCase();
  // Words of another script stay what they are: only those that mix, or look wholly Latin, are read as Latin.
  const words = folded.replace(/[\p{L}\p{N}]+/gu, (word) => {
    const mapped = mapLetters(word);
    return isLatinWord.test(word) || /^[a-z0-9]+$/.test(mapped) ? mapped : word;
  });
  return words
    .replace(/[’`´]/g, "'")
    .replace(/[^\p{L}\p{N}'*@$!|€]+/gu, ' ')
    .trim();
}

const joinLetters = (text: string): string =>
  text.replace(/(?<![^ ])(?:[a-z0-9] ){2,}[a-z0-9](?![^ ])/g, (letters) => letters.replaceAll(' ', ''));

/**
 * Readings of a text that hides its words: digits and signs read as letters, letters written apart joined, stretched letters
 * shortened. The first reading is the plain one; those that say nothing new are left out.
 */
export function readingsOf(text: string): string[] {
  const plain = plainText(text);
  const unsigned = plain.replace(/[^ ]+/g, (word) =>
    /[a-z]/.test(word) && /[0-9@$!|€]/.test(word) ? [...word].map((sign) => signs.get(sign) ?? sign).join('') : word,
  );
  const bare = unsigned.replace(/[@$!|€]/g, ' ').replace(/ +/g, ' ');
  const joined = joinLetters(bare);
  // The first of the letters may be an article.
  const joinedLater = joinLetters(bare.replace(/(?<![^ ])a (?=[a-z0-9] [a-z0-9](?![^ ]))/g, 'a_ ')).replaceAll('a_', 'a');
  const doubled = joined.replace(/([a-z])\1{2,}/g, '$1$1');
  const single = joined.replace(/([a-z])\1{2,}/g, '$1');
  const clean = plain.replace(/[@$!|€]/g, ' ').replace(/ +/g, ' ');
  return [...new Set([clean, joined, joinedLater, doubled, single])];
}
