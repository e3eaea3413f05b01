import { DomainError } from '@polyreel/core';
import { createLongString, type FileSink, type LongString, type MovedString } from './long-string.ts';

export interface ScannerOptions {
  /** Unguessable text; a caller who knew it could name files of his own. */
  readonly nonce: string;
  openFile(index: number): FileSink;
  /** A data URI that holds more is not stored and reported as `too_large`. */
  readonly maxDataBytes: number;
}

/** JSON text that is small, whatever the body was. */
export interface ScannedJson {
  /** Not yet parsed: it is valid JSON exactly where the body was, as far as strings that were moved cannot tell. */
  readonly text: string;
  /** What stands behind each placeholder in `text`. */
  readonly moved: ReadonlyMap<string, MovedString>;
}

/** Strings up to this stay where they are: 4,000 characters, each written as two `\uXXXX`, fit. */
export const keptStringBytesMax = 64 * 1024;
/** What may be left of a body: more than any documented request has outside its data URIs. */
export const keptJsonBytesMax = 8 * 1024 * 1024;
/** Values and keys; a bound on what parsing the rest can cost. */
export const keptValuesMax = 200_000;

const quote = 0x22;
const backslash = 0x5c;
const escapes: ReadonlyMap<number, number> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(([from, to]) => [
    from.charCodeAt(0),
    to.charCodeAt(0),
  ]),
);
const spaceClass = 1;
/** Bytes that open a value or divide two. */
const countedClass = 2;
const quoteClass = 3;
const classOfByte = ((): Uint8Array => {
  const classes = new Uint8Array(256);
  for (const [characters, kind] of [
    [' \t\r\n', spaceClass],
    ['[{,:', countedClass],
    ['"', quoteClass],
  ] as const)
    for (const character of characters) classes[character.charCodeAt(0)] = kind;
  return classes;
})();

/**
 * Reads JSON bytes piece by piece and takes long strings out of them: base64 data URIs go into files, other long texts are dropped.
 * Memory does not grow with the body. Text outside of long strings passes as it is; only runs of white space shrink.
 */
export function createJsonScanner(options: ScannerOptions): { push(chunk: Uint8Array): void; end(): ScannedJson } {
  const kept = createKeptBytes();
  const moved = new Map<string, MovedString>();
  const start = Buffer.alloc(keptStringBytesMax);
  let startLength = 0;
  let values = 0;
  let wasSpace = false;
  let state: 'outside' | 'string' | 'long' = 'outside';
  /** Inside an escape: the digits after `\u` that are still to come, or 0 for the letter itself. */
  let openEscape: { hexLeft: number; code: number } | null = null;
  let long: LongString | null = null;

  /** Everything up to the next string; of a run of white space one byte stays. */
  const outside = (chunk: Uint8Array, from: number): number => {
    let at = from;
    let isSpace = wasSpace;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      const kind = classOfByte[byte];
      if (kind === quoteClass) break;
      if (kind === countedClass) countValue();
      if (kind !== spaceClass || !isSpace) kept.push(byte);
      isSpace = kind === spaceClass;
    }
    wasSpace = isSpace;
    if (at === chunk.length) return at;
    state = 'string';
    startLength = 0;
    wasSpace = false;
    return at + 1;
  };
  const countValue = (): void => {
    values += 1;
    if (values > keptValuesMax) throw tooComplex(`more than ${keptValuesMax} values`);
  };

  /** The raw text of a string, until it ends or proves long. */
  const inString = (chunk: Uint8Array, from: number): number => {
    const limit = Math.min(chunk.length, from + keptStringBytesMax - startLength);
    let at = from;
    let isEscaped = openEscape !== null;
    for (; at < limit; at += 1) {
      const byte = chunk[at];
      if (byte === quote && !isEscaped) break;
      isEscaped = byte === backslash && !isEscaped;
    }
    start.set(chunk.subarray(from, at), startLength);
    startLength += at - from;
    openEscape = isEscaped ? { hexLeft: 0, code: 0 } : null;
    if (at === chunk.length) return at;
    if (chunk[at] === quote && !isEscaped) {
      state = 'outside';
      kept.push(quote);
      kept.append(start.subarray(0, startLength));
      kept.push(quote);
      return at + 1;
    }
    beginLong();
    return at;
  };

  /** The string is long: what was held of it goes where the rest will go. */
  const beginLong = (): void => {
    const index = moved.size;
    const target = createLongString({ openFile: () => options.openFile(index), maxDataBytes: options.maxDataBytes });
    long = target;
    state = 'long';
    openEscape = null;
    for (let at = 0; at < startLength; ) at = inLong(start.subarray(0, startLength), at, target);
  };

  const single = new Uint8Array(1);
  const pushSingle = (target: LongString, byte: number): void => {
    single[0] = byte;
    target.push(single, 0, 1);
  };

  const inEscape = (byte: number, target: LongString, pending: { hexLeft: number; code: number }): void => {
    if (pending.hexLeft > 0) {
      const digit = Number.parseInt(String.fromCharCode(byte), 16);
      if (Number.isNaN(digit)) throw new SyntaxError('Bad escape in a string');
      const code = pending.code * 16 + digit;
      openEscape = pending.hexLeft === 1 ? null : { hexLeft: pending.hexLeft - 1, code };
      // No character outside ASCII can stand in base64; which one it was does not matter.
      if (!openEscape) pushSingle(target, code < 0x80 ? code : 0xff);
      return;
    }
    const plain = escapes.get(byte);
    if (plain === undefined && byte !== 0x75) throw new SyntaxError('Bad escape in a string');
    openEscape = plain === undefined ? { hexLeft: 4, code: 0 } : null;
    if (plain !== undefined) pushSingle(target, plain);
  };

  const inLong = (chunk: Uint8Array, at: number, target: LongString): number => {
    if (openEscape) {
      inEscape(chunk[at] ?? 0, target, openEscape);
      return at + 1;
    }
    let to = at;
    for (; to < chunk.length; to += 1) {
      const byte = chunk[to] ?? 0;
      if (byte === quote || byte === backslash || byte < 0x20) break;
    }
    if (to > at) target.push(chunk, at, to);
    if (to === chunk.length) return to;
    const byte = chunk[to];
    if (byte === backslash) openEscape = { hexLeft: 0, code: 0 };
    else if (byte === quote) endLong(target);
    else throw new SyntaxError('Bad control character in a string');
    return to + 1;
  };

  const endLong = (target: LongString): void => {
    const placeholder = `\u0000moved:${options.nonce}:${moved.size}`;
    moved.set(placeholder, target.end());
    kept.append(Buffer.from(JSON.stringify(placeholder)));
    long = null;
    state = 'outside';
  };

  return {
    push(chunk) {
      try {
        for (let at = 0; at < chunk.length; ) {
          if (state === 'outside') at = outside(chunk, at);
          else if (state === 'string') at = inString(chunk, at);
          else if (long) at = inLong(chunk, at, long);
        }
      } catch (error) {
        long?.abandon();
        throw error;
      }
    },
    end() {
      long?.abandon();
      if (state !== 'outside') throw new SyntaxError('Unterminated string');
      return { text: kept.text(), moved };
    },
  };
}

const tooComplex = (fact: string): DomainError =>
  new DomainError('too_large', `The JSON has ${fact}`, { code: 'json_too_complex' });

/** Bytes that stay, in one buffer that doubles up to its limit. */
function createKeptBytes() {
  let buffer = Buffer.alloc(64 * 1024);
  let length = 0;
  const reserve = (extra: number): void => {
    if (length + extra > keptJsonBytesMax) throw tooComplex(`more than ${keptJsonBytesMax} bytes outside of its data URIs`);
    if (length + extra <= buffer.length) return;
    const larger = Buffer.alloc(Math.max(buffer.length * 2, length + extra));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  };
  return {
    push(byte: number): void {
      reserve(1);
      buffer[length] = byte;
      length += 1;
    },
    append(bytes: Uint8Array): void {
      reserve(bytes.byteLength);
      buffer.set(bytes, length);
      length += bytes.byteLength;
    },
    text: (): string => decodeUtf8(buffer.subarray(0, length)),
  };
}

/** JSON is UTF-8 (RFC 8259, section 8.1); a byte order mark is skipped. Throws SyntaxError for anything else. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SyntaxError('The text is not UTF-8', { cause });
  }
}
