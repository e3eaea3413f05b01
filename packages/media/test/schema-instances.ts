import fc from 'fast-check';

export type JsonObject = { readonly [key: string]: unknown };
export const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * Instances of a JSON Schema (the subset that OpenAPI documents use): objects with some or all of their optional keys, numbers within
 * and at their bounds, strings by pattern. Half of the free strings are the schema's own examples, so that not all clips fail alike.
 */
export const instancesOf = (root: JsonObject): fc.Arbitrary<unknown> => {
  const defs = isObject(root.$defs) ? root.$defs : {};
  const build = (node: unknown, depth: number): fc.Arbitrary<unknown> => {
    if (!isObject(node)) return anything;
    if (typeof node.$ref === 'string') return build(defs[node.$ref.split('/').pop() ?? ''], depth);
    const branches = node.oneOf ?? node.anyOf;
    if (Array.isArray(branches)) return fc.oneof(...branches.map((branch) => build(branch, depth)));
    if (Array.isArray(node.enum)) return fc.constantFrom(...node.enum);
    if (isObject(node.properties) || node.type === 'object') return object(node, depth);
    if (node.type === 'array') {
      const least = typeof node.minItems === 'number' ? node.minItems : 0;
      return fc.array(build(node.items, depth + 1), { minLength: least, maxLength: Math.max(least, 3) });
    }
    if (node.type === 'boolean') return fc.boolean();
    if (node.type === 'integer' || node.type === 'number') return number(node);
    if (node.type === 'string') return string(node);
    return anything;
  };
  const object = (node: JsonObject, depth: number): fc.Arbitrary<unknown> => {
    const properties = isObject(node.properties) ? node.properties : {};
    const required = Array.isArray(node.required) ? node.required : [];
    const keys = Object.keys(properties);
    const entries = keys.map((key) => {
      const value = build(properties[key], depth + 1);
      // Deep down optional keys get rarer, or each edit would hold nearly all.
      return required.includes(key) ? value : fc.option(value, { nil: undefined, freq: depth > 3 ? 1 : 2 });
    });
    return fc
      .tuple(...entries)
      .map((values) =>
        Object.fromEntries(keys.flatMap((key, index) => (values[index] === undefined ? [] : [[key, values[index]]]))),
      );
  };
  return build(root, 0);
};

const anything = fc.oneof(
  fc.integer({ min: -100, max: 100 }),
  fc.double({ min: 0, max: 10, noNaN: true }),
  fc.constantFrom('400', '700', 'bold', '1'),
);

const number = (node: JsonObject): fc.Arbitrary<number> => {
  const min = typeof node.minimum === 'number' ? node.minimum : -50;
  const max = typeof node.maximum === 'number' ? node.maximum : 4000;
  const free =
    node.type === 'integer'
      ? fc.integer({ min, max })
      : fc.double({ min, max, noNaN: true }).map((value) => Math.round(value * 1000) / 1000);
  const small = fc.integer({ min: Math.max(Math.ceil(min), Math.min(1, max)), max: Math.max(Math.ceil(min), Math.min(max, 10)) });
  return fc.oneof(free, small, small, fc.constantFrom(min, max === 4000 ? 20_000 : max));
};

const string = (node: JsonObject): fc.Arbitrary<string> => {
  const least = typeof node.minLength === 'number' ? node.minLength : 0;
  if (typeof node.pattern === 'string' && /auto|A-Za-z0-9_-/.test(node.pattern)) return alias(new RegExp(node.pattern));
  if (typeof node.pattern === 'string' && node.pattern !== '\\S')
    return fc.stringMatching(new RegExp(node.pattern)).filter((text) => text.length < 200);
  const free = fc
    .string({ minLength: least, maxLength: 40 })
    .filter((text) => (node.pattern === '\\S' ? text.trim() !== '' : true) && !text.includes('{{'));
  const examples = Array.isArray(node.examples) ? node.examples.filter((example) => typeof example === 'string') : [];
  return examples.length === 0 ? free : fc.oneof(free, fc.constantFrom(...examples));
};

/** Times and names by pattern; a few names, so that some clips do meet, twice or in rings. */
const alias = (pattern: RegExp): fc.Arbitrary<string> => {
  const words = ['auto', 'auto', 'auto', 'end', 'alias://a', 'alias://b', 'a', 'b'].filter((word) => pattern.test(word));
  const isName = pattern.test('a');
  return fc.oneof(
    { arbitrary: fc.constantFrom(...words), weight: 9 },
    { arbitrary: fc.stringMatching(pattern).filter((text) => text.length < 100), weight: isName ? 9 : 1 },
  );
};
