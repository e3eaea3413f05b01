import { createSafeFetch } from '@polyreel/safe-fetch';
import { afterEach, describe, expect, it } from 'vitest';
import { startReceiver } from '../test/receiver.ts';
import { deliver, generateWebhookSecret } from './index.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});
async function receive(answer: Parameters<typeof startReceiver>[0]) {
  const receiver = await startReceiver(answer);
  closing.push(receiver.close);
  return receiver;
}
const send = (url: string, allow: string[], protocols: ('http:' | 'https:')[] = ['http:'], timeoutMs = 15_000) =>
  deliver({
    delivery: { id: 'dlv_1', attempt: 1, body: '{"status":"COMPLETED"}' },
    endpoint: { url, scheme: 'standard-webhooks', protocols },
    secrets: [generateWebhookSecret()],
    fetch: createSafeFetch({ allow }),
    clock: { now: () => new Date() },
    random: () => 0.5,
    timeoutMs,
  });

describe('deliver through the guarded fetch', () => {
  it('reaches an address the operator allows, and keeps the first kilobyte of a long answer', async () => {
    const receiver = await receive((response) => response.writeHead(200).end('x'.repeat(3_000_000)));
    const { row, verdict } = await send(receiver.url, [new URL(receiver.url).host]);
    expect(verdict).toEqual({ kind: 'delivered' });
    expect(row.statusCode).toBe(200);
    expect(row.responseExcerpt).toBe('x'.repeat(1024));
    expect(receiver.posts[0]?.body.toString()).toBe('{"status":"COMPLETED"}');
  });

  it('never connects to a private address, and plain http only where the dialect allows it', async () => {
    const receiver = await receive((response) => response.writeHead(200).end());
    expect((await send(receiver.url, [])).row).toMatchObject({ statusCode: null, errorCode: 'address_forbidden' });
    expect((await send(receiver.url, [new URL(receiver.url).host], ['https:'])).row).toMatchObject({ errorCode: 'url_protocol' });
    expect(receiver.posts).toEqual([]);
  });

  it('takes a redirect as a failed answer and asks nobody else', async () => {
    const trap = await receive((response) => response.writeHead(200).end());
    const receiver = await receive((response) => response.writeHead(307, { Location: trap.url }).end());
    const allow = [new URL(receiver.url).host, new URL(trap.url).host];
    expect((await send(receiver.url, allow)).row).toMatchObject({ statusCode: 307, errorCode: 'http_307' });
    expect(trap.posts).toEqual([]);
  });

  it('names a receiver that never answers, and one that breaks off', async () => {
    const hanging = await receive(() => {});
    expect((await send(hanging.url, [new URL(hanging.url).host], ['http:'], 500)).row.errorCode).toBe('timeout');
    const breaking = await receive((response) => response.destroy());
    expect((await send(breaking.url, [new URL(breaking.url).host])).row.errorCode).toBe('connection_reset');
  });
});
