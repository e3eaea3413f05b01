export interface ParsedPrompt {
  /** Pieces without a leading dash, joined by `, `. */
  readonly positive: string;
  /** Pieces with one, then those of the scene's own `negative`; each once. */
  readonly negative: string;
}

/**
 * The document's prompt syntax: comma-separated pieces, of which those beginning with `-` are negative. Commas inside round or square
 * brackets do not divide. Only the ASCII dash counts, and only in front.
 */
export function parsePrompt(prompt: string, negative = ''): ParsedPrompt {
  const pieces = splitPieces(prompt);
  const negatives = [...pieces.filter(isNegative), ...splitPieces(negative)].map(stripDashes);
  return {
    positive: pieces.filter((piece) => !isNegative(piece)).join(', '),
    negative: dropRepeats(negatives).join(', '),
  };
}

/** The negative pieces exactly as they were written, dashes and all. */
export const negativePieces = (prompt: string): string[] => splitPieces(prompt).filter(isNegative);

const isNegative = (piece: string): boolean => piece.startsWith('-');
const stripDashes = (piece: string): string => piece.replace(/^-+\s*/, '');

function splitPieces(text: string): string[] {
  const guarded = bracketedPositions(text);
  const pieces: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (at < text.length && (text[at] !== ',' || guarded(at))) continue;
    pieces.push(text.slice(start, at).trim());
    start = at + 1;
  }
  return pieces.filter((piece) => stripDashes(piece) !== '');
}

const openerOf: Readonly<Record<string, string>> = { ')': '(', ']': '[' };

/** True for positions inside a pair of brackets. A bracket without its partner guards nothing. */
function bracketedPositions(text: string): (at: number) => boolean {
  const open: { bracket: string; at: number }[] = [];
  const change = new Int32Array(text.length + 1);
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '(' || character === '[') open.push({ bracket: character, at });
    const opener = openerOf[character];
    const partner = opener === undefined ? -1 : open.findLastIndex(({ bracket }) => bracket === opener);
    const start = open[partner];
    if (!start) continue;
    open.length = partner;
    change[start.at] = (change[start.at] ?? 0) + 1;
    change[at] = (change[at] ?? 0) - 1;
  }
  let depth = 0;
  const depths = change.map((step) => {
    depth += step;
    return depth;
  });
  return (at) => (depths[at] ?? 0) > 0;
}

/** Compared without case; the first spelling stays. */
function dropRepeats(terms: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const term of terms) if (!seen.has(term.toLowerCase())) seen.set(term.toLowerCase(), term);
  return [...seen.values()];
}
