import { DomainError } from '@polyreel/core';
import { describe, expect, it } from 'vitest';
import {
  deriveKey,
  deriveKeys,
  generateSecretKey,
  isSealedWithPreviousKey,
  openSecret,
  parseSecretKey,
  type SecretKeys,
  sealSecret,
} from './secrets.ts';

function makeKey(): Uint8Array {
  const key = parseSecretKey(generateSecretKey());
  if (key === undefined) throw new Error('a generated key does not parse');
  return key;
}
const keys: SecretKeys = { current: makeKey(), previous: [] };
const context = 'webhook_secrets:whk_1';
const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof DomainError ? error.code : String(error);
  }
  return 'opened';
};

describe('secret keys', () => {
  it('reads exactly 32 bytes of base64url', () => {
    const text = Buffer.alloc(32, 0xfb).toString('base64url');
    expect(parseSecretKey(text)).toEqual(new Uint8Array(32).fill(0xfb));
    for (const wrong of [
      '',
      'short',
      text.slice(1),
      `${text}A`,
      text.replace('-', '+'),
      `${text.slice(0, 42)}B`,
      Buffer.alloc(31).toString('base64url'),
    ]) {
      expect(parseSecretKey(wrong), wrong).toBeUndefined();
    }
  });

  it('derives the same key for a label, another for another label or secret (HKDF-SHA256)', () => {
    const secret = new Uint8Array(32).fill(7);
    // RFC 5869 written out by hand in another language: 32 bytes, empty salt, info "polyreel/links".
    expect(Buffer.from(deriveKey(secret, 'links')).toString('hex')).toBe(
      'ce8eedd62fdacecfeb36ec6866cdebd5b0a1e0d7c9086d22d04a6ddfcbaf43c5',
    );
    expect(deriveKey(secret, 'cookies')).not.toEqual(deriveKey(secret, 'links'));
    expect(deriveKey(keys.current, 'links')).not.toEqual(deriveKey(secret, 'links'));
    expect(() => deriveKey(new Uint8Array(31), 'links')).toThrow(RangeError);
    expect(() => deriveKey(secret, '')).toThrow(RangeError);
    expect(deriveKeys({ current: secret, previous: [keys.current] }, 'links')).toEqual([
      deriveKey(secret, 'links'),
      deriveKey(keys.current, 'links'),
    ]);
  });
});

describe('sealed secrets', () => {
  it('open to what was sealed, and two seals of one text differ', () => {
    for (const text of ['', 'whsec_abc', 'ünïcode '.repeat(500)])
      expect(openSecret(sealSecret(text, { keys, context }), { keys, context })).toBe(text);
    expect(sealSecret('x', { keys, context })).not.toBe(sealSecret('x', { keys, context }));
    expect(sealSecret('whsec_abc', { keys, context })).not.toContain('whsec_abc');
  });

  it('open under a previous key, and say that they should be sealed again', () => {
    const sealed = sealSecret('x', { keys, context });
    const rotated = { current: makeKey(), previous: [makeKey(), keys.current] };
    expect(openSecret(sealed, { keys: rotated, context })).toBe('x');
    expect(isSealedWithPreviousKey(sealed, rotated)).toBe(true);
    expect(isSealedWithPreviousKey(sealSecret('x', { keys: rotated, context }), rotated)).toBe(false);
  });

  it('refuse another key, another place, and any changed byte', () => {
    const sealed = sealSecret('a webhook secret', { keys, context });
    expect(codeOf(() => openSecret(sealed, { keys: { current: makeKey(), previous: [] }, context }))).toBe('secret_key_unknown');
    expect(codeOf(() => openSecret(sealed, { keys, context: 'webhook_secrets:whk_2' }))).toBe('secret_damaged');
    const [version, id, nonce, body = ''] = sealed.split('.');
    for (let at = 0; at < Buffer.from(body, 'base64url').length; at += 1) {
      const bytes = Buffer.from(body, 'base64url');
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect(codeOf(() => openSecret([version, id, nonce, bytes.toString('base64url')].join('.'), { keys, context }))).toBe(
        'secret_damaged',
      );
    }
    for (const wrong of ['', 'v2.a.b.c', 'plain text', `${sealed}.x`, sealed.split('.').slice(0, 3).join('.')]) {
      expect(
        codeOf(() => openSecret(wrong, { keys, context })),
        wrong,
      ).toBe('secret_damaged');
    }
  });
});
