import type { SafetyText } from '../ports/content-safety.ts';

/**
 * Names whose values are no words of the caller's, or words for what shall not be seen: `nudity` as a negative is what one hopes for.
 */
const otherNames: ReadonlySet<string> = new Set([
  ...[
    'kind',
    'type',
    'model',
    'fileId',
    'outputName',
    'runner',
    'task',
    'seed',
    'src',
    'url',
    'color',
    'colour',
    'font',
    'format',
  ],
  ...[
    'negativePrompt',
    'negative',
    'negative_prompt',
    'keyscale',
    'position',
    'voice',
    'language',
    'transition',
    'effect',
    'filter',
  ],
]);

/**
 * Every text of a spec that could be seen or heard, with its place. Walks whatever a spec holds, so that a text field which is added one
 * day is judged from that day on.
 */
export function textsOf(value: unknown, place = ''): SafetyText[] {
  const found: SafetyText[] = [];
  const walk = (inner: unknown, where: string): void => {
    if (typeof inner === 'string') {
      if (/\p{L}{2}/u.test(inner)) found.push({ place: where, text: inner });
    } else if (Array.isArray(inner)) {
      for (const [index, one] of inner.entries()) walk(one, `${where}[${index}]`);
    } else if (typeof inner === 'object' && inner !== null)
      for (const [name, one] of Object.entries(inner))
        if (!otherNames.has(name)) walk(one, where === '' ? name : `${where}.${name}`);
  };
  walk(value, place);
  return found;
}

const bundledFrom = 40;
const bundleLength = 4000;

/** Few texts as they are; of very many the later ones together, so that a stage behind a network is asked a bounded number of times. */
export function bundleTexts(texts: readonly SafetyText[]): SafetyText[] {
  const unique = [...new Map(texts.map((one) => [one.text, one])).values()];
  const bundles: { place: string; text: string }[] = [];
  for (const { place, text } of unique.slice(bundledFrom)) {
    const last = bundles.at(-1);
    if (last && last.text.length + text.length < bundleLength) last.text += `\n${text}`;
    else bundles.push({ place, text });
  }
  return [...unique.slice(0, bundledFrom), ...bundles];
}
