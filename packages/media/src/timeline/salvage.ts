import { isUnknownKey, type SchemaFault, valueAt } from './issues.ts';

/** A copy of the document without the unknown keys. */
export const withoutUnknownKeys = (document: unknown, faults: readonly SchemaFault[]): unknown => {
  const copy = structuredClone(document);
  for (const fault of faults) if (isUnknownKey(fault)) remove(copy, fault.keys);
  return copy;
};

/**
 * A copy in which nothing stands any more at the places of the faults, only to look for what else is wrong with the document: an
 * optional value goes, something small that is sound takes the place of what must be there. Takes some rounds with the schema, each of
 * which may show faults that hid behind earlier ones.
 */
export const withoutFaultyParts = (document: unknown, faults: readonly SchemaFault[]): unknown => {
  const copy = structuredClone({ root: document });
  for (const fault of faults) {
    const { keys } = fault;
    if (isUnknownKey(fault)) {
      remove(copy.root, keys);
      continue;
    }
    const isMissing = valueAt(copy.root, keys) === undefined;
    replace(copy, ['root', ...(isMissing ? keys.slice(0, -1) : keys)]);
  }
  return copy.root;
};

const replace = (copy: { root: unknown }, keys: readonly PropertyKey[]): void => {
  const [key, parent] = [keys.at(-1), valueAt(copy, keys.slice(0, -1))];
  if (key === undefined || parent === null || typeof parent !== 'object') return;
  const substitute = substituteAt(keys.slice(1), Reflect.get(parent, key));
  if (substitute !== undefined) Reflect.set(parent, key, substitute);
  else if (Array.isArray(parent)) replace(copy, keys.slice(0, -1));
  else Reflect.deleteProperty(parent, key);
};

const NO_TRACKS = { tracks: [] };

/** What the language cannot do without; the keys of tracks and clips are the same inside compositions. */
const substituteAt = (keys: readonly PropertyKey[], old: unknown): unknown => {
  const [before, key] = [keys.at(-2), keys.at(-1)];
  if (key === undefined) return { timeline: NO_TRACKS, output: ANY_OUTPUT };
  if (key === 'timeline') return NO_TRACKS;
  if (key === 'tracks' || key === 'clips') return [];
  if (before === 'tracks') return { clips: [] };
  if (before === 'clips') return anyClip(old);
  if (key === 'output' && keys.length === 1) return ANY_OUTPUT;
  return keys.length === 2 && before === 'output' && key === 'format' ? ANY_OUTPUT.format : undefined;
};

const ANY_OUTPUT = { format: 'mp4', resolution: 'sd' };

/** Others may take their times from it. */
const anyClip = (old: unknown): unknown => {
  const alias = valueAt(old, ['alias']);
  const known = typeof alias === 'string' && /^[A-Za-z0-9_-]+$/.test(alias) ? { alias } : {};
  return { asset: { type: 'color', color: '#000000' }, start: 0, length: 1, hidden: true, ...known };
};

const remove = (document: unknown, keys: readonly PropertyKey[]): void => {
  const [key, parent] = [keys.at(-1), valueAt(document, keys.slice(0, -1))];
  if (key !== undefined && parent !== null && typeof parent === 'object') Reflect.deleteProperty(parent, key);
};
