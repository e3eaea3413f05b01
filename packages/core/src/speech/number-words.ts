const small = [
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen'],
  ...['fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
];
const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const scales = ['', 'thousand', 'million', 'billion', 'trillion'];
/** One more than the largest number with a name. */
export const namedNumberLimit = 10 ** 15;

/** English words of a whole number below `namedNumberLimit`; longer ones digit by digit. */
export function cardinalWords(digits: string): string {
  const value = Number(digits);
  if (!Number.isSafeInteger(value) || value >= namedNumberLimit) return digitWords(digits);
  if (value < 20) return small[value] ?? '';
  if (value < 100) return join([tens[Math.floor(value / 10)] ?? '', value % 10 === 0 ? '' : (small[value % 10] ?? '')], '-');
  if (value < 1000)
    return join([`${small[Math.floor(value / 100)]} hundred`, value % 100 === 0 ? '' : cardinalWords(String(value % 100))], ' ');
  const scale = Math.floor((String(value).length - 1) / 3);
  const unit = 1000 ** scale;
  const rest = value % unit;
  return join(
    [`${cardinalWords(String(Math.floor(value / unit)))} ${scales[scale]}`, rest === 0 ? '' : cardinalWords(String(rest))],
    ' ',
  );
}

const irregular: Readonly<Record<string, string>> = {
  ...{ one: 'first', two: 'second', three: 'third', five: 'fifth', eight: 'eighth', nine: 'ninth', twelve: 'twelfth' },
};

/** `third`, `twenty-first`, `one hundredth`. */
export function ordinalWords(digits: string): string {
  const words = cardinalWords(digits);
  const last = /[a-z]+$/.exec(words)?.[0] ?? '';
  const ordinal = irregular[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`);
  return words.slice(0, words.length - last.length) + ordinal;
}

export const digitWords = (digits: string): string => [...digits].map((digit) => small[Number(digit)] ?? '').join(' ');

/** `nineteen eighty-four`, `two thousand five`, `nineteen oh five`. */
export function yearWords(digits: string): string {
  const [high, low] = [digits.slice(0, 2), digits.slice(2)];
  if (digits[1] === '0' && digits[2] === '0') return cardinalWords(digits);
  if (low === '00') return `${cardinalWords(high)} hundred`;
  return `${cardinalWords(high)} ${low.startsWith('0') ? `oh ${cardinalWords(low)}` : cardinalWords(low)}`;
}

const join = (parts: readonly string[], by: string): string => parts.filter((part) => part !== '').join(by);
