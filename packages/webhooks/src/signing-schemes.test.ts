import { createHmac } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { generateWebhookSecret, readSecretBytes, type SigningSchemeName, signingSchemes, signMessage } from './index.ts';

const secret = generateWebhookSecret();
const body = new TextEncoder().encode('{"jobId":"clx","status":"COMPLETED","name":"Grüße"}');
const nowSeconds = Math.floor(Date.now() / 1000);
const message = { id: 'dlv_1', attempt: 3, timestampSeconds: nowSeconds, body };
const sign = (scheme: SigningSchemeName, changes: Partial<typeof message & { secrets: string[] }> = {}) =>
  signMessage(scheme, { ...message, secrets: [secret], ...changes });
const verify = (headers: Record<string, string>, payload: Uint8Array = body, key = secret) =>
  new Webhook(key).verify(Buffer.from(payload), headers);

describe('a secret', () => {
  it('is whsec_ and base64 of 32 random bytes', () => {
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(readSecretBytes(secret)).toHaveLength(32);
    expect(generateWebhookSecret()).not.toBe(secret);
  });

  it.each([
    '',
    'whsec_',
    'plain text',
    secret.slice(6),
    `whsec_${'A'.repeat(31)}`,
    `whsec_${'A'.repeat(92)}`,
    `${secret}!`,
    `${secret} `,
  ])('is refused as %j', (wrong) => {
    expect(() => readSecretBytes(wrong)).toThrow(/base64 of 24 to 64 bytes/);
  });
});

describe.each(['bare-hex', 'standard-webhooks'] as const)('%s', (scheme) => {
  it('signs what the reference library verifies', () => {
    expect(verify(sign(scheme))).toEqual({ jobId: 'clx', status: 'COMPLETED', name: 'Grüße' });
  });

  it('is verified with either secret while an old one overlaps, newest first', () => {
    const older = generateWebhookSecret();
    const headers = sign(scheme, { secrets: [secret, older] });
    expect(headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/);
    expect(headers['webhook-signature']?.split(' ')[0]).toBe(sign(scheme)['webhook-signature']);
    expect(verify(headers)).toBeDefined();
    expect(verify(headers, body, older)).toBeDefined();
  });

  const rejected = WebhookVerificationError;
  it('fails with another secret', () => {
    expect(() => verify(sign(scheme), body, generateWebhookSecret())).toThrow(rejected);
  });
  it('fails with any changed byte of the body', () => {
    for (let at = 0; at < body.length; at += 1) {
      const changed = body.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => verify(sign(scheme), changed)).toThrow(rejected);
    }
  });
  it('fails with a body that was parsed and written again', () => {
    const spaced = new TextEncoder().encode(JSON.stringify(JSON.parse(new TextDecoder().decode(body)), null, 1));
    expect(() => verify(sign(scheme), spaced)).toThrow(rejected);
  });
  it('fails with another id', () => {
    expect(() => verify({ ...sign(scheme), 'webhook-id': 'dlv_2' })).toThrow(rejected);
  });
  it('fails with another timestamp', () => {
    expect(() => verify({ ...sign(scheme), 'webhook-timestamp': String(nowSeconds + 1) })).toThrow(rejected);
  });
  it('fails when it is older than five minutes', () => {
    expect(() => verify(sign(scheme, { timestampSeconds: nowSeconds - 301 }))).toThrow(/too old/);
  });
  it('fails when it is from the future', () => {
    expect(() => verify(sign(scheme, { timestampSeconds: nowSeconds + 360 }))).toThrow(/too new/);
  });
  it('fails with a header left out', () => {
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
      const { [name]: _left, ...others } = { ...sign(scheme) };
      expect(() => verify(others)).toThrow(/Missing required headers/);
    }
  });
  it('fails with a signature of another version', () => {
    const headers = sign(scheme);
    expect(() => verify({ ...headers, 'webhook-signature': headers['webhook-signature']?.replace('v1,', 'v2,') ?? '' })).toThrow(
      rejected,
    );
  });
  it('is never sent unsigned: no secret is an error', () => {
    expect(() => sign(scheme, { secrets: [] })).toThrow(/no webhook secret/);
    expect(() => sign(scheme, { secrets: ['text of another form'] })).toThrow(/whsec_/);
  });
});

describe('bare-hex', () => {
  it('puts the lower-case hex HMAC of the body under the shown secret into X-Webhook-Signature, and nothing before it', () => {
    const headers = sign('bare-hex', { secrets: [secret, generateWebhookSecret()] });
    expect(headers['X-Webhook-Signature']).toBe(createHmac('sha256', secret).update(body).digest('hex'));
    expect(headers['X-Webhook-Signature']).toMatch(/^[0-9a-f]{64}$/);
    expect(headers).toMatchObject({
      'X-Webhook-Id': 'dlv_1',
      'X-Webhook-Timestamp': String(nowSeconds),
      'X-Webhook-Attempt': '3',
    });
  });

  it('has headers of its own that standard-webhooks does not send', () => {
    expect(Object.keys(sign('standard-webhooks')).sort()).toEqual(['webhook-id', 'webhook-signature', 'webhook-timestamp']);
    expect(Object.keys(sign('bare-hex'))).toHaveLength(7);
    for (const { description } of Object.values(signingSchemes)) expect(description).not.toBe('');
  });
});
