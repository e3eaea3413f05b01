import { keyText } from '@polyreel/testkit/surface-app';
import { describe, expect, it } from 'vitest';
import { startV2 } from '../../test/harness-v2.ts';
import { rawHttp } from '../../test/raw-http.ts';
import { maxBodyBytes } from './schemas.ts';

const models = { action: 'models' };

describe('the endpoint', async () => {
  const app = await startV2({ VIDGEN_V2_RATE_LIMITS: 'all=off,generate=off' });

  it.each(['/api/v2', '/api/v2/', '/api/v2/models', '/api/v2?x=1', '/api/v2/models?x=1'])('answers at %s', async (url) => {
    expect((await app.call(models, { url })).statusCode).toBe(200);
  });

  it('takes the action from the path, and refuses a body that contradicts it', async () => {
    expect((await app.call({}, { url: '/api/v2/models' })).statusCode).toBe(200);
    expect((await app.call({ id: 'run_x' }, { url: '/api/v2/status' })).json()).toEqual({
      status: 'FAILED',
      error: 'Job not found',
    });
    expect((await app.call({ action: 'status' }, { url: '/api/v2/models' })).json()).toEqual({
      error: 'action must be "models" on this path',
    });
    expect((await app.call({}, { url: '/api/v2/foo' })).json()).toEqual({ error: 'Unknown action: foo' });
  });

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)(
    '405 for %s, before the key is looked at',
    async (method) => {
      for (const url of ['/api/v2', '/api/v2/', '/api/v2/models']) {
        const answer = await app.inject({ method, url });
        expect(answer.statusCode).toBe(405);
        expect(answer.headers.allow).toBe('POST');
        if (method !== 'HEAD') expect(answer.json()).toEqual({ error: 'Method not allowed' });
      }
    },
  );

  it('404 below the endpoint, after the key', async () => {
    expect((await app.call(models, { url: '/api/v2/a/b' })).json()).toEqual({ error: 'Not found' });
    expect((await app.call(models, { url: '/api/v2/a/b', key: null })).statusCode).toBe(401);
  });

  it.each<[string, Record<string, string>]>([
    ['no key', {}],
    ['an unknown key', { authorization: 'Bearer vg_live_nobody' }],
    ['another scheme', { authorization: `Basic ${keyText('owner')}` }],
    ['a blank key', { authorization: 'Bearer ' }],
    ['another scheme beside a good X-API-Key', { authorization: 'Basic x', 'x-api-key': keyText('owner') }],
  ])('401 Unauthorized for %s, before the body is looked at', async (_name, headers) => {
    const answer = await app.call('{', { key: null, headers });
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toEqual({ error: 'Unauthorized' });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it('takes a key in any spelling of Bearer, and in X-API-Key', async () => {
    for (const headers of [{ authorization: `bearer  ${keyText('owner')}` }, { 'x-api-key': keyText('owner') }])
      expect((await app.call(models, { key: null, headers })).statusCode).toBe(200);
  });

  it('401 on a status call has the status key that the documented client reads', async () => {
    const answer = await app.call({ action: 'status', id: 'run_x' }, { key: null });
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toEqual({ status: 'FAILED', error: 'Unauthorized' });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', ';;', ''])(
    '415 for Content-Type %j, before the body is looked at',
    async (type) => {
      const answer = await app.call('{', { headers: { 'content-type': type } });
      expect(answer.statusCode).toBe(415);
      expect(answer.json()).toEqual({ error: 'Content-Type must be application/json' });
    },
  );

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/json ;x=y'])(
    'takes Content-Type %s',
    async (type) => {
      expect((await app.call(models, { headers: { 'content-type': type } })).statusCode).toBe(200);
    },
  );

  it.each(['{', '', 'nul', '{"action":"models"} x', '{"action":"mod\nels"}', '\u0000'])(
    '400 Invalid JSON for %j',
    async (body) => {
      const answer = await app.call(body);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toEqual({ error: 'Invalid JSON' });
    },
  );

  it('400 Invalid JSON for text that is not UTF-8; a byte order mark is fine', async () => {
    const post = (payload: Buffer) =>
      app.inject({
        method: 'POST',
        url: '/api/v2',
        headers: { authorization: `Bearer ${keyText('owner')}`, 'content-type': 'application/json' },
        payload,
      });
    expect((await post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).json()).toEqual({ error: 'Invalid JSON' });
    expect((await post(Buffer.from('\ufeff{"action":"models"}'))).statusCode).toBe(200);
  });

  it.each(['[]', 'null', '"x"', '5', 'true', `${'['.repeat(100_000)}${']'.repeat(100_000)}`])(
    '400 Request body must be an object',
    async (body) => {
      expect((await app.call(body)).json()).toEqual({ error: 'Request body must be an object' });
    },
  );

  it('survives 100,000 nested arrays and 50,000 keys where nothing is expected', async () => {
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect((await app.call(`{"action":"models","x":${nested}}`)).statusCode).toBe(200);
    const keys = Array.from({ length: 50_000 }, (_, index) => `"k${index}":0`).join();
    const answer = await app.call(`{"action":"generate","scenes":[{"prompt":"x"}],${keys}}`);
    expect(answer.statusCode).toBe(200);
    expect(String(answer.headers['x-polyreel-warning']).length).toBeLessThan(1500);
    expect((await app.call(`{"action":"generate","scenes":${nested}}`)).json()).toMatchObject({
      error: 'scenes[0] must be an object',
    });
  });

  it.each([{}, { action: null }, { action: '' }, { action: 5 }])('400 action is required for %j', async (body) => {
    expect((await app.call(body)).json()).toEqual({ error: 'action is required' });
  });

  it('400 Unknown action', async () => {
    const answer = await app.call({ action: 'delete' });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error: 'Unknown action: delete' });
  });
});

describe('rate limits', async () => {
  it('429 Too many requests with Retry-After, per key, and none of the headers of another surface', async () => {
    const app = await startV2({ VIDGEN_V2_RATE_LIMITS: 'all=3/1min' });
    for (let call = 0; call < 3; call += 1) expect((await app.call(models)).statusCode).toBe(200);
    const refused = await app.call(models);
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toEqual({ error: 'Too many requests' });
    expect(refused.headers['retry-after']).toBe('4');
    expect(Object.keys(refused.headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
    expect((await app.call(models, { key: 'ownerSecond' })).statusCode).toBe(200);
    app.clock.advance(4);
    expect((await app.call(models)).statusCode).toBe(200);
  });

  it('counts new runs apart', async () => {
    const app = await startV2({ VIDGEN_V2_RATE_LIMITS: 'generate=1/1min' });
    await app.submit();
    expect((await app.call({ action: 'generate', scenes: [{ prompt: 'x' }] })).statusCode).toBe(429);
    expect((await app.call(models)).statusCode).toBe(200);
  });
});

describe('bodies that are refused early, over a real connection', async () => {
  const app = await startV2();
  const head = (lines: readonly string[], key = keyText('owner')): string =>
    [`POST /api/v2 HTTP/1.1`, 'Host: x', `Authorization: Bearer ${key}`, 'Content-Type: application/json', ...lines, '', ''].join(
      '\r\n',
    );

  it('413 at once where Content-Length says so', async () => {
    const answer = await rawHttp(await app.listen(), [head([`Content-Length: ${maxBodyBytes + 1}`])]);
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toEqual({ error: 'Request body too large' });
  });

  it('413 for a chunked body as soon as the limit is passed, and no scratch is left', async () => {
    const piece = Buffer.alloc(1024 * 1024, ' ');
    const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
    const pieces = function* () {
      yield head(['Transfer-Encoding: chunked']);
      for (let sent = 0; sent <= maxBodyBytes; sent += piece.length) yield chunk;
      yield '0\r\n\r\n';
    };
    const answer = await rawHttp(await app.listen(), pieces());
    expect(answer.status).toBe(413);
    expect(await app.remainingScratch()).toEqual([]);
  });

  it.each(['keep-alive', 'close'])(
    '401 reaches a client that sends its whole body first (Connection: %s)',
    async (connection) => {
      const body = Buffer.alloc(8 * 1024 * 1024, 'x');
      const pieces = [head([`Content-Length: ${body.length}`, `Connection: ${connection}`], 'nobody'), body];
      const answer = await rawHttp(await app.listen(), pieces);
      expect(answer.status).toBe(401);
    },
  );

  it('a connection serves the next call after a refused body', async () => {
    const body = JSON.stringify(models);
    const base = await app.listen();
    const refused = await fetch(`${base}/api/v2`, {
      method: 'POST',
      headers: { authorization: 'Bearer nobody', 'content-type': 'application/json' },
      body: 'x'.repeat(2_000_000),
    });
    expect(refused.status).toBe(401);
    await refused.text();
    const next = await fetch(`${base}/api/v2`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keyText('owner')}`, 'content-type': 'application/json' },
      body,
    });
    expect(next.status).toBe(200);
  });
});
