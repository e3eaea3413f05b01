import { scaled } from '@polyreel/testkit/scale';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBase64Decoder } from './base64-decoder.ts';

/** Decodes `text` in pieces of `pieceLength`; null: refused. */
function decode(text: string, pieceLength = text.length || 1): Buffer | null {
  const pieces: Uint8Array[] = [];
  const decoder = createBase64Decoder((bytes) => pieces.push(bytes));
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length; at += pieceLength) decoder.push(bytes, at, Math.min(bytes.length, at + pieceLength));
  return decoder.end() ? Buffer.concat(pieces) : null;
}

describe('createBase64Decoder', () => {
  it('gives back what was encoded, however the text is cut and broken into lines', () => {
    const lineBreak = fc.constantFrom('', '\n', '\r\n', ' ', '\t');
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer({ min: 1, max: 50 }),
        lineBreak,
        (bytes, pieceLength, between) => {
          const text = Buffer.from(bytes)
            .toString('base64')
            .replace(/(.{7})/g, `$1${between}`);
          expect(decode(text, pieceLength)).toEqual(Buffer.from(bytes));
        },
      ),
      { numRuns: scaled(2000) },
    );
  });

  it('decodes more than its own buffer holds', () => {
    const bytes = Buffer.alloc(300_001, 'polyreel');
    expect(decode(bytes.toString('base64'), 4097)?.equals(bytes)).toBe(true);
  });

  it.each([
    'Q',
    'QQ',
    'QQ=',
    'QQ===',
    'QUI',
    '=QUI',
    'QQ==QQ==',
    'QQ=Q',
    'QU-_',
    'QUI=x',
    '@@@@',
    'QQ==\u00a0',
    'Q\u0000==',
    'ÄÖ==',
    '====',
    '=',
  ])('refuses %j', (text) => {
    expect(decode(text)).toBeNull();
    expect(decode(text, 1)).toBeNull();
  });

  it.each([
    ['', ''],
    [' \n', ''],
    ['QQ==', 'A'],
    ['QQ = =\n', 'A'],
    ['QUI=', 'AB'],
  ])('takes %j', (text, plain) => {
    expect(decode(text)?.toString()).toBe(plain);
  });

  it('refuses whatever Node cannot give back unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AQz9+/=-_ \n@'), maxLength: 24 }), (text) => {
        const stripped = text.replace(/\s/g, '');
        const isCanonical = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(stripped);
        expect(decode(text) !== null).toBe(isCanonical);
      }),
      { numRuns: scaled(5000) },
    );
  });
});
