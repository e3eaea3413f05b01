import type { TimelineIssue } from './contract.ts';

export interface MergeResult {
  readonly value: unknown;
  readonly errors: readonly TimelineIssue[];
  readonly warnings: readonly TimelineIssue[];
  /** Names of placeholders in the order in which they stand, with the paths where. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

const placeholder = /\\\{\{|\{\{([^{}]{1,300})\}\}/g;
const MAX_NAME_CHARS = 128;

/**
 * Fills `{{ NAME }}` in every string of a parsed document; values cannot break it, for no text is parsed again. A string that is just
 * one placeholder takes the value with its type. Keys are not replaced, replaced text is not searched again, `\{{` stands for braces.
 */
export const mergeFields = (
  document: unknown,
  values: ReadonlyMap<string, unknown>,
  onMissing: 'error' | 'keep' | 'empty',
): MergeResult => {
  const errors: TimelineIssue[] = [];
  const fields = new Map<string, string[]>();
  const used = new Set<string>();
  const look = (name: string, path: string): { found: boolean; value: unknown } => {
    const places = fields.get(name);
    if (places === undefined) fields.set(name, [path]);
    else places.push(path);
    if (values.has(name)) {
      used.add(name);
      return { found: true, value: values.get(name) };
    }
    if (onMissing === 'error') {
      errors.push({ path, code: 'missing_merge_fields', message: `no value is given for {{ ${name} }}` });
    }
    return { found: onMissing === 'empty', value: '' };
  };
  const fill = (text: string, path: string): unknown => {
    const [whole] = [...text.matchAll(placeholder)];
    if (whole !== undefined && whole[0] === text && isName(whole[1])) {
      const { found, value } = look(whole[1].trim(), path);
      return found ? value : text;
    }
    return text.replace(placeholder, (match, name: string | undefined) => {
      if (name === undefined) return '{{';
      if (!isName(name)) return match;
      const { found, value } = look(name.trim(), path);
      return found ? asText(value) : match;
    });
  };
  const value = mapStrings(document, '', fill);
  const warnings = [...values.keys()]
    .filter((name) => !used.has(name))
    .map((name) => ({
      path: 'merge',
      code: 'unused_merge_field',
      message: `the value of ${JSON.stringify(name)} is used nowhere`,
    }));
  return { value, errors, warnings, fields };
};

const isName = (name: string | undefined): name is string =>
  name !== undefined && name.trim() !== '' && name.trim().length <= MAX_NAME_CHARS;

const asText = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return plainNumber(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** Never with an exponent. */
const plainNumber = (value: number): string =>
  /e/.test(String(value)) ? value.toLocaleString('en-US', { useGrouping: false, maximumSignificantDigits: 17 }) : String(value);

const mapStrings = (value: unknown, path: string, fill: (text: string, path: string) => unknown): unknown => {
  if (typeof value === 'string') return value.includes('{{') ? fill(value, path) : value;
  if (Array.isArray(value)) return value.map((item, index) => mapStrings(item, `${path}[${index}]`, fill));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapStrings(item, path === '' ? key : `${path}.${key}`, fill)]),
  );
};

/** `[{find, replace}]` or `{name: value}`; of equal names the last wins. What is neither is left to the schema to refuse. */
export const readMergeValues = (merge: unknown): ReadonlyMap<string, unknown> => {
  const values = new Map<string, unknown>();
  if (Array.isArray(merge)) {
    for (const item of merge) {
      if (item === null || typeof item !== 'object' || !('find' in item) || typeof item.find !== 'string') continue;
      values.set(item.find.trim(), 'replace' in item ? item.replace : '');
    }
  } else if (merge !== null && typeof merge === 'object') {
    for (const [name, value] of Object.entries(merge)) values.set(name.trim(), value);
  }
  return values;
};
