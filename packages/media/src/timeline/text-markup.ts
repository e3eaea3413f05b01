import type { Rgba, TextRun } from './scene-graph.ts';

const tag = /<(\/?)(b|strong|i|em|u|s|color)(?:=["']?([^"'<>]{1,40})["']?)?>/gi;

interface State {
  readonly name: string;
  readonly run: Omit<TextRun, 'text'>;
}
const PLAIN: Omit<TextRun, 'text'> = { weight: null, isItalic: null, color: null, decoration: null };
const aliases: Readonly<Record<string, string>> = { strong: 'b', em: 'i' };

/**
 * Inline marks of `markup: true`: `<b>`, `<i>`, `<u>`, `<s>` and `<color=#ff0000>`, which may nest. Anything else in angle brackets is
 * text, as is a closing tag that nothing opened.
 */
export const parseMarkup = (text: string, readColor: (value: string) => Rgba): TextRun[] => {
  const runs: TextRun[] = [];
  const stack: State[] = [];
  let rest = 0;
  const push = (part: string): void => {
    if (part !== '') runs.push({ text: part, ...(stack.at(-1)?.run ?? PLAIN) });
  };
  for (const match of text.matchAll(tag)) {
    const [whole, slash, word = '', value] = match;
    const name = aliases[word.toLowerCase()] ?? word.toLowerCase();
    const isOpening = slash === '';
    const opened = stack.map((state) => state.name).lastIndexOf(name);
    if (isOpening ? (name === 'color') !== (value !== undefined) : opened < 0) continue;
    push(text.slice(rest, match.index));
    rest = match.index + whole.length;
    if (!isOpening) stack.splice(opened);
    else stack.push({ name, run: { ...(stack.at(-1)?.run ?? PLAIN), ...change(name, value, readColor) } });
  }
  push(text.slice(rest));
  return runs;
};

const change = (name: string, value: string | undefined, readColor: (value: string) => Rgba): Partial<Omit<TextRun, 'text'>> => {
  switch (name) {
    case 'b':
      return { weight: 700 };
    case 'i':
      return { isItalic: true };
    case 'u':
      return { decoration: 'underline' };
    case 's':
      return { decoration: 'line-through' };
    default:
      return { color: readColor(value ?? '') };
  }
};
