import { type CssNode, generate, parse as parseCss, walk } from 'css-tree';
import type { DefaultTreeAdapterTypes } from 'parse5';

export type HtmlElement = DefaultTreeAdapterTypes.Element;

/** Declarations that hold for an element, by property. Inherited ones are not in it. */
export type Declarations = ReadonlyMap<string, string>;

interface Simple {
  readonly tag: string | null;
  readonly id: string | null;
  readonly classes: readonly string[];
}

interface Rule {
  /** From the outermost to the element itself; each must be an ancestor of the next. */
  readonly path: readonly Simple[];
  readonly specificity: number;
  readonly declarations: readonly (readonly [string, string])[];
}

/** What browsers do by themselves for the elements that we know. */
const BROWSER_CSS = `
h1 { font-size: 2em; font-weight: bold; margin: 0.67em 0 } h2 { font-size: 1.5em; font-weight: bold; margin: 0.83em 0 }
h3 { font-size: 1.17em; font-weight: bold; margin: 1em 0 } h4, h5, h6 { font-weight: bold; margin: 1em 0 }
p { margin: 1em 0 } ul, ol { margin: 1em 0; padding: 0 0 0 40px } blockquote { margin: 1em 40px }
b, strong, th { font-weight: bold } i, em, cite { font-style: italic } u, ins { text-decoration: underline }
s, del, strike { text-decoration: line-through } small { font-size: 0.83em } big { font-size: 1.2em } center { text-align: center }
mark { background-color: yellow; color: black } pre { white-space: pre; margin: 1em 0 }
head, style, script, title, template, noscript, iframe, object, svg, video, audio, img, input, select, textarea { display: none }
`;

/** The rules of a style sheet that the subset knows: selectors of tags, classes and ids, alone, in lists or nested by a blank. */
export const parseStyleSheet = (css: string): Rule[] => [...readRules(BROWSER_CSS), ...readRules(css)];

const readRules = (css: string): Rule[] => {
  const rules: Rule[] = [];
  walk(parseCss(css, { onParseError: () => undefined }), {
    visit: 'Rule',
    enter(node: CssNode) {
      // Rules for printers, narrow screens and fonts are not ours.
      if (node.type !== 'Rule' || node.prelude.type !== 'SelectorList' || this.atrule !== null) return;
      const declarations = readDeclarations(generate(node.block).slice(1, -1));
      for (const selector of node.prelude.children) {
        const path = readSelector(generate(selector));
        if (path !== null) rules.push({ path, declarations, specificity: path.reduce((sum, part) => sum + weightOf(part), 0) });
      }
    },
  });
  return rules;
};

const weightOf = (part: Simple): number =>
  (part.id === null ? 0 : 10_000) + part.classes.length * 100 + (part.tag === null ? 0 : 1);

const readSelector = (selector: string): Simple[] | null => {
  const path = selector
    .trim()
    .split(/\s*>\s*|\s+/)
    .map((word) => {
      const match = /^(\*|[a-zA-Z][\w-]*)?((?:[.#][\w-]+)*)$/.exec(word);
      if (match === null) return null;
      const parts = (match[2] ?? '').match(/[.#][\w-]+/g) ?? [];
      const tag = match[1] === undefined || match[1] === '*' ? null : match[1].toLowerCase();
      const id = parts.find((part) => part.startsWith('#'))?.slice(1) ?? null;
      return { tag, id, classes: parts.filter((part) => part.startsWith('.')).map((part) => part.slice(1)) };
    });
  const known = path.filter((part) => part !== null);
  return known.length === path.length && known.length > 0 ? known : null;
};

const readDeclarations = (text: string): (readonly [string, string])[] => {
  const declarations: (readonly [string, string])[] = [];
  const block = parseCss(text, { context: 'declarationList', onParseError: () => undefined });
  walk(block, (node: CssNode) => {
    if (node.type === 'Declaration') declarations.push([node.property.toLowerCase(), generate(node.value).trim()]);
  });
  return declarations;
};

const attribute = (element: HtmlElement, name: string): string | undefined =>
  element.attrs.find((attr) => attr.name === name)?.value;

const matchesSimple = (element: HtmlElement, part: Simple): boolean => {
  const classes = (attribute(element, 'class') ?? '').split(/\s+/);
  return (
    (part.tag === null || part.tag === element.tagName) &&
    (part.id === null || part.id === attribute(element, 'id')) &&
    part.classes.every((name) => classes.includes(name))
  );
};

const matches = (rule: Rule, element: HtmlElement, ancestors: readonly HtmlElement[]): boolean => {
  const own = rule.path.at(-1);
  if (own === undefined || !matchesSimple(element, own)) return false;
  let at = ancestors.length - 1;
  for (let index = rule.path.length - 2; index >= 0; index -= 1) {
    const part = rule.path[index];
    while (at >= 0 && part !== undefined && !matchesSimple(ancestors[at] ?? element, part)) at -= 1;
    if (at < 0) return false;
    at -= 1;
  }
  return true;
};

/** The winning declarations for an element: rules by weight and order, then its own `style`. `ancestors` from the outermost. */
export const declarationsFor = (
  rules: readonly Rule[],
  element: HtmlElement,
  ancestors: readonly HtmlElement[],
): Declarations => {
  const matching = rules
    .map((rule, order) => ({ rule, order }))
    .filter(({ rule }) => matches(rule, element, ancestors))
    .sort((one, other) => one.rule.specificity - other.rule.specificity || one.order - other.order);
  const result = new Map<string, string>();
  for (const { rule } of matching) for (const [name, value] of rule.declarations) result.set(name, value);
  for (const [name, value] of readDeclarations(attribute(element, 'style') ?? '')) result.set(name, value);
  return result;
};
