import { randomBytes } from 'node:crypto';
import { DomainError } from '@polyreel/core';

const prefix = 'whsec_';
const secretBytes = 32;
/** What the Standard Webhooks specification allows. */
const bytesMin = 24;
const bytesMax = 64;

/** A fresh secret as its owner sees it: `whsec_` and base64 of 32 random bytes. */
export function generateWebhookSecret(): string {
  return `${prefix}${randomBytes(secretBytes).toString('base64')}`;
}

/** The key bytes inside a `whsec_` secret. Throws DomainError `internal`, code `webhook_secret_malformed`. */
export function readSecretBytes(secret: string): Uint8Array {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : '';
  const bytes = Buffer.from(text, 'base64');
  if (
    bytes.length < bytesMin ||
    bytes.length > bytesMax ||
    bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')
  ) {
    throw new DomainError('internal', `a webhook secret is not ${prefix} and base64 of ${bytesMin} to ${bytesMax} bytes`, {
      code: 'webhook_secret_malformed',
    });
  }
  return bytes;
}
