import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { type Clock, DomainError } from '@polyreel/core';
import { z } from 'zod';

export interface LinkSignerOptions {
  /** SECRET_KEY: 32 bytes. */
  readonly secretKey: Uint8Array;
  /** SECRET_KEY_PREVIOUS: verify only. */
  readonly previousKeys: readonly Uint8Array[];
  readonly clock: Clock;
}

/**
 * Tokens for links that need no header: base64url(JSON of claims and expiry) + `.` + base64url(HMAC-SHA256). Not encrypted: claims
 * hold nothing that the bearer may not read.
 */
export interface LinkSigner {
  /** A purpose has a key of its own, derived by its name: a token of one purpose is nothing to another. */
  scope<Claims>(purpose: string, claims: z.ZodType<Claims>): LinkScope<Claims>;
}

export interface LinkScope<Claims> {
  /** `expiresInSeconds` null: for ever. */
  sign(claims: Claims, options: { readonly expiresInSeconds: number | null }): string;
  /** Throws DomainError `forbidden`: code `link_invalid` when it was not made here, `link_expired` when it was and its time is over. */
  verify(token: string): Claims;
}

const secretKeyBytes = 32;
const tokenLengthMax = 4096;

export function createLinkSigner({ secretKey, previousKeys, clock }: LinkSignerOptions): LinkSigner {
  return {
    scope: (purpose, claimsSchema) => {
      const keys = [secretKey, ...previousKeys].map((key) => deriveLinkKey(key, purpose));
      const payloadSchema = z.object({ claims: claimsSchema, expiresAt: z.int().nullable() });
      const seconds = () => Math.floor(clock.now().getTime() / 1000);
      return {
        sign(claims, { expiresInSeconds }) {
          const expiresAt = expiresInSeconds === null ? null : seconds() + expiresInSeconds;
          const payload = Buffer.from(JSON.stringify({ claims, expiresAt })).toString('base64url');
          const token = `${payload}.${authenticate(payload, keys[0])}`;
          if (token.length > tokenLengthMax)
            throw new RangeError(`link token of ${token.length} characters, limit ${tokenLengthMax}`);
          return token;
        },
        verify(token) {
          // Signed by us, yet of another shape: a token of another version of this program.
          const payload = payloadSchema.safeParse(JSON.parse(openToken(token, keys)));
          if (!payload.success) throw invalidLink();
          const { claims, expiresAt } = payload.data;
          if (expiresAt !== null && expiresAt <= seconds()) {
            throw new DomainError('forbidden', 'the link has expired', { code: 'link_expired' });
          }
          return claims;
        },
      };
    },
  };
}

function deriveLinkKey(secretKey: Uint8Array, purpose: string): Uint8Array {
  if (secretKey.length !== secretKeyBytes)
    throw new RangeError(`secret key has ${secretKey.length} bytes, not ${secretKeyBytes}`);
  return new Uint8Array(hkdfSync('sha256', secretKey, new Uint8Array(0), `polyreel/links/${purpose}`, 32));
}

function authenticate(payload: string, key: Uint8Array | undefined): string {
  if (key === undefined) throw new RangeError('no key to sign links with');
  return createHmac('sha256', key).update(payload).digest('base64url');
}

/** JSON text of a token whose signature holds. The signature is compared as text: base64 has several spellings of the same bytes. */
function openToken(token: string, keys: readonly Uint8Array[]): string {
  const [payload, signature, ...rest] = token.length > tokenLengthMax ? [] : token.split('.');
  if (payload === undefined || signature === undefined || rest.length > 0) throw invalidLink();
  if (!keys.some((key) => isEqual(signature, authenticate(payload, key)))) throw invalidLink();
  return Buffer.from(payload, 'base64url').toString('utf8');
}

function isEqual(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function invalidLink(): DomainError {
  return new DomainError('forbidden', 'the link is not valid', { code: 'link_invalid' });
}
