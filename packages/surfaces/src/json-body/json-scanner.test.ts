import { DomainError } from '@polyreel/core';
import { scaled } from '@polyreel/testkit/scale';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonScanner, keptJsonBytesMax, keptStringBytesMax, keptValuesMax, type ScannedJson } from './json-scanner.ts';

interface Scan {
  readonly result: ScannedJson;
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Files of the latest scan that are open still; a file closed twice fails at once. */
const openFiles = new Set<string>();

function scan(json: string | Uint8Array, { pieceLength = 64 * 1024, maxDataBytes = 1_000_000 } = {}): Scan {
  const bytes = Buffer.from(json);
  const files = new Map<string, Buffer[]>();
  openFiles.clear();
  const scanner = createJsonScanner({
    nonce: 'secret',
    maxDataBytes,
    openFile(index) {
      const path = `file-${index}`;
      const pieces: Buffer[] = [];
      files.set(path, pieces);
      openFiles.add(path);
      return { path, write: (piece) => pieces.push(Buffer.from(piece)), close: () => expect(openFiles.delete(path)).toBe(true) };
    },
  });
  for (let at = 0; at < bytes.length; at += pieceLength) scanner.push(bytes.subarray(at, at + pieceLength));
  const result = scanner.end();
  const joined = new Map([...files].map(([path, pieces]) => [path, Buffer.concat(pieces)]));
  return { result, files: joined };
}

const parsedOf = (scanned: Scan): unknown => JSON.parse(scanned.result.text);
const payload = Buffer.from(Array.from({ length: 60_000 }, (_, index) => (index * 7919) % 251));
const uri = `data:image/png;base64,${payload.toString('base64')}`;
const placeholder = (index: number): string => `\u0000moved:secret:${index}`;

describe('createJsonScanner', () => {
  it('passes small JSON through, value for value, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ noUnicodeString: false }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(0, 2),
        (value, pieceLength, indent) => {
          const scanned = scan(JSON.stringify(value, null, indent), { pieceLength });
          expect(parsedOf(scanned)).toEqual(JSON.parse(JSON.stringify(value)));
          expect(scanned.result.moved.size).toBe(0);
        },
      ),
      { numRuns: scaled(2000) },
    );
  });

  it('stays invalid where the body was', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\ntu0 1e-.\u0001\n') }), (text) => {
        const isValid = (source: () => unknown): boolean => {
          try {
            source();
            return true;
          } catch (error) {
            if (error instanceof SyntaxError) return false;
            throw error;
          }
        };
        expect(isValid(() => parsedOf(scan(text, { pieceLength: 3 })))).toBe(isValid(() => JSON.parse(text)));
      }),
      { numRuns: scaled(20_000) },
    );
  });

  it.each([1, 7, 4096, 1_000_000])('moves data URIs into files, cut into pieces of %i bytes', (pieceLength) => {
    const scanned = scan(JSON.stringify({ scenes: [{ start_frame: uri, prompt: 'x' }, { start_frame: uri }] }), { pieceLength });
    expect(parsedOf(scanned)).toEqual({
      scenes: [{ start_frame: placeholder(0), prompt: 'x' }, { start_frame: placeholder(1) }],
    });
    const sizeBytes = payload.length;
    expect(scanned.result.moved.get(placeholder(0))).toEqual({
      kind: 'file',
      path: 'file-0',
      declaredType: 'image/png',
      sizeBytes,
    });
    expect([...scanned.files.values()].every((file) => file.equals(payload))).toBe(true);
    expect(openFiles.size).toBe(0);
  });

  it('undoes every escape that JSON allows inside base64', () => {
    const escaped = JSON.stringify(uri.replace(/(.{76})/g, '$1\r\n'))
      .replaceAll('/', '\\/')
      .replace('data', '\\u0064ata')
      .replaceAll('A', '\\u0041');
    expect(scan(escaped).files.get('file-0')?.equals(payload)).toBe(true);
    expect(scan(escaped, { pieceLength: 5 }).files.get('file-0')?.equals(payload)).toBe(true);
  });

  it('drops other long texts and says so', () => {
    const scanned = scan(JSON.stringify({ prompt: 'ä'.repeat(50_000), frame: payload.toString('base64') }));
    expect(parsedOf(scanned)).toEqual({ prompt: placeholder(0), frame: placeholder(1) });
    expect([...scanned.result.moved.values()]).toEqual([{ kind: 'text' }, { kind: 'text' }]);
    expect(scanned.files.size).toBe(0);
  });

  it('leaves 4,000 characters in place, however they are escaped', () => {
    const prompt = '\\ud83d\\ude00'.repeat(4000);
    expect(prompt.length).toBeLessThanOrEqual(keptStringBytesMax);
    expect(parsedOf(scan(`{"prompt":"${prompt}"}`))).toEqual({ prompt: '😀'.repeat(4000) });
  });

  it('tells bad base64 and data beyond the limit', () => {
    const bad = scan(JSON.stringify([`${uri}*`, uri.slice(0, -1), `data:image/png;base64,${'='.repeat(70_000)}`]));
    for (const moved of bad.result.moved.values()) expect(moved).toEqual({ kind: 'fault', fault: 'invalid_base64' });
    const large = scan(JSON.stringify([uri]), { maxDataBytes: payload.length - 1 });
    expect([...large.result.moved.values()]).toEqual([{ kind: 'fault', fault: 'too_large' }]);
    expect(large.files.get('file-0')?.length).toBeLessThan(payload.length);
    expect(scan(JSON.stringify([uri]), { maxDataBytes: payload.length }).result.moved.get(placeholder(0))).toMatchObject({
      kind: 'file',
    });
  });

  it('takes long keys for what they are', () => {
    expect(parsedOf(scan(JSON.stringify({ [uri]: 1 })))).toEqual({ [placeholder(0)]: 1 });
  });

  it("does not take a caller's own placeholder for one of ours", () => {
    const scanned = scan(JSON.stringify({ a: '\u0000moved:guess:0', b: uri }));
    expect(scanned.result.moved.has('\u0000moved:guess:0')).toBe(false);
    expect(scanned.result.moved.has(placeholder(0))).toBe(true);
  });

  it.each([
    ['an unfinished long string', JSON.stringify(uri).slice(0, -1)],
    ['a raw control character in a long string', `"${uri}\n"`],
    ['an unknown escape in a long string', `"${uri}\\x"`],
    ['half an escape in a long string', `"${uri}\\u12g4"`],
  ])('throws SyntaxError for %s, and closes its file', (_name, json) => {
    expect(() => scan(json)).toThrow(SyntaxError);
    expect(openFiles.size).toBe(0);
  });

  it('throws SyntaxError for text that is not UTF-8', () => {
    expect(() => scan(Buffer.from([0x22, 0xc3, 0x22]))).toThrow(SyntaxError);
  });

  it.each([
    ['millions of values', `[${'0,'.repeat(keptValuesMax + 1)}0]`],
    ['much text outside of long strings', `[${`"${'x'.repeat(60_000)}",`.repeat(keptJsonBytesMax / 60_000 + 1)}0]`],
  ])('throws too_large for %s', (_name, json) => {
    expect(() => scan(json)).toThrow(expect.objectContaining({ kind: 'too_large', code: 'json_too_complex' }));
    expect(() => scan(json)).toThrow(DomainError);
  });

  it('needs no memory for white space and deep nesting', () => {
    expect(scan(`[${' \n'.repeat(5_000_000)}1]`).result.text.length).toBeLessThan(10);
    expect(parsedOf(scan(`${'['.repeat(100_000)}${']'.repeat(100_000)}`))).toHaveLength(1);
  });
});
