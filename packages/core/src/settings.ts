import { z } from 'zod';

/**
 * Building blocks for settings: each turns the text of an environment variable or flag into a typed value.
 * `packages/config` and every surface describe their settings with these, so that one page, one error form and one flag parser serve all.
 */
export interface SettingMeta {
  readonly description: string;
  /** What a value must look like, as a phrase: "a whole number from 0 to 65535". */
  readonly rule: string;
  /** Never printed; masked in errors. */
  readonly isSecret?: boolean;
  /** True: the flag may stand without a value. */
  readonly isSwitch?: boolean;
  /** Shown in the settings page where the default depends on other settings. */
  readonly defaultText?: string;
}

/** Descriptions of all settings made by the functions below, keyed by schema. */
export const settingRegistry = z.registry<SettingMeta>();

export interface SettingOptions {
  readonly description: string;
  readonly isSecret?: boolean;
  readonly defaultText?: string;
}

/** `parse` returns undefined for text that breaks the rule. */
export function setting<T>(
  options: SettingOptions & { rule: string; isSwitch?: boolean },
  parse: (text: string) => T | undefined,
) {
  return z
    .string()
    .transform((text, context): T => parse(text.trim()) ?? refuse(context, options.rule))
    .register(settingRegistry, options);
}

function refuse(context: z.RefinementCtx, rule: string): never {
  context.addIssue({ code: 'custom', message: `must be ${rule}` });
  return z.NEVER;
}

export function textSetting(options: SettingOptions & { rule?: string; pattern?: RegExp; lengthMax?: number }) {
  const lengthMax = options.lengthMax ?? 4096;
  return setting({ ...options, rule: options.rule ?? `text of at most ${lengthMax} characters` }, (text) =>
    text.length <= lengthMax && (options.pattern === undefined || options.pattern.test(text)) ? text : undefined,
  );
}

export function integerSetting(options: SettingOptions & { min: number; max: number }) {
  const { min, max } = options;
  return setting({ ...options, rule: `a whole number from ${min} to ${max}` }, (text) => {
    const value = Number(text);
    return /^-?\d{1,15}$/.test(text) && value >= min && value <= max ? value : undefined;
  });
}

export function numberSetting(options: SettingOptions & { min: number; max: number }) {
  const { min, max } = options;
  return setting({ ...options, rule: `a number from ${min} to ${max}` }, (text) => {
    const value = Number(text);
    return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) && value >= min && value <= max ? value : undefined;
  });
}

const trueWords: readonly string[] = ['true', 'on', 'yes', '1'];
const falseWords: readonly string[] = ['false', 'off', 'no', '0'];

export function switchSetting(options: SettingOptions) {
  return setting({ ...options, rule: 'one of true, on, yes, 1, false, off, no, 0', isSwitch: true }, (text) => {
    const word = text.toLowerCase();
    if (trueWords.includes(word)) return true;
    return falseWords.includes(word) ? false : undefined;
  });
}

export function choiceSetting<const T extends string>(options: SettingOptions & { values: readonly T[] }) {
  return setting({ ...options, rule: `one of ${options.values.join(', ')}` }, (text) =>
    options.values.find((value) => value === text),
  );
}

/** A comma list; empty items and repeats are refused. */
export function listSetting<T>(options: SettingOptions & { rule: string }, parseItem: (item: string) => T | undefined) {
  return setting({ ...options, rule: `a comma list of ${options.rule}` }, (text) => {
    const items = text.split(',').map((item) => item.trim());
    if (new Set(items).size !== items.length) return undefined;
    const values: T[] = [];
    for (const item of items) {
      const value = item === '' ? undefined : parseItem(item);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  });
}

export function choicesSetting<const T extends string>(options: SettingOptions & { values: readonly T[] }) {
  return listSetting({ ...options, rule: options.values.join(', ') }, (item) => options.values.find((value) => value === item));
}

const secondsOfUnit: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds of `30s`, `5min`, `24h`, `7d`, `500ms`; a bare number counts seconds. Undefined for anything else. */
export function parseDurationSeconds(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s?(ms|s|m|min|h|d|w)?$/.exec(text);
  const factor = secondsOfUnit[match?.[2] ?? 's'];
  return match === null || factor === undefined ? undefined : Math.round(Number(match[1]) * factor * 1000) / 1000;
}

/** Value in seconds. */
export function durationSetting(options: SettingOptions & { minSeconds: number; maxSeconds: number }) {
  const { minSeconds, maxSeconds } = options;
  const rule = `a duration such as 30s, 5min, 24h or 7d (a bare number counts seconds) from ${minSeconds} to ${maxSeconds} seconds`;
  return setting({ ...options, rule }, (text) => {
    const value = parseDurationSeconds(text);
    return value !== undefined && value >= minSeconds && value <= maxSeconds ? value : undefined;
  });
}

const bytesOfUnit: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Bytes of `2GiB`, `500 MB`, `1024`. Undefined for anything else. */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s?([A-Za-z]*)$/.exec(text);
  const factor = bytesOfUnit[match?.[2] ?? ''];
  return match === null || factor === undefined ? undefined : Math.round(Number(match[1]) * factor);
}

/** Value in bytes. */
export function sizeSetting(options: SettingOptions & { minBytes?: number; maxBytes?: number }) {
  const { minBytes = 0, maxBytes = Number.MAX_SAFE_INTEGER } = options;
  const range = maxBytes === Number.MAX_SAFE_INTEGER ? `, at least ${minBytes} bytes` : ` from ${minBytes} to ${maxBytes} bytes`;
  const rule = `a size such as 2GiB, 500MB or 1048576${minBytes === 0 && range.startsWith(',') ? '' : range}`;
  return setting({ ...options, rule }, (text) => {
    const value = parseSizeBytes(text);
    return value !== undefined && value >= minBytes && value <= maxBytes ? value : undefined;
  });
}

/** The URL's normal text without a trailing slash when it has no query. `protocols` without colon: ['http', 'https']. */
export function parseUrl(text: string, protocols: readonly string[]): string | undefined {
  if (!URL.canParse(text) || /\s/.test(text)) return undefined;
  const url = new URL(text);
  if (!protocols.includes(url.protocol.slice(0, -1)) || url.hostname === '') return undefined;
  return url.search === '' && url.hash === '' ? url.href.replace(/\/+$/, '') : url.href;
}

export function urlSetting(options: SettingOptions & { protocols: readonly string[]; allowQuery?: boolean }) {
  const rule = `a ${options.protocols.map((name) => `${name}://`).join(' or ')} URL${options.allowQuery ? '' : ' without query and fragment'}`;
  return setting({ ...options, rule }, (text) => {
    const value = parseUrl(text, options.protocols);
    return value === undefined || (!options.allowQuery && /[?#]/.test(value)) ? undefined : value;
  });
}

/** At most `limit` calls in each fixed window of `windowSeconds`. */
export interface RateLimit {
  readonly limit: number;
  readonly windowSeconds: number;
}

/**
 * Named limits, `all=600/60s,submit=30/1min`; `off` removes one (`all=off`). Names that are not given keep their default,
 * so the value is always complete; null means no limit.
 */
export function rateLimitsSetting<const N extends string>(
  options: SettingOptions & { defaults: Readonly<Record<N, RateLimit | null>> },
) {
  const names = Object.keys(options.defaults);
  const show = (name: string, limit: RateLimit | null) =>
    `${name}=${limit === null ? 'off' : `${limit.limit}/${limit.windowSeconds}s`}`;
  const defaultText = Object.entries<RateLimit | null>(options.defaults)
    .map(([name, limit]) => show(name, limit))
    .join(',');
  const rule = `a comma list of NAME=COUNT/DURATION or NAME=off, where NAME is one of ${names.join(', ')}`;
  const parse = (text: string): Record<N, RateLimit | null> | undefined => {
    const limits: Record<N, RateLimit | null> = { ...options.defaults };
    const seen = new Set<string>();
    for (const item of text.split(',')) {
      const match = /^([\w-]+)=(?:off|(\d{1,9})\/([\w.]+))$/.exec(item.trim());
      const name = match?.[1];
      if (match === null || name === undefined || seen.has(name) || !isNameOf(options.defaults, name)) return undefined;
      seen.add(name);
      const limit =
        match[2] === undefined ? null : { limit: Number(match[2]), windowSeconds: parseDurationSeconds(match[3] ?? '') ?? 0 };
      if (limit !== null && (limit.limit < 1 || !Number.isInteger(limit.windowSeconds) || limit.windowSeconds < 1))
        return undefined;
      limits[name] = limit;
    }
    return limits;
  };
  return z
    .string()
    .optional()
    .transform(
      (text, context): Record<N, RateLimit | null> =>
        text === undefined ? options.defaults : (parse(text.trim()) ?? refuse(context, rule)),
    )
    .register(settingRegistry, { defaultText, ...options, rule });
}

function isNameOf<N extends string>(record: Readonly<Record<N, unknown>>, name: string): name is N {
  return Object.hasOwn(record, name);
}
