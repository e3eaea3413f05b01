import { createHmac } from 'node:crypto';
import { DomainError } from '@polyreel/core';
import { readSecretBytes } from './secrets.ts';

/** One attempt to send one message. */
export interface SignatureInput {
  /** The same on every attempt. */
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
  /** When this attempt is sent, in whole seconds since 1970. */
  readonly timestampSeconds: number;
  /** The exact bytes that are sent. */
  readonly body: Uint8Array;
  /** `whsec_...` as their owner sees them, newest first; more than one while an old one still overlaps. */
  readonly secrets: readonly [string, ...string[]];
}

export interface SigningScheme {
  readonly description: string;
  readonly sign: (input: SignatureInput) => Readonly<Record<string, string>>;
}

/** https://www.standardwebhooks.com: base64 HMAC-SHA256 of `id.timestamp.body` under each secret that is valid now. */
function signStandard({ id, timestampSeconds, body, secrets }: SignatureInput): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const mac = createHmac('sha256', readSecretBytes(secret)).update(`${id}.${timestampSeconds}.`, 'utf8').update(body);
    return `v1,${mac.digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(timestampSeconds), 'webhook-signature': signatures.join(' ') };
}

/**
 * Lower-case hex HMAC-SHA256 of the body alone, without a `sha256=` prefix. The key is the secret's text as it was shown. Receivers
 * compare the whole header with one value, so only the newest secret signs.
 */
function signBareHex({ id, attempt, timestampSeconds, body, secrets }: SignatureInput): Record<string, string> {
  return {
    'X-Webhook-Signature': createHmac('sha256', Buffer.from(secrets[0], 'utf8')).update(body).digest('hex'),
    'X-Webhook-Id': id,
    'X-Webhook-Timestamp': String(timestampSeconds),
    'X-Webhook-Attempt': String(attempt),
  };
}

/** How a message proves where it comes from. A surface names its scheme; nothing else here knows surfaces. */
export const signingSchemes = {
  'bare-hex': {
    description: 'X-Webhook-Signature: hex HMAC of the body; the Standard Webhooks headers beside it',
    sign: (input) => ({ ...signBareHex(input), ...signStandard(input) }),
  },
  'standard-webhooks': { description: 'webhook-id, webhook-timestamp, webhook-signature', sign: signStandard },
} as const satisfies Record<string, SigningScheme>;
export type SigningSchemeName = keyof typeof signingSchemes;

/** The headers that prove a message. Throws DomainError `internal`, code `webhook_secret_missing`, rather than send it unsigned. */
export function signMessage(scheme: SigningSchemeName, input: Omit<SignatureInput, 'secrets'> & { secrets: readonly string[] }) {
  const [newest, ...older] = input.secrets;
  if (newest === undefined) {
    throw new DomainError('internal', 'the account has no webhook secret', { code: 'webhook_secret_missing' });
  }
  return signingSchemes[scheme].sign({ ...input, secrets: [newest, ...older] });
}
