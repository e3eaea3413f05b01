import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { DomainError } from '@polyreel/core';

/** `SECRET_KEY` and what `SECRET_KEY_PREVIOUS` still verifies and decrypts. Each key has 32 bytes. */
export interface SecretKeys {
  readonly current: Uint8Array;
  readonly previous: readonly Uint8Array[];
}

export const secretKeyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const sealLabel = 'sealed-secrets';

/** The 32 bytes, or undefined when `text` is not the base64url form of exactly 32 bytes. */
export function parseSecretKey(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]{43}=?$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  // The last character of 43 carries four spare bits; a key that does not survive the way back was mistyped.
  return bytes.length === secretKeyBytes && bytes.toString('base64url') === text.replace('=', '')
    ? new Uint8Array(bytes)
    : undefined;
}

/** A fresh SECRET_KEY in its written form. */
export function generateSecretKey(): string {
  return randomBytes(secretKeyBytes).toString('base64url');
}

/** HKDF-SHA256 of the secret key. One label a use (`links`, `cookies`, `watermark`, ...), so that no two uses share a key. */
export function deriveKey(secretKey: Uint8Array, label: string, lengthBytes = 32): Uint8Array {
  if (secretKey.length !== secretKeyBytes)
    throw new RangeError(`secret key has ${secretKey.length} bytes, not ${secretKeyBytes}`);
  if (label === '') throw new RangeError('a derived key needs a label');
  return new Uint8Array(hkdfSync('sha256', secretKey, new Uint8Array(0), `polyreel/${label}`, lengthBytes));
}

/** The derived key of `label` under the current secret key first, then under the previous ones: sign with the first, verify with all. */
export function deriveKeys(keys: SecretKeys, label: string): readonly [Uint8Array, ...Uint8Array[]] {
  return [deriveKey(keys.current, label), ...keys.previous.map((key) => deriveKey(key, label))];
}

export interface SealOptions {
  readonly keys: SecretKeys;
  /** Binds the sealed text to its place, e.g. `webhook_secrets:whk_...`; the same words must be given to open it. */
  readonly context: string;
}

/**
 * AES-256-GCM under a key derived from SECRET_KEY: for secrets that must be read back (webhook secrets, source headers).
 * Form: `v1.<key id>.<nonce>.<ciphertext and tag>`, base64url parts. Two seals of one text differ.
 */
export function sealSecret(plaintext: string, { keys, context }: SealOptions): string {
  const key = deriveKey(keys.current, sealLabel);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context, 'utf8'));
  const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return ['v1', keyId(key), nonce.toString('base64url'), body.toString('base64url')].join('.');
}

/** Throws DomainError `internal` with code `secret_key_unknown` or `secret_damaged`; the message never holds the secret. */
export function openSecret(sealed: string, { keys, context }: SealOptions): string {
  const parts = parseSealed(sealed);
  const key = deriveKeys(keys, sealLabel).find((candidate) => keyId(candidate) === parts.keyId);
  if (key === undefined) {
    throw new DomainError(
      'internal',
      `no secret key with id ${parts.keyId}: it is neither SECRET_KEY nor in SECRET_KEY_PREVIOUS`,
      {
        code: 'secret_key_unknown',
      },
    );
  }
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, parts.nonce, { authTagLength: tagBytes })
      .setAAD(Buffer.from(context, 'utf8'))
      .setAuthTag(parts.body.subarray(-tagBytes));
    return Buffer.concat([decipher.update(parts.body.subarray(0, -tagBytes)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw damaged(cause);
  }
}

/** True when the text was sealed under a previous key and should be sealed again. */
export function isSealedWithPreviousKey(sealed: string, keys: SecretKeys): boolean {
  return parseSealed(sealed).keyId !== keyId(deriveKey(keys.current, sealLabel));
}

function keyId(key: Uint8Array): string {
  return createHash('sha256').update('polyreel/key-id').update(key).digest('base64url').slice(0, 8);
}

function parseSealed(sealed: string): { keyId: string; nonce: Buffer; body: Buffer } {
  const [version, id, nonceText, bodyText, ...rest] = sealed.split('.');
  if (version !== 'v1' || id === undefined || nonceText === undefined || bodyText === undefined || rest.length > 0)
    throw damaged();
  const nonce = Buffer.from(nonceText, 'base64url');
  const body = Buffer.from(bodyText, 'base64url');
  if (nonce.length !== nonceBytes || body.length < tagBytes) throw damaged();
  return { keyId: id, nonce, body };
}

function damaged(cause?: unknown): DomainError {
  return new DomainError('internal', 'a stored secret does not open: it was damaged or belongs to another place', {
    code: 'secret_damaged',
    cause,
  });
}
