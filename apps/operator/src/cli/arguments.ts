/** What a command line says: words, the command's own flags, and the rest, which are settings (`--data-dir /srv/polyreel`). */
export interface Arguments {
  readonly words: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
  readonly settings: readonly string[];
}

/** A wrong command line; shown with the command's usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `ownFlags` without dashes; each takes a value, `--name value` or `--name=value`, once. */
export function parseArguments(argv: readonly string[], ownFlags: readonly string[]): Arguments {
  const words: string[] = [];
  const flags = new Map<string, string>();
  const settings: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const token = argv[at] ?? '';
    if (!token.startsWith('--')) {
      words.push(token);
      continue;
    }
    const [head = '', ...tail] = token.split('=');
    const hasInline = tail.length > 0;
    const next = argv[at + 1];
    const value = hasInline ? tail.join('=') : next !== undefined && !next.startsWith('--') ? next : undefined;
    if (!hasInline && value !== undefined) at += 1;
    const name = head.slice(2);
    if (!ownFlags.includes(name)) settings.push(head, ...(value === undefined ? [] : [value]));
    else if (value === undefined || value === '') throw new UsageError(`--${name} needs a value`);
    else if (flags.has(name)) throw new UsageError(`--${name} is given twice`);
    else flags.set(name, value);
  }
  return { words, flags, settings };
}

export function requireFlag({ flags }: Arguments, name: string): string {
  const value = flags.get(name);
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

/** The words after the command's own, exactly as many as named. */
export function takeWords({ words }: Arguments, names: readonly string[]): string[] {
  if (words.length !== names.length) {
    throw new UsageError(
      names.length === 0
        ? `unexpected: ${words.join(' ')}`
        : `expected ${names.join(' ')}, got ${words.length === 0 ? 'nothing' : words.join(' ')}`,
    );
  }
  return [...words];
}
