import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DomainError } from '@polyreel/core';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { plainFetch } from '../test/plain-fetch.ts';
import { startReceiver } from '../test/receiver.ts';
import { type DeliverInput, deliver, generateWebhookSecret, type SafeFetch } from './index.ts';

const secret = generateWebhookSecret();
const text = '{"jobId":"clx","status":"COMPLETED","note":"Grüße \u{1F600}"}';
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});
async function receive(answer: Parameters<typeof startReceiver>[0]) {
  const receiver = await startReceiver(answer);
  closing.push(receiver.close);
  return receiver;
}
function send(url: string, changes: Partial<DeliverInput> & { attempt?: number } = {}) {
  const { attempt = 1, ...others } = changes;
  return deliver({
    delivery: { id: 'dlv_1', attempt, body: text },
    endpoint: { url, scheme: 'bare-hex', protocols: ['http:'] },
    secrets: [secret],
    fetch: plainFetch,
    clock: { now: () => new Date() },
    random: () => 0.5,
    ...others,
  });
}

describe('deliver', () => {
  it('posts the frozen bytes as JSON, signed, and records the answer', async () => {
    const receiver = await receive((response) => response.writeHead(200).end('thanks'));
    const { row, verdict } = await send(`${receiver.url}/hook?a=1`);
    expect(verdict).toEqual({ kind: 'delivered' });
    expect(row).toMatchObject({ attempt: 1, statusCode: 200, errorCode: null, responseExcerpt: 'thanks' });
    expect(row.durationMs).toBeGreaterThanOrEqual(0);
    const [post] = receiver.posts;
    expect(post?.url).toBe('/hook?a=1');
    expect(post?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Polyreel-Webhooks/1',
      'x-webhook-attempt': '1',
    });
    expect(post?.body.toString()).toBe(text);
    expect(
      new Webhook(secret).verify(
        post?.body ?? '',
        Object.fromEntries(Object.entries(post?.headers ?? {}).map(([k, v]) => [k, String(v)])),
      ),
    ).toEqual(JSON.parse(text));
  });

  it('sends the same id and bytes on every attempt, with a number and a time of its own', async () => {
    const receiver = await receive((response, _post, index) => response.writeHead(index === 2 ? 200 : 500).end());
    const times = [1_778_155_200_000, 1_778_155_205_000, 1_778_155_505_000];
    for (const [index, at] of times.entries())
      await send(receiver.url, { attempt: index + 1, clock: { now: () => new Date(at) } });
    const of = (name: string) => receiver.posts.map(({ headers }) => headers[name]);
    expect(of('x-webhook-id')).toEqual(['dlv_1', 'dlv_1', 'dlv_1']);
    expect(of('webhook-id')).toEqual(['dlv_1', 'dlv_1', 'dlv_1']);
    expect(of('x-webhook-attempt')).toEqual(['1', '2', '3']);
    expect(of('x-webhook-timestamp')).toEqual(['1778155200', '1778155205', '1778155505']);
    expect(new Set(of('x-webhook-signature')).size).toBe(1);
    expect(new Set(of('webhook-signature')).size).toBe(3);
    expect(new Set(receiver.posts.map(({ body }) => body.toString('hex'))).size).toBe(1);
  });

  it.each([
    [404, {}, { kind: 'retry', retryInSeconds: 5 }],
    [500, {}, { kind: 'retry', retryInSeconds: 5 }],
    [429, { 'Retry-After': '90' }, { kind: 'retry', retryInSeconds: 90 }],
    [410, {}, { kind: 'failed', isGone: true }],
  ])('judges status %i with %j', async (status, headers, verdict) => {
    const receiver = await receive((response) => response.writeHead(status, headers).end('no'));
    expect(await send(receiver.url)).toMatchObject({
      row: { statusCode: status, errorCode: `http_${status}`, responseExcerpt: 'no' },
      verdict,
    });
  });

  it('gives up after the tenth attempt', async () => {
    const receiver = await receive((response) => response.writeHead(500).end());
    expect((await send(receiver.url, { attempt: 9 })).verdict).toEqual({ kind: 'retry', retryInSeconds: 86_400 });
    expect((await send(receiver.url, { attempt: 10 })).verdict).toEqual({ kind: 'failed', isGone: false });
  });

  it('never follows a redirect', async () => {
    const trap = await receive((response) => response.writeHead(200).end());
    for (const status of [301, 302, 303, 307, 308]) {
      const receiver = await receive((response) => response.writeHead(status, { Location: trap.url }).end());
      expect(await send(receiver.url)).toMatchObject({
        row: { statusCode: status, errorCode: `http_${status}` },
        verdict: { kind: 'retry' },
      });
    }
    expect(trap.posts).toEqual([]);
  });

  it('stops waiting for a receiver that never answers, and lets go of the connection', async () => {
    let gone = () => {};
    const hungUp = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const receiver = await receive((response) => response.on('close', gone));
    expect(await send(receiver.url, { timeoutMs: 1000 })).toMatchObject({
      row: { statusCode: null, errorCode: 'timeout', responseExcerpt: null },
      verdict: { kind: 'retry', retryInSeconds: 5 },
    });
    await hungUp;
  });

  it('takes the status of an answer whose body drips on, with what came of it', async () => {
    const receiver = await receive((response) => response.writeHead(200).write('begin'));
    expect(await send(receiver.url, { timeoutMs: 2000 })).toMatchObject({
      row: { statusCode: 200, responseExcerpt: 'begin' },
      verdict: { kind: 'delivered' },
    });
  });

  it('keeps the first kilobyte of a long answer, as text that PostgreSQL can hold', async () => {
    const long = await receive((response) => response.writeHead(200).end('x'.repeat(5_000_000)));
    expect((await send(long.url)).row.responseExcerpt).toBe('x'.repeat(1024));
    const odd = await receive((response) => response.writeHead(200).end(Buffer.from([0x61, 0, 0xff, 0xc3])));
    expect((await send(odd.url)).row.responseExcerpt).toBe('a\uFFFD\uFFFD\uFFFD');
  });

  it('names what went wrong on the way, without inner text', async () => {
    const reset = await receive((response) => response.destroy());
    expect((await send(reset.url)).row).toMatchObject({ statusCode: null, errorCode: 'connection_reset' });
    await reset.close();
    closing.length = 0;
    expect((await send(reset.url)).row).toMatchObject({ statusCode: null, errorCode: 'connection_refused' });
    const refusing: SafeFetch = async () => {
      throw new DomainError('invalid_request', 'host 10.0.0.1 is private', { code: 'address_forbidden' });
    };
    expect((await send('https://inner.example', { fetch: refusing })).row.errorCode).toBe('address_forbidden');
    const odd: SafeFetch = async () => {
      throw new Error('at /inner/path');
    };
    expect((await send('https://inner.example', { fetch: odd })).row.errorCode).toBe('network_error');
  });

  it('asks the guarded fetch for no redirects, the given protocols and 15 s', async () => {
    let asked: unknown;
    const noting: SafeFetch = async (_url, options) => {
      asked = options;
      return { status: 204, headers: new Headers(), body: null };
    };
    await send('https://receiver.example', {
      fetch: noting,
      endpoint: { url: 'https://receiver.example', scheme: 'standard-webhooks', protocols: ['https:'] },
    });
    expect(asked).toMatchObject({ method: 'POST', maxRedirects: 0, timeoutMs: 15_000, protocols: ['https:'] });
  });

  it('is broken off by the signal, and then nothing counts', async () => {
    const stop = new AbortController();
    const receiver = await receive(() => stop.abort(new Error('stopping')));
    await expect(send(receiver.url, { signal: stop.signal })).rejects.toThrow('stopping');
  });
});

describe("the document's Express sample", () => {
  it('accepts a delivery, and refuses it with another secret', async () => {
    const script = fileURLToPath(new URL('../test/fixtures/express-sample.mjs', import.meta.url));
    const server = spawn(process.execPath, [script], {
      env: { ...process.env, WEBHOOK_SECRET: secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line]: unknown[] = await once(server.stdout, 'data');
      const url = `http://127.0.0.1:${String(line).trim()}/hooks/vidgen`;
      expect(await send(url)).toMatchObject({ row: { statusCode: 200 }, verdict: { kind: 'delivered' } });
      expect(await send(url, { secrets: [secret, generateWebhookSecret()] })).toMatchObject({ row: { statusCode: 200 } });
      expect(await send(url, { secrets: [generateWebhookSecret(), secret] })).toMatchObject({
        row: { statusCode: 401 },
        verdict: { kind: 'retry' },
      });
    } finally {
      server.kill('SIGKILL');
    }
  });
});
