import { type CameraMotion, readCameraMotion } from '../camera.ts';
import { colourOf, type Rgb } from './colours.ts';
import {
  fillerWords,
  kindWords,
  type Look,
  lookWords,
  looks,
  type Motif,
  motifs,
  motifWords,
  type SceneKind,
  sceneKinds,
  type TimeOfDay,
  timesOfDay,
  timeWords,
} from './words.ts';

/** What a prompt asks for, as far as it was understood. */
export interface SceneWish {
  /** Absent: no word named a scene. */
  readonly kind: SceneKind | undefined;
  readonly timeOfDay: TimeOfDay | undefined;
  /** Ratios 0..1; `clouds` is absent when nothing was said about them. */
  readonly weather: {
    readonly rain: number;
    readonly snow: number;
    readonly fog: number;
    readonly storm: number;
    readonly wind: number;
    readonly clouds: number | undefined;
  };
  readonly motifs: ReadonlySet<Motif>;
  /** Ruled out: must not be seen. */
  readonly without: ReadonlySet<Motif>;
  readonly looks: ReadonlySet<Look>;
  /** In the order of their mention. */
  readonly colours: readonly Rgb[];
  readonly camera: CameraMotion;
  /** Pace of what happens in the scene; 1 is usual. */
  readonly speed: number;
  /** Of the words that meant nothing here: tells films of unknown prompts apart. */
  readonly remainder: number;
}

/**
 * Reads a prompt by a table of words. What the negative prompt, or a piece of the prompt that begins with a dash, names is taken away
 * again: such a wish is equal to that of the prompt without the thing.
 */
export const readPrompt = (prompt: string, negativePrompt: string): SceneWish => {
  const { wanted, unwanted } = splitTerms(prompt, negativePrompt);
  const text = normalise(wanted);
  const against = normalise(unwanted);
  const asked = readMeanings(text);
  const refused = readMeanings(against);
  const keep = <T>(list: readonly T[], ruledOut: readonly T[]): T[] => list.filter((item) => !ruledOut.includes(item));

  const motifSet = new Set(keep(asked.motifs, refused.motifs));
  const without = new Set(refused.motifs);
  const ratio = (motif: Motif): number => (motifSet.has(motif) ? (/ (light|soft|gentle) /.test(text) ? 0.6 : 1) : 0);
  const kinds = keep(asked.kinds, refused.kinds);
  const storm = ratio('storm');
  return {
    kind: chooseKind(kinds, motifSet),
    timeOfDay: keep(asked.times, refused.times)[0],
    weather: {
      rain: Math.max(ratio('rain'), without.has('rain') ? 0 : storm * 0.6),
      snow: ratio('snow'),
      fog: ratio('fog'),
      storm,
      wind: Math.max(0.2, ratio('wind') * 0.8, without.has('wind') ? 0 : storm * 0.8),
      clouds: motifSet.has('clear') ? 0 : motifSet.has('clouds') ? (text.includes(' overcast ') ? 0.95 : 0.62) : undefined,
    },
    motifs: motifSet,
    without,
    looks: new Set(keep(asked.looks, refused.looks)),
    colours: keep(asked.colours, refused.colours)
      .map(colourOf)
      .filter((colour) => colour !== undefined),
    camera: readCameraMotion(wanted, unwanted),
    speed: readSpeed(text),
    remainder: hashText(
      asked.unknown
        .filter((word) => !refused.unknown.includes(word))
        .toSorted()
        .join(' '),
    ),
  };
};

/** Pieces between commas that begin with a dash are negative; a dash inside a word is not a mark. */
const splitTerms = (prompt: string, negativePrompt: string): { wanted: string; unwanted: string } => {
  const pieces = prompt.split(',').map((piece) => piece.trim());
  const isNegative = (piece: string): boolean => /^-+\s*\S/.test(piece);
  return {
    wanted: pieces.filter((piece) => !isNegative(piece)).join(' , '),
    unwanted: [...pieces.filter(isNegative), negativePrompt].join(' , '),
  };
};

/** Lower case, singular words with one blank around each. */
const normalise = (text: string): string => ` ${(text.toLowerCase().match(/[\p{L}\p{N}]+|,/gu) ?? []).map(singular).join(' ')} `;

const singular = (word: string): string => {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(ss|us|is|canvas|iris)$/.test(word) || word.length < 4) return word;
  if (/(ches|shes|xes|sses)$/.test(word)) return word.slice(0, -2);
  if (/[^aeiou]?oes$/.test(word)) return word.slice(0, -2);
  if (word.endsWith('leaves')) return 'leaf';
  return word.endsWith('s') ? word.slice(0, -1) : word;
};

interface Meanings {
  readonly kinds: readonly SceneKind[];
  readonly times: readonly TimeOfDay[];
  readonly motifs: readonly Motif[];
  readonly looks: readonly Look[];
  readonly colours: readonly string[];
  readonly unknown: readonly string[];
}

const readMeanings = (text: string): Meanings => {
  const find = <T extends string>(names: readonly T[], table: Readonly<Record<T, readonly string[]>>): T[] =>
    names
      .map((name) => ({ name, at: firstMention(text, table[name]) }))
      .filter(({ at }) => at.position >= 0)
      .toSorted((a, b) => b.at.words - a.at.words || a.at.position - b.at.position)
      .map(({ name }) => name);
  const tokens = text.split(/[ ,]+/).filter((word) => word !== '');
  // "Black and white" is a look, not two colours.
  const plain = Object.values(lookWords)
    .flat()
    .filter((phrase) => phrase.includes(' '))
    .reduce((rest, phrase) => rest.replaceAll(` ${phrase} `, ' '), text);

  return {
    kinds: find(sceneKinds, kindWords),
    times: find(timesOfDay, timeWords),
    motifs: find(motifs, motifWords),
    looks: find(looks, lookWords),
    colours: [...new Set(plain.split(/[ ,]+/).filter((word) => colourOf(word) !== undefined))],
    unknown: tokens.filter((word) => word.length > 2 && !known.has(word) && !filler.has(word) && colourOf(word) === undefined),
  };
};

const known: ReadonlySet<string> = new Set(
  [kindWords, timeWords, motifWords, lookWords].flatMap((table) =>
    Object.values(table).flatMap((list) => list.flatMap((phrase) => phrase.split(' '))),
  ),
);
const filler: ReadonlySet<string> = new Set(fillerWords);

/** Where the first of the phrases stands and how many words it has; a longer phrase says more. */
const firstMention = (text: string, phrases: readonly string[]): { position: number; words: number } => {
  let best = { position: -1, words: 0 };
  for (const phrase of phrases) {
    const position = text.indexOf(` ${phrase} `);
    if (position < 0) continue;
    const words = phrase.split(' ').length;
    if (words > best.words || (words === best.words && position < best.position)) best = { position, words };
  }
  return best;
};

/** Words that colour a scene give way to words that name a place. */
const weakKinds: ReadonlySet<SceneKind> = new Set(['sky', 'flow', 'studio', 'snowfield', 'street']);

const chooseKind = (kinds: readonly SceneKind[], asked: ReadonlySet<Motif>): SceneKind | undefined => {
  const strong = kinds.find((kind) => !weakKinds.has(kind));
  const chosen = strong ?? kinds[0];
  if (chosen === 'skyline' && (asked.has('rain') || kinds.includes('street'))) return 'street';
  if (chosen === 'forest' && (asked.has('snow') || kinds.includes('snowfield'))) return 'snowfield';
  if (asked.has('rain') && (chosen === undefined || chosen === 'studio')) return 'street';
  return chosen;
};

/** Pace of everything that happens in the scene. */
const readSpeed = (text: string): number => {
  if (/ (slow ?motion|slow ?mo) /.test(text)) return 0.5;
  return / (time ?lapse|hyperlapse) /.test(text) ? 2 : 1;
};

/** FNV-1a. */
const hashText = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return text === '' ? 0 : hash;
};
