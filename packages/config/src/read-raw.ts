import type { ConfigFault } from './config-error.ts';

export interface SettingName {
  /** Full variable name, `SOME_API_RATE_LIMITS`. */
  readonly name: string;
  /** Prefix of the surface that owns it, `SOME_API_`; null for the server's own. */
  readonly prefix: string | null;
  readonly isSwitch: boolean;
}

export interface RawValue {
  readonly text: string;
  /** How the operator wrote it: `PORT` or `--port`. */
  readonly origin: string;
}

/** Reads flags over variables. Empty text counts as not given, on both ways. Flags win. */
export function readRawSettings(
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
  names: readonly SettingName[],
): { values: ReadonlyMap<string, RawValue>; faults: ConfigFault[] } {
  const values = new Map<string, RawValue>();
  for (const { name } of names) {
    const text = env[name]?.trim();
    if (text) values.set(name, { text, origin: name });
  }
  const faults = findUnknownVariables(env, names);
  const flags = buildFlagTable(names);
  const given = new Set<string>();
  for (let at = 0; at < argv.length; at += 1) {
    const { flag, inlineText } = splitFlag(argv[at] ?? '');
    const target = flag === null ? undefined : flags.get(flag);
    if (flag === null || target === undefined) {
      faults.push({ name: nameArgument(argv[at] ?? '', at), value: undefined, rule: explainUnknown(flag, names) });
      // The value of an unknown flag is not a fault of its own.
      if (flag !== null && inlineText === undefined && argv[at + 1] !== undefined && !argv[at + 1]?.startsWith('--')) at += 1;
      continue;
    }
    let text = inlineText;
    if (text === undefined && argv[at + 1] !== undefined && !argv[at + 1]?.startsWith('--')) {
      at += 1;
      text = argv[at];
    }
    if (text === undefined && target.isSwitch) text = 'true';
    if (text === undefined) faults.push({ name: `--${flag}`, value: undefined, rule: 'needs a value' });
    else if (given.has(target.name))
      faults.push({ name: `--${flag}`, value: undefined, rule: `sets ${target.name} a second time` });
    else if (text.trim() === '') values.delete(target.name);
    else values.set(target.name, { text: text.trim(), origin: `--${flag}` });
    given.add(target.name);
  }
  return { values, faults };
}

/** `SOME_API_MAX_SCENES` -> `some-api-max-scenes`. */
export function flagOf(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** Full flags, and the short ones (without the surface's prefix) that mean exactly one setting. */
export function buildFlagTable(names: readonly SettingName[]): ReadonlyMap<string, SettingName> {
  const table = new Map<string, SettingName>();
  for (const setting of names) table.set(flagOf(setting.name), setting);
  const shorts = new Map<string, SettingName[]>();
  for (const setting of names) {
    if (setting.prefix === null) continue;
    const short = flagOf(setting.name.slice(setting.prefix.length));
    shorts.set(short, [...(shorts.get(short) ?? []), setting]);
  }
  for (const [short, [setting, ...others]] of shorts) {
    if (setting !== undefined && others.length === 0 && !table.has(short)) table.set(short, setting);
  }
  return table;
}

function splitFlag(argument: string): { flag: string | null; inlineText?: string } {
  const match = /^--([a-z0-9][a-z0-9-]*)(?:=(.*))?$/s.exec(argument);
  if (match?.[1] === undefined) return { flag: null };
  return match[2] === undefined ? { flag: match[1] } : { flag: match[1], inlineText: match[2] };
}

/** A stray word may be a secret that lost its flag, so only what looks like a flag is repeated. */
function nameArgument(argument: string, at: number): string {
  return /^--?[A-Za-z][\w-]{0,60}(=|$)/.test(argument) ? (argument.split('=')[0] ?? '') : `argument ${at + 1}`;
}

function explainUnknown(flag: string | null, names: readonly SettingName[]): string {
  if (flag === null) return 'is not a flag; write --name value';
  const full = names
    .filter(({ name, prefix }) => prefix !== null && flagOf(name.slice(prefix.length)) === flag)
    .map(({ name }) => `--${flagOf(name)}`);
  return full.length > 1 ? `is ambiguous; write ${full.join(' or ')}` : 'is not a known flag';
}

/** A misspelt variable of a surface would otherwise be silently without effect. The server's own names have no common prefix to tell them by. */
function findUnknownVariables(env: Readonly<Record<string, string | undefined>>, names: readonly SettingName[]): ConfigFault[] {
  const known = new Set(names.map(({ name }) => name));
  const prefixes = [...new Set(names.flatMap(({ prefix }) => (prefix === null ? [] : [prefix])))];
  return Object.keys(env)
    .filter((name) => !known.has(name) && prefixes.some((prefix) => name.startsWith(prefix)))
    .sort()
    .map((name) => ({ name, value: undefined, rule: 'is not a known setting' }));
}
