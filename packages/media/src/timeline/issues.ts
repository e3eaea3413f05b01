import type { z } from 'zod';
import type { TimelineIssue } from './contract.ts';

/** `['timeline', 'tracks', 0]` -> `timeline.tracks[0]`. */
export const joinPath = (keys: readonly PropertyKey[], base = ''): string =>
  keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    return path === '' ? String(key) : `${path}.${String(key)}`;
  }, base);

/** What people write for what; the key is the last part of the path, or two parts where one is not enough. */
const renamedKeys: Readonly<Record<string, string>> = {
  alignment: 'align',
  duration: 'length',
  transitions: 'transition',
  effects: 'effect',
  filters: 'filter',
  url: 'src',
  source: 'src',
  'font.name': 'font.family',
  'font.fontFamily': 'font.family',
  'font.lineHeight': 'style.lineHeight',
  'font.letterSpacing': 'style.letterSpacing',
  rotation: 'transform.rotate.angle',
  rotate: 'transform.rotate.angle',
  x: 'offset.x',
  y: 'offset.y',
  colour: 'color',
  loops: 'repeat',
  frameRate: 'fps',
  framerate: 'fps',
  aspect: 'aspectRatio',
  aspect_ratio: 'aspectRatio',
  volume_effect: 'volumeEffect',
  chroma_key: 'chromaKey',
  blend_mode: 'blendMode',
  clip: 'clips',
  track: 'tracks',
};

const hintForKey = (key: string, parent: string): string | undefined => {
  const renamed = renamedKeys[`${parent.split('.').pop()}.${key}`] ?? renamedKeys[key];
  return renamed === undefined ? undefined : `did you mean ${renamed}?`;
};

export interface SchemaFault extends TimelineIssue {
  /** The path, key by key. */
  readonly keys: readonly PropertyKey[];
}

/** All that zod found, in the language's words; of a union the branch that came farthest speaks. */
export const faultsOf = (error: z.ZodError, document: unknown): SchemaFault[] =>
  error.issues.flatMap((issue) => faultsOfIssue(issue, document, []));

/** As callers are told it. */
export const publicFault = ({ keys: _keys, ...fault }: SchemaFault): TimelineIssue => fault;

export const isUnknownKey = ({ code }: TimelineIssue): boolean => code === 'unknown_key';

type Issue = z.core.$ZodIssue;

const faultsOfIssue = (issue: Issue, document: unknown, base: readonly PropertyKey[]): SchemaFault[] => {
  const keys = [...base, ...issue.path];
  const value = valueAt(document, keys);
  const fault = (code: string, message: string, hint?: { hint?: string }): SchemaFault[] => [
    { path: joinPath(keys), code, message, ...hint, keys },
  ];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const hint = hintForKey(key, joinPath(keys));
        return {
          path: joinPath([...keys, key]),
          code: 'unknown_key',
          message: `${JSON.stringify(key)} is not known here`,
          ...(hint === undefined ? {} : { hint }),
          keys: [...keys, key],
        };
      });
    case 'invalid_union': {
      if ('note' in issue && issue.note === 'No matching discriminator') return [assetFault(keys, value)];
      const branch = farthestBranch(issue.errors);
      if (branch !== undefined) return branch.flatMap((inner) => faultsOfIssue(inner, document, keys));
      return value === undefined ? [missingFault(keys)] : fault('invalid_value', `${issue.message}, got ${shown(value)}`);
    }
    case 'invalid_type':
      if (value === undefined) return [missingFault(keys)];
      return fault('invalid_type', `expected ${issue.expected}, got ${shown(value)}`, typeHint(issue.expected, value));
    case 'too_small':
      return fault('out_of_range', `${measured(issue.origin, value)} is below ${issue.minimum}`);
    case 'too_big':
      return fault('out_of_range', `${measured(issue.origin, value)} is above ${issue.maximum}`);
    case 'invalid_value':
      return fault('invalid_value', `${shown(value)} is none of ${issue.values.join(', ')}`);
    default:
      return fault('invalid_value', `${issue.message}, got ${shown(value)}`);
  }
};

/** A branch of which some fault lies deeper than the value itself was meant by the caller; a plain type mismatch was not. */
const farthestBranch = (branches: readonly Issue[][]): Issue[] | undefined => {
  const meant = branches.filter((issues) => issues.some((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'));
  if (meant.length > 0) return meant.sort((a, b) => a.length - b.length)[0];
  const bounds = branches.filter((issues) => issues.every((issue) => issue.code === 'too_small' || issue.code === 'too_big'));
  return bounds[0];
};

const assetFault = (keys: readonly PropertyKey[], value: unknown): SchemaFault => {
  const isAsset = value !== undefined && value !== null && typeof value === 'object';
  const type = isAsset && 'type' in value ? value.type : value;
  if (type === undefined) return missingFault(keys);
  return { path: joinPath(keys), code: 'unsupported_asset', message: `there is no asset type ${shown(type)}`, keys };
};

const missingFault = (keys: readonly PropertyKey[]): SchemaFault => ({
  ...{ path: joinPath(keys), code: 'missing_value', message: 'a value is required', keys },
});

const typeHint = (expected: string, value: unknown): { hint?: string } =>
  expected === 'number' && typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
    ? { hint: `write the number ${Number(value)} without quotes` }
    : {};

/** Of texts and lists the size is what is too large, so it is said. */
const measured = (origin: string, value: unknown): string => {
  if (origin === 'string' && typeof value === 'string') return `the text's length of ${value.length} characters`;
  if (origin === 'array' && Array.isArray(value)) return `the list's length of ${value.length}`;
  return shown(value);
};

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

/** What was written there: `constructor` and the like, which every object has, are not found. */
export const valueAt = (document: unknown, keys: readonly PropertyKey[]): unknown =>
  keys.reduce<unknown>(
    (value, key) =>
      value !== null && typeof value === 'object' && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined,
    document,
  );
