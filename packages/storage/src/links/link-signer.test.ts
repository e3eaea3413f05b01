import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createLinkSigner } from './link-signer.ts';

const [key, olderKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const claims = z.object({ fileId: z.string() });
const start = Date.parse('2026-01-01T00:00:00Z');
const clockAt = (seconds: number) => ({ now: () => new Date(start + seconds * 1000) });
const scopeOf = ({ secretKey = key, previousKeys = [] as Uint8Array[], purpose = 'uploads', seconds = 0 } = {}) =>
  createLinkSigner({ secretKey, previousKeys, clock: clockAt(seconds) }).scope(purpose, claims);

const invalid = expect.objectContaining({ kind: 'forbidden', code: 'link_invalid' });
const expired = expect.objectContaining({ kind: 'forbidden', code: 'link_expired' });
const verifyError = (scope: ReturnType<typeof scopeOf>, token: string): unknown => {
  try {
    return scope.verify(token);
  } catch (error) {
    return error;
  }
};

describe('createLinkSigner', () => {
  it('gives back the claims until the expiry, and not a second longer', () => {
    const token = scopeOf().sign({ fileId: 'fil_1' }, { expiresInSeconds: 60 });
    expect(scopeOf({ seconds: 59 }).verify(token)).toEqual({ fileId: 'fil_1' });
    expect(verifyError(scopeOf({ seconds: 60 }), token)).toEqual(expired);
  });

  it('keeps a token without expiry for ever', () => {
    const token = scopeOf().sign({ fileId: 'fil_1' }, { expiresInSeconds: null });
    expect(scopeOf({ seconds: 50 * 365 * 24 * 3600 }).verify(token)).toEqual({ fileId: 'fil_1' });
  });

  it('has the documented form: base64url JSON, a point, base64url HMAC-SHA256', () => {
    const token = scopeOf().sign({ fileId: 'fil_1' }, { expiresInSeconds: 60 });
    const [payload = '', signature = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
      claims: { fileId: 'fil_1' },
      expiresAt: start / 1000 + 60,
    });
    expect(signature).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it('refuses a token of another purpose, another secret, or no signature at all', () => {
    const token = scopeOf().sign({ fileId: 'fil_1' }, { expiresInSeconds: 60 });
    expect(verifyError(scopeOf({ purpose: 'files' }), token)).toEqual(invalid);
    expect(verifyError(scopeOf({ secretKey: olderKey }), token)).toEqual(invalid);
    expect(verifyError(scopeOf(), token.split('.')[0] ?? '')).toEqual(invalid);
    expect(verifyError(scopeOf(), `${token.split('.')[0]}.`)).toEqual(invalid);
    expect(verifyError(scopeOf(), `${token}.`)).toEqual(invalid);
  });

  it('verifies with previous keys and signs with the current one only', () => {
    const old = scopeOf({ secretKey: olderKey }).sign({ fileId: 'fil_1' }, { expiresInSeconds: 60 });
    const rotated = scopeOf({ previousKeys: [olderKey] });
    expect(rotated.verify(old)).toEqual({ fileId: 'fil_1' });
    expect(verifyError(scopeOf({ secretKey: olderKey }), rotated.sign({ fileId: 'fil_1' }, { expiresInSeconds: 60 }))).toEqual(
      invalid,
    );
  });

  it('refuses a token in which any character is another one, also a second spelling of the same bytes', () => {
    const token = scopeOf().sign({ fileId: 'fil_1' }, { expiresInSeconds: 60 });
    const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.='.split('');
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), fc.constantFrom(...characters), (index, character) => {
        const forged = token.slice(0, index) + character + token.slice(index + 1);
        if (forged !== token) expect(verifyError(scopeOf(), forged)).toEqual(invalid);
      }),
      { numRuns: 500 },
    );
    const last = characters.find((character) => {
      const twin = token.slice(0, -1) + character;
      return (
        twin !== token &&
        Buffer.from(twin.split('.')[1] ?? '', 'base64url').equals(Buffer.from(token.split('.')[1] ?? '', 'base64url'))
      );
    });
    expect(last).toBeDefined();
    expect(verifyError(scopeOf(), token.slice(0, -1) + last)).toEqual(invalid);
  });

  it('refuses any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(verifyError(scopeOf(), text)).toEqual(invalid);
      }),
    );
    expect(verifyError(scopeOf(), `${'a'.repeat(5000)}.b`)).toEqual(invalid);
  });

  it('refuses a token whose claims have another shape than this version knows', () => {
    const signer = createLinkSigner({ secretKey: key, previousKeys: [], clock: clockAt(0) });
    const token = signer.scope('uploads', z.object({ file: z.number() })).sign({ file: 1 }, { expiresInSeconds: 60 });
    expect(verifyError(scopeOf(), token)).toEqual(invalid);
  });

  it.each([0, 16, 33])('does not sign with a key of %d bytes', (length) => {
    expect(() => scopeOf({ secretKey: new Uint8Array(length) })).toThrow(`secret key has ${length} bytes, not 32`);
  });
});
