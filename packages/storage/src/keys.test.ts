import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkObjectKey, decodeSegment, encodeSegment } from './keys.ts';

const segments = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => text.isWellFormed());

describe('encodeSegment', () => {
  it('is undone by decodeSegment', () => {
    fc.assert(
      fc.property(segments, (segment) => {
        expect(decodeSegment(encodeSegment(segment))).toBe(segment);
      }),
    );
  });

  it('makes names that stay inside their folder, are not hidden, and never meet names of the store', () => {
    fc.assert(
      fc.property(segments, (segment) => {
        expect(encodeSegment(segment)).toMatch(/^(?!\.)[a-z0-9_.%-]+$/);
      }),
    );
  });

  it('keeps apart what a file system may fold: case and Unicode forms', () => {
    const names = ['Film', 'film', 'FILM', 'u\u0308', 'ü'].map((segment) => encodeSegment(segment).toLowerCase());
    expect(new Set(names).size).toBe(5);
  });

  it.each([
    ['film.mp4', 'film.mp4'],
    ['..', '%2e.'],
    ['.env', '%2eenv'],
    ['A b', '%41%20b'],
    ['a~b', 'a%7eb'],
    ['海', '%e6%b5%b7'],
    ['50%', '50%25'],
  ])('writes %j as %s', (segment, name) => {
    expect(encodeSegment(segment)).toBe(name);
  });
});

describe('decodeSegment', () => {
  it.each(['', '.', '%', '%zz', '%61', '%41B', '%E6%b5%b7', '.hidden', 'a~meta.json'])('knows that %j is not its own', (name) => {
    expect(decodeSegment(name)).toBeNull();
  });
});

describe('checkObjectKey', () => {
  it.each([`${'a'.repeat(200)}/b`, `${'é'.repeat(33)}`, 'a/.../b', '...', 'a b'])('takes %j', (key) => {
    expect(() => checkObjectKey(key)).not.toThrow();
  });

  it.each([
    ['a'.repeat(201), 'has a segment of 201 encoded characters, more than 200'],
    ['é'.repeat(34), 'has a segment of 204 encoded characters, more than 200'],
    [`${'ab/'.repeat(300)}c`, 'has 901 bytes, more than 900'],
    ['../etc/passwd', 'has the segment ..'],
    ['a\\b', 'holds a backslash'],
    ['a\u0007', 'holds a control character'],
  ])('refuses %j and says why', (key, fault) => {
    expect(() => checkObjectKey(key)).toThrow(fault);
  });
});
