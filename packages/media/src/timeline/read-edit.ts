import { MAX_COMPOSITION_DEPTH } from './checks.ts';
import type { TimelineIssue } from './contract.ts';
import { faultsOf, isUnknownKey, joinPath, publicFault, type SchemaFault } from './issues.ts';
import { withoutFaultyParts, withoutUnknownKeys } from './salvage.ts';
import { type Edit, editSchema, timelineSchema } from './schema/edit-schema.ts';

export interface ReadEdit {
  /** With faults: what is left of it where they are not, so that the rest can be checked as well. Null: nothing is. */
  readonly edit: Edit | null;
  readonly faults: readonly TimelineIssue[];
  readonly warnings: readonly TimelineIssue[];
  /** True for a fault at a place that follows from one that is told already. */
  isKnown(issue: TimelineIssue): boolean;
}

const MAX_ROUNDS = 30;
/** Nobody reads more; a body of nothing but faults holds millions. */
const MAX_FAULTS = 1000;

/** Reads a document in the internal dialect. `open` are places that hold unfilled placeholders: their types say nothing. */
export const readEdit = (value: unknown, options: { isStrict: boolean; open: readonly string[] }): ReadEdit => {
  const told: SchemaFault[] = [];
  const warnings: TimelineIssue[] = [];
  const closed = new Set(options.open);
  const parents = new Set<string>();
  const isKnown = ({ path }: TimelineIssue): boolean =>
    placesOf(path).some((place) => closed.has(place)) || (isClipPart(path) && parents.has(path));
  const tell = (fault: SchemaFault): void => {
    told.push(fault);
    if (isUnknownKey(fault)) return;
    closed.add(fault.path);
    for (const place of placesOf(fault.path)) parents.add(place);
  };
  const reading = (edit: Edit | null): ReadEdit => ({ edit, faults: told.map(publicFault), warnings, isKnown });
  let rest = value;
  for (let round = 0; round < MAX_ROUNDS && told.length < MAX_FAULTS; round += 1) {
    const faults = schemaFaults(rest);
    if (faults.length === 0) return reading(editSchema.parse(rest));
    const unknown = faults.filter(isUnknownKey);
    // Keys that hide inside a refused union come to light only in the next round.
    if (!options.isStrict && unknown.length > 0) {
      for (const fault of unknown.slice(0, MAX_FAULTS)) warnings.push(publicFault(fault));
      rest = withoutUnknownKeys(rest, unknown);
      continue;
    }
    for (const fault of faults.filter((one) => !isKnown(one)).slice(0, MAX_FAULTS - told.length)) tell(fault);
    rest = withoutFaultyParts(rest, faults);
  }
  return reading(null);
};

/** `a.b[0]` and what it lies in: `a`, `a.b`, `a.b[0]`. */
const placesOf = (path: string): string[] => ['', ...[...path.matchAll(/[.[]/g)].map(({ index }) => path.slice(0, index)), path];

const isClipPart = (path: string): boolean => /\.clips\[\d+\]/.test(path);

/** True where counting is all that such a body deserves. */
export const isFarTooLong = (document: unknown, limits: { maxTracks: number; maxClips: number }): boolean => {
  const tracks = isObject(document) ? listOf(document.timeline, 'tracks') : [];
  if (tracks.length > FAR * limits.maxTracks) return true;
  return tracks.reduce<number>((count, track) => count + listOf(track, 'clips').length, 0) > FAR * limits.maxClips;
};
const FAR = 10;

/** Of the edit and of the timelines inside its compositions. */
export const schemaFaults = (document: unknown): SchemaFault[] => {
  try {
    const result = editSchema.safeParse(document);
    const nested = isObject(document) ? nestedFaults(document.timeline, ['timeline'], 1) : [];
    return [...(result.success ? [] : faultsOf(result.error, document)), ...nested];
  } catch (error) {
    // The schema library passes its findings on as arguments: some hundred thousand of them end the stack.
    if (!(error instanceof RangeError)) throw error;
    return [{ path: '', code: 'too_large', message: 'the edit has more faults than can be told', keys: [] }];
  }
};

const nestedFaults = (timeline: unknown, base: readonly PropertyKey[], depth: number): SchemaFault[] =>
  depth > MAX_COMPOSITION_DEPTH
    ? []
    : listOf(timeline, 'tracks').flatMap((track, trackIndex) =>
        listOf(track, 'clips').flatMap((clip, clipIndex) => {
          const asset = isObject(clip) ? clip.asset : undefined;
          if (!isObject(asset) || asset.type !== 'composition' || !isObject(asset.timeline)) return [];
          const keys = [...base, 'tracks', trackIndex, 'clips', clipIndex, 'asset', 'timeline'];
          const result = timelineSchema.safeParse(asset.timeline);
          const own = result.success ? [] : faultsOf(result.error, asset.timeline);
          const placed = own.map((fault) => ({ ...fault, ...placeOf([...keys, ...fault.keys]) }));
          return [...placed, ...nestedFaults(asset.timeline, keys, depth + 1)];
        }),
      );

const placeOf = (keys: readonly PropertyKey[]): Pick<SchemaFault, 'keys' | 'path'> => ({ keys, path: joinPath(keys) });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const listOf = (value: unknown, key: string): readonly unknown[] => {
  const list = isObject(value) ? value[key] : undefined;
  return Array.isArray(list) ? list : [];
};
