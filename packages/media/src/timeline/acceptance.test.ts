import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scaled } from '../../test/helpers.ts';
import { instancesOf, isObject, type JsonObject } from '../../test/schema-instances.ts';
import { validateTimeline } from './index.ts';

const require = createRequire(import.meta.url);
const readJson = (path: string): JsonObject => {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isObject(value)) throw new Error('the schema is no object');
  return value;
};
const schema = readJson(require.resolve('@shotstack/schemas').replace('index.js', 'json-schema/edit.json'));
const api = readJson(require.resolve('@shotstack/schemas').replace('index.js', 'api.bundled.json'));

const allowedCodes = [
  ...['unknown_alias', 'alias_cycle', 'duplicate_alias', 'zero_length', 'crop_out_of_range', 'overlapping_tweens'],
  ...['unsupported_destination', 'unsupported_asset', 'unknown_model', 'transcription_unavailable', 'too_large'],
];

/** Every value under `example` or `examples` that is a whole edit. */
const editExamples = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value.flatMap(editExamples);
  if (!isObject(value)) return [];
  const own = isObject(value.timeline) && isObject(value.output) && Array.isArray(value.timeline.tracks) ? [value] : [];
  return [...own, ...Object.values(value).flatMap(editExamples)];
};

/** Property examples of the published schema, put together to an edit with one clip an asset type. */
const exampleClips = (): JsonObject[] => {
  const defs = isObject(schema.$defs) ? schema.$defs : {};
  const asset = isObject(defs.Asset) && Array.isArray(defs.Asset.oneOf) ? defs.Asset.oneOf : [];
  return asset.flatMap((ref: unknown) => {
    const name = isObject(ref) && typeof ref.$ref === 'string' ? (ref.$ref.split('/').pop() ?? '') : '';
    const example = exampleOf(defs[name], defs);
    return isObject(example) ? [{ asset: example, start: 0, length: 4 }] : [];
  });
};
const exampleOf = (node: unknown, defs: JsonObject): unknown => {
  if (!isObject(node)) return undefined;
  if (typeof node.$ref === 'string') return exampleOf(defs[node.$ref.split('/').pop() ?? ''], defs);
  if (Array.isArray(node.examples)) return node.examples[0];
  if (Array.isArray(node.enum)) return node.default ?? node.enum[0];
  if (Array.isArray(node.oneOf)) return exampleOf(node.oneOf[0], defs);
  if (node.type === 'array') {
    const item = exampleOf(node.items, defs);
    return item === undefined ? undefined : Array.from({ length: Math.max(1, Number(node.minItems ?? 1)) }, () => item);
  }
  if (!isObject(node.properties)) return node.default;
  const entries = Object.entries(node.properties).map(([key, child]) => [key, exampleOf(child, defs)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
};

describe("Shotstack's published schema", () => {
  test('every whole edit among its examples is accepted', () => {
    const edits = editExamples(api);
    for (const edit of edits) expect(validateTimeline(edit).errors, JSON.stringify(edit).slice(0, 2000)).toEqual([]);
    expect(edits.length).toBeGreaterThan(0);
  });

  test('the examples of each asset type make a clip that is accepted, or refused with a code of its own', () => {
    const clips = exampleClips();
    expect(clips.length).toBe(16);
    for (const clip of clips) {
      const { errors } = validateTimeline(
        { timeline: { tracks: [{ clips: [clip] }] }, output: { format: 'mp4', resolution: 'sd' } },
        { onMissingMergeField: 'keep' },
      );
      const type = isObject(clip.asset) ? clip.asset.type : '';
      if (type === 'html5') expect(errors.map((error) => error.code)).toEqual(['unsupported_asset']);
      else if (type === 'rich-caption') expect(errors.every((error) => allowedCodes.includes(error.code))).toBe(true);
      else expect(errors, JSON.stringify(clip)).toEqual([]);
    }
  });

  test('of generated instances each is accepted or refused with one of the named codes', () => {
    const counts = new Map<string, number>();
    const arbitrary = instancesOf(schema);
    fc.assert(
      fc.property(arbitrary, (edit) => {
        // The examples of the html types hold placeholders without values.
        const { errors, document } = validateTimeline(edit, { onMissingMergeField: 'keep' });
        for (const error of errors) {
          expect(allowedCodes, `${error.path}: ${error.message}`).toContain(error.code);
          expect(error.path).not.toBe('');
          counts.set(error.code, (counts.get(error.code) ?? 0) + 1);
        }
        if (errors.length === 0) expect(document).not.toBeNull();
        counts.set(
          errors.length === 0 ? 'accepted' : 'refused',
          (counts.get(errors.length === 0 ? 'accepted' : 'refused') ?? 0) + 1,
        );
      }),
      { numRuns: scaled(2000), seed: 20261121 },
    );
    console.info(`generated edits: ${JSON.stringify(Object.fromEntries([...counts].sort()))}`);
    expect(counts.get('accepted') ?? 0).toBeGreaterThan(0);
  });
});
