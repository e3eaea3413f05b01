import { isStorableText } from '../shared/storable-text.ts';
import { watermarkFields } from './schemas.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface NormalisedBody {
  /** Nested names, no nulls, the `cs_` keys together under `cs`, at most `maxScenes` scenes. */
  readonly fields: JsonObject;
  /** Scenes that were sent; null: `scenes` is not a list. */
  readonly sceneCount: number | null;
  /** Names that are given twice with different values. */
  readonly contradictions: readonly string[];
  /** Names that mean nothing here. */
  readonly unknown: readonly string[];
}

const nested = {
  music: ['enabled', 'tags', 'lyrics', 'bpm', 'keyscale'],
  fx_sound: ['enabled', 'prompt', 'negative_prompt'],
} as const;
const sceneNames: ReadonlySet<string> = new Set(['prompt', 'negative', 'start_frame', 'end_frame']);
const plainNames: ReadonlySet<string> = new Set([
  ...['action', 'scenes', 'model', 'size', 'width', 'height', 'upscale', 'optimize', 'interpolate', 'seed'],
  ...Object.keys(watermarkFields),
]);

/**
 * Both spellings of a `generate` body as one: `{"music": {"bpm": 90}}` and `{"music.bpm": 90}`. `null` for an optional key counts as
 * absent. Pure; judges nothing but contradictions.
 */
export function normaliseBody(body: JsonObject, maxScenes: number): NormalisedBody {
  const fields: Record<string, unknown> = {};
  const cs: Record<string, unknown> = {};
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(dropNulls(body))) {
    if (plainNames.has(name)) fields[name] = value;
    else if (/^cs_./.test(name)) cs[name] = value;
    else if (!isNestedName(name)) unknown.push(name);
  }
  const contradictions: string[] = [];
  for (const [group, names] of Object.entries(nested)) {
    const joined = joinGroup(body, group, names);
    if (joined.value !== undefined) fields[group] = joined.value;
    contradictions.push(...joined.contradictions);
    unknown.push(...joined.unknown);
  }
  const scenes = Array.isArray(fields.scenes) ? fields.scenes.slice(0, maxScenes) : null;
  if (scenes) fields.scenes = scenes.map((scene) => (isJsonObject(scene) ? dropNulls(scene) : scene));
  for (const [index, scene] of (scenes ?? []).entries())
    if (isJsonObject(scene))
      for (const name of Object.keys(scene)) if (!sceneNames.has(name)) unknown.push(`scenes[${index}].${name}`);
  return {
    fields: { ...fields, cs },
    sceneCount: Array.isArray(body.scenes) ? body.scenes.length : null,
    contradictions,
    unknown,
  };
}

const isNestedName = (name: string): boolean =>
  Object.entries(nested).some(([group, names]) => name === group || names.some((inner) => name === `${group}.${inner}`));

function joinGroup(
  body: JsonObject,
  group: string,
  names: readonly string[],
): { value: unknown; contradictions: string[]; unknown: string[] } {
  const given = body[group] ?? undefined;
  const flat = names.filter((name) => (body[`${group}.${name}`] ?? undefined) !== undefined);
  if (given !== undefined && !isJsonObject(given)) return { value: given, contradictions: [], unknown: [] };
  if (given === undefined && flat.length === 0) return { value: undefined, contradictions: [], unknown: [] };
  const inner = dropNulls(given ?? {});
  return {
    value: { ...inner, ...Object.fromEntries(flat.map((name) => [name, body[`${group}.${name}`]])) },
    contradictions: flat
      .filter((name) => Object.hasOwn(inner, name) && inner[name] !== body[`${group}.${name}`])
      .map((name) => `${group}.${name}`),
    unknown: Object.keys(inner)
      .filter((name) => !names.includes(name))
      .map((name) => `${group}.${name}`),
  };
}

const dropNulls = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));

const shownNamesMax = 20;

/** A comma list for a header and a database row, whatever a caller used as a name; null: nothing to name. */
export function nameList(names: readonly string[]): string | null {
  if (names.length === 0) return null;
  const shown = names.slice(0, shownNamesMax).map((name) =>
    (isStorableText(name) ? name : '?')
      .slice(0, 40)
      .toWellFormed()
      .replace(/[^\x20-\x7e]|,/g, '?'),
  );
  return [...shown, ...(names.length > shownNamesMax ? [`and ${names.length - shownNamesMax} more`] : [])].join(', ');
}
