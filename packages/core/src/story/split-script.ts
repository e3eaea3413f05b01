/** After these a full stop ends no sentence. */
const abbreviations: ReadonlySet<string> = new Set([
  ...[
    'mr',
    'mrs',
    'ms',
    'dr',
    'prof',
    'st',
    'jr',
    'sr',
    'vs',
    'no',
    'fig',
    'approx',
    'e.g',
    'i.e',
    'bzw',
    'z.b',
    'd.h',
    'ca',
    'nr',
  ],
  ...[
    'sra',
    'sr',
    'mme',
    'm',
    'p.ej',
    'vol',
    'al',
    'inc',
    'ltd',
    'co',
    'gen',
    'col',
    'capt',
    'lt',
    'sgt',
    'rev',
    'hon',
    'u.s',
    'u.k',
  ],
]);

export interface ScriptSentence {
  /** As it stands in the script, without space around it. */
  readonly text: string;
  readonly endsParagraph: boolean;
}

/**
 * Sentences of a script in their order, to the letter: joined they are the script without the space between. What holds no letter and no
 * digit cannot be said alone and goes with the sentence before it.
 */
export function splitScript(script: string, languageCode: string): ScriptSentence[] {
  const paragraphs = script.split(/\n\s*\n|\r\n\s*\r\n/).map((text) => text.trim());
  return paragraphs.flatMap((paragraph) => {
    const sentences = joinBroken(segment(paragraph, languageCode));
    return sentences.map((text, index) => ({ text, endsParagraph: index === sentences.length - 1 }));
  });
}

function segment(paragraph: string, languageCode: string): string[] {
  const segmenter = new Intl.Segmenter(languageCode, { granularity: 'sentence' });
  return [...segmenter.segment(paragraph)].map((piece) => piece.segment.trim()).filter((text) => text !== '');
}

const isSpeakable = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);

function joinBroken(pieces: readonly string[]): string[] {
  const sentences: string[] = [];
  for (const piece of pieces) {
    const before = sentences.at(-1);
    if (before !== undefined && (endsInAbbreviation(before) || !isSpeakable(piece)))
      sentences[sentences.length - 1] = `${before} ${piece}`;
    else if (isSpeakable(piece)) sentences.push(piece);
  }
  return sentences;
}

function endsInAbbreviation(text: string): boolean {
  const last = /(\S+)\.$/u
    .exec(text)?.[1]
    ?.toLowerCase()
    .replace(/^[("'“‘]+/u, '');
  return last !== undefined && (abbreviations.has(last) || /^\p{L}$/u.test(last));
}

const seconds = { perCharacter: 1 / 15, perWideCharacter: 1 / 5 } as const;

/** How long it will take to say, roughly; scripts without letters for single sounds say more with a character. */
export function estimateSpeech(text: string, speedRatio: number): number {
  const wide = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu)?.length ?? 0;
  return Math.max(0.5, (wide * seconds.perWideCharacter + (text.length - wide) * seconds.perCharacter) / speedRatio);
}

/** Words as captions show them; languages without spaces are cut between their words. */
export function splitWords(text: string, languageCode = 'en'): string[] {
  const isSpaced = !/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(text);
  if (isSpaced) return joinTitles(text.split(/\s+/).filter((word) => word !== ''));
  const words: string[] = [];
  for (const { segment: piece, isWordLike } of new Intl.Segmenter(languageCode, { granularity: 'word' }).segment(text)) {
    if (piece.trim() === '') continue;
    const before = words.at(-1);
    if (isWordLike !== true && before !== undefined) words[words.length - 1] = before + piece;
    else words.push(piece);
  }
  return words;
}

/** `Dr. Smith` is one word, so that nobody takes the point for the end of a sentence. */
function joinTitles(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    if (before !== undefined && endsInAbbreviation(before)) joined[joined.length - 1] = `${before}\u00a0${word}`;
    else joined.push(word);
  }
  return joined;
}

/** A silence this long ends what is said together. */
const pauseSecondsMin = 0.8;

/** Words of a recording, sentence by sentence. */
export function groupWords<W extends { readonly text: string; readonly startSeconds: number; readonly endSeconds: number }>(
  words: readonly W[],
): W[][] {
  const groups: W[][] = [];
  for (const word of words) {
    const group = groups.at(-1);
    const before = group?.at(-1);
    const isNew =
      before === undefined ||
      word.startSeconds - before.endSeconds >= pauseSecondsMin ||
      /[.!?…。！？]["”’)]*$/u.test(before.text);
    if (group === undefined || isNew) groups.push([word]);
    else group.push(word);
  }
  return groups;
}
