import { cardinalWords, digitWords, ordinalWords, yearWords } from './number-words.ts';

const currencies: Readonly<Record<string, { one: string; many: string; part: string }>> = {
  $: { one: 'dollar', many: 'dollars', part: 'cent' },
  '€': { one: 'euro', many: 'euros', part: 'cent' },
  '£': { one: 'pound', many: 'pounds', part: 'penny' },
  '¥': { one: 'yen', many: 'yen', part: 'sen' },
  '₹': { one: 'rupee', many: 'rupees', part: 'paisa' },
};
const units: Readonly<Record<string, string>> = {
  ...{ km: 'kilometers', m: 'meters', cm: 'centimeters', mm: 'millimeters', kg: 'kilograms', g: 'grams', mg: 'milligrams' },
  ...{
    'km/h': 'kilometers per hour',
    mph: 'miles per hour',
    '°C': 'degrees Celsius',
    '°F': 'degrees Fahrenheit',
    '°': 'degrees',
  },
  ...{ GB: 'gigabytes', MB: 'megabytes', KB: 'kilobytes', kB: 'kilobytes', GHz: 'gigahertz', MHz: 'megahertz', kHz: 'kilohertz' },
  ...{ Hz: 'hertz', fps: 'frames per second', ms: 'milliseconds', min: 'minutes', '%': 'percent', '‰': 'per mille' },
};
const abbreviations: Readonly<Record<string, string>> = {
  ...{
    'Mr.': 'Mister',
    'Mrs.': 'Missus',
    'Ms.': 'Miz',
    'Dr.': 'Doctor',
    'Prof.': 'Professor',
    'vs.': 'versus',
    'etc.': 'et cetera',
  },
  ...{ 'e.g.': 'for example', 'i.e.': 'that is', 'approx.': 'approximately' },
};
/** Read as words, not letter by letter. */
const spokenAcronyms: ReadonlySet<string> = new Set([
  'NASA',
  'NATO',
  'UNESCO',
  'UNICEF',
  'LASER',
  'RADAR',
  'OPEC',
  'FIFA',
  'COVID',
]);

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const anyOf = (record: object): string =>
  Object.keys(record)
    .toSorted((a, b) => b.length - a.length)
    .map(escapePattern)
    .join('|');

const amount = '\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:\\.\\d+)?';
const bare = (text: string): string => text.replaceAll(',', '');

/** `two point five`. */
function decimalWords(text: string): string {
  const [whole = '0', fraction] = bare(text).split('.');
  return fraction === undefined ? cardinalWords(whole) : `${cardinalWords(whole)} point ${digitWords(fraction)}`;
}

function moneyWords(symbol: string, text: string, scale: string | undefined): string {
  const names = currencies[symbol];
  if (!names) return text;
  if (scale !== undefined) return `${decimalWords(text)} ${scale.toLowerCase()} ${names.many}`;
  const [whole = '0', fraction] = bare(text).split('.');
  const main = `${cardinalWords(whole)} ${whole === '1' ? names.one : names.many}`;
  const parts = Number((fraction ?? '').padEnd(2, '0').slice(0, 2));
  if (parts === 0 || (fraction ?? '').length > 2)
    return fraction === undefined || parts === 0 ? main : `${decimalWords(text)} ${names.many}`;
  const part = names.part === 'penny' ? (parts === 1 ? 'penny' : 'pence') : `${names.part}${parts === 1 ? '' : 's'}`;
  return `${main} and ${cardinalWords(String(parts))} ${part}`;
}

function timeWords(hours: string, minutes: string): string {
  const hour = cardinalWords(String(Number(hours)));
  if (minutes === '00') return Number(hours) === 0 || Number(hours) > 12 ? `${hour} hundred hours` : `${hour} o'clock`;
  return `${hour} ${minutes.startsWith('0') ? `oh ${cardinalWords(minutes)}` : cardinalWords(minutes)}`;
}

/**
 * Spells out what an English speaker reads as words: money, percentages, units, times, years, ordinals, decimals, numbers, symbols,
 * abbreviations and acronyms. `$100` becomes `one hundred dollars`, `3rd` `third`, `FBI` `F B I`.
 */
export function expandEnglish(text: string): string {
  return text
    .replace(new RegExp(`(?<![\\w.])(?:${anyOf(abbreviations)})`, 'g'), (found) => abbreviations[found] ?? found)
    .replace(
      new RegExp(`([$€£¥₹])\\s?(${amount})(?:\\s(thousand|million|billion|trillion)\\b)?`, 'gi'),
      (_found, symbol: string, number: string, scale: string | undefined) => moneyWords(symbol, number, scale),
    )
    .replace(new RegExp(`(?<![\\w.])[-−](?=(?:${amount})\\b)`, 'g'), 'minus ')
    .replace(/\b([01]?\d|2[0-3]):([0-5]\d)\b/g, (_found, hours: string, minutes: string) => timeWords(hours, minutes))
    .replace(/\b(\d+)(?:st|nd|rd|th)\b/gi, (_found, digits: string) => ordinalWords(digits))
    .replace(
      new RegExp(`(?<![\\w.])(${amount})\\s?(${anyOf(units)})(?![\\w])`, 'g'),
      (_found, number: string, unit: string) => `${decimalWords(number)} ${units[unit]}`,
    )
    .replace(
      /\b(in|since|until|from|by|of|year) (1[1-9]\d\d|20\d\d)\b/gi,
      (_found, word: string, year: string) => `${word} ${yearWords(year)}`,
    )
    .replace(new RegExp(`(?<![\\w.])(?:${amount})(?!\\w)`, 'g'), decimalWords)
    .replace(/(?<=\w)\s*&\s*(?=\w)/g, ' and ')
    .replace(/(?<=\w)\s*\+\s*(?=\w)/g, ' plus ')
    .replace(/(?<=\w)\s+=\s+(?=\w)/g, ' equals ')
    .replace(/(?<=\w)@(?=\w)/g, ' at ')
    .replace(/#(?=\w)/g, 'number ')
    .replace(/\b(?:[A-Z]\.){2,}/g, (found) => found.replaceAll('.', ' ').trim())
    .replace(/\b[A-Z]{2,5}\b/g, (found) => (spokenAcronyms.has(found) || isShouted(text) ? found : [...found].join(' ')));
}

/** A text all in capitals has no acronyms that could be told. */
const isShouted = (text: string): boolean => !/[a-z]/.test(text);

export interface Pronunciation {
  readonly original: string;
  readonly replacement: string;
}

/**
 * Replaces whole words or phrases, whatever their case, all at once: what one entry put in is not changed by another. The longest of
 * several that fit wins; of two entries for one word the first.
 */
export function replacePronunciations(text: string, entries: readonly Pronunciation[]): string {
  const replacements = new Map<string, string>();
  for (const { original, replacement } of entries) {
    const word = original.trim().toLowerCase();
    if (word !== '' && !replacements.has(word)) replacements.set(word, replacement);
  }
  if (replacements.size === 0) return text;
  const words = [...replacements.keys()].toSorted((a, b) => b.length - a.length).map(escapePattern);
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  return text.replace(pattern, (found) => replacements.get(found.toLowerCase()) ?? found);
}

/**
 * What a voice is given to read. Numbers and symbols are spelled out for English voices; those of other languages know how to read
 * them by themselves.
 */
export function prepareSpeechText(input: {
  text: string;
  languageCode: string;
  pronunciations: readonly Pronunciation[];
  expands: boolean;
}): string {
  const replaced = replacePronunciations(input.text, input.pronunciations);
  return input.expands && /^en\b/i.test(input.languageCode) ? expandEnglish(replaced) : replaced;
}
