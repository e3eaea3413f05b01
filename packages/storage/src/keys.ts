import { DomainError } from '@polyreel/core';

const keyBytesMax = 900;
const segmentLengthMax = 200;
const plainCharacter = /^[a-z0-9_.-]$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlCharacter = /[\u0000-\u001f\u007f]/;

/** Throws DomainError `invalid_request`, code `invalid_object_key`. The rule is the port's, so that both adapters take the same keys. */
export function checkObjectKey(key: string): void {
  const fault = findFault(key);
  if (fault !== null) {
    throw new DomainError('invalid_request', `object key ${JSON.stringify(key.slice(0, 200))} ${fault}`, {
      code: 'invalid_object_key',
    });
  }
}

function findFault(key: string): string | null {
  if (key === '') return 'is empty';
  if (!key.isWellFormed()) return 'holds half of a surrogate pair';
  if (Buffer.byteLength(key) > keyBytesMax) return `has ${Buffer.byteLength(key)} bytes, more than ${keyBytesMax}`;
  if (controlCharacter.test(key)) return 'holds a control character';
  if (key.includes('\\')) return 'holds a backslash'; // a slash to SeaweedFS
  for (const segment of key.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment === '.' || segment === '..') return `has the segment ${segment}`;
    const { length } = encodeSegment(segment);
    if (length > segmentLengthMax) return `has a segment of ${length} encoded characters, more than ${segmentLengthMax}`;
  }
  return null;
}

/**
 * File name of one key segment: everything but `a-z 0-9 - _ .` as `%xx` of its UTF-8 bytes, and a leading dot too. Injective also on
 * file systems that fold case or normalise Unicode; never `.`, `..`, hidden, or with `~`, which the store's own names use.
 */
export function encodeSegment(segment: string): string {
  let name = '';
  for (const character of segment) {
    const isPlain = plainCharacter.test(character) && !(character === '.' && name === '');
    name += isPlain ? character : percentEncode(character);
  }
  return name;
}

function percentEncode(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

/** Null: not a name that `encodeSegment` makes. */
export function decodeSegment(name: string): string | null {
  try {
    const segment = decodeURIComponent(name);
    return segment !== '' && encodeSegment(segment) === name ? segment : null;
  } catch {
    return null;
  }
}

/** Order of UTF-8 bytes, which is the order in which S3 lists. */
export function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
