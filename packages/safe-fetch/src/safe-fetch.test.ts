import { once } from 'node:events';
import { createServer } from 'node:http';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { DomainError } from '@polyreel/core';
import { type HttpsReceiver, startHttpsReceiver } from '@polyreel/testkit/https-receiver';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { answering, type Listener, startListener } from '../test/listener.ts';
import { ipv4Spellings, privateIpv4, privateIpv6 } from '../test/spellings.ts';
import { readBody } from './download-to-file.ts';
import type { ResolveHost } from './guarded-connect.ts';
import { createSafeFetch, type SafeFetchOptions } from './safe-fetch.ts';

let trap: Listener;
beforeAll(async () => {
  trap = await startListener(answering('HTTP/1.1 200 OK\nContent-Length: 6\n\n', 'secret'));
});
afterAll(() => trap.close());

const options = (over: Partial<SafeFetchOptions> = {}): SafeFetchOptions => ({
  maxBytes: 1_000_000,
  timeoutMs: 60_000,
  maxRedirects: 5,
  protocols: ['https:', 'http:'],
  signal: new AbortController().signal,
  ...over,
});
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'no error';
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
    throw error;
  }
};
const answersWith =
  (...addresses: string[]): ResolveHost =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('addresses', () => {
  it('connects to none of several hundred spellings of private addresses', async () => {
    const guarded = createSafeFetch({ allow: [], resolve: answersWith('127.0.0.1') });
    const literals = privateIpv4.flatMap(ipv4Spellings);
    const ipv6 = privateIpv6.map((address) => `[${address}]`);
    const names = [
      'localhost',
      'LOCALHOST',
      'localhost.',
      'a.localhost',
      'db.internal',
      'printer.local',
      '127.0.0.1.nip.io',
      'evil.example',
      'ⓛocalhost',
      '%6cocalhost',
    ];
    const urls = [...literals, ...ipv6, ...names].flatMap((host) => [
      `http://${host}:${trap.port}/`,
      `https://${host}:${trap.port}/x`,
      `http:\\\\${host}:${trap.port}`,
    ]);
    const forms = [
      `http:127.0.0.1:${trap.port}`,
      `http:/127.0.0.1:${trap.port}`,
      `//127.0.0.1:${trap.port}`,
      `127.0.0.1:${trap.port}`,
    ];
    const others = [
      'file:///etc/passwd',
      'ftp://127.0.0.1/',
      'gopher://127.0.0.1/',
      'data:text/plain,x',
      'unix:/run/x',
      'javascript:1',
      'ws://127.0.0.1/',
      '',
    ];
    const all = [...new Set([...urls, ...forms, ...others])];
    expect(all.length).toBeGreaterThanOrEqual(300);
    const before = trap.connects;
    const codes = new Map<string, string>();
    for (const url of all) codes.set(url, await codeOf(guarded(url, options())));
    expect(trap.connects - before).toBe(0);
    const expected = ['address_forbidden', 'invalid_url', 'url_protocol', 'url_credentials'];
    expect([...codes].filter(([, code]) => !expected.includes(code))).toEqual([]);
  });

  it('is stopped by nothing but the guard: the same literal with an exemption connects', async () => {
    const before = trap.connects;
    const open = createSafeFetch({ allow: [`127.0.0.1:${trap.port}`] });
    const response = await open(`http://127.0.0.1:${trap.port}/`, options());
    expect((await readBody(response)).toString()).toBe('secret');
    expect(trap.connects - before).toBe(1);
  });

  it.each([
    ['first', ['8.8.8.8', '127.0.0.1']],
    ['last', ['127.0.0.1', '8.8.8.8']],
    ['in the other family', ['8.8.8.8', '::1']],
    ['mapped', ['::ffff:127.0.0.1']],
    ['translated', ['64:ff9b::7f00:1']],
    ['nonsense', ['not an address']],
  ])('refuses a name with one forbidden address: %s', async (_title, addresses) => {
    const guarded = createSafeFetch({ allow: [], resolve: answersWith(...addresses) });
    const before = trap.connects;
    expect(await codeOf(guarded(`http://mixed.example:${trap.port}/`, options()))).toBe('address_forbidden');
    expect(trap.connects - before).toBe(0);
  });

  it('asks for a name once and connects to that answer, whatever a second answer would be', async () => {
    const target = await startListener(answering('HTTP/1.1 200 OK\nContent-Length: 2\n\n', 'ok'));
    let asked = 0;
    const flipping: ResolveHost = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }];
    };
    const guarded = createSafeFetch({ allow: ['127.0.0.2/32'], resolve: flipping });
    const response = await guarded(`http://flip.example:${target.port}/`, options());
    expect((await readBody(response)).toString()).toBe('ok');
    expect(asked).toBe(1);
    // The next request asks anew and meets the guard.
    expect(await codeOf(guarded(`http://flip.example:${target.port}/`, options()))).toBe('address_forbidden');
    expect([asked, target.connects]).toEqual([2, 1]);
    await target.close();
  });

  it('names a host that does not resolve', async () => {
    const failing: ResolveHost = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    expect(await codeOf(createSafeFetch({ allow: [], resolve: failing })('http://nowhere.example/', options()))).toBe(
      'dns_failed',
    );
    expect(await codeOf(createSafeFetch({ allow: [], resolve: answersWith() })('http://nowhere.example/', options()))).toBe(
      'dns_failed',
    );
  });

  it('tells the caller nothing about the address', async () => {
    const guarded = createSafeFetch({ allow: [], resolve: answersWith('10.9.8.7') });
    const error = await guarded('http://inner.example/', options()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DomainError);
    expect(String(error)).not.toContain('10.9');
  });

  it('ignores proxy variables', async () => {
    const proxy = `http://127.0.0.1:${trap.port}`;
    for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'ALL_PROXY']) vi.stubEnv(name, proxy);
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    const target = await startListener(answering('HTTP/1.1 204 No Content\n\n'));
    const before = trap.connects;
    const response = await createSafeFetch({ allow: [`127.0.0.1:${target.port}`] })(
      `http://127.0.0.1:${target.port}/`,
      options(),
    );
    await readBody(response);
    vi.unstubAllEnvs();
    expect([response.status, trap.connects - before, target.connects]).toEqual([204, 0, 1]);
    await target.close();
  });
});

describe('redirects', () => {
  const redirecting = async (status: number, location: string) => {
    const server = await startListener(answering(`HTTP/1.1 ${status} Moved\nLocation: ${location}\nContent-Length: 0\n\n`));
    return {
      server,
      fetch: createSafeFetch({ allow: [`127.0.0.1:${server.port}`] }),
      url: `http://127.0.0.1:${server.port}/start`,
    };
  };

  it.each([301, 302, 303, 307, 308])('checks the target of a %i', async (status) => {
    const { server, fetch, url } = await redirecting(status, `http://127.0.0.1:${trap.port}/`);
    const before = trap.connects;
    expect(await codeOf(fetch(url, options()))).toBe('address_forbidden');
    expect(trap.connects - before).toBe(0);
    await server.close();
  });

  it.each([
    ['file:///etc/passwd', 'url_protocol'],
    ['gopher://127.0.0.1:70/', 'url_protocol'],
    ['http://user:pass@example.com/', 'url_credentials'],
    ['//169.254.169.254/latest', 'address_forbidden'],
    ['http://[::1]/', 'address_forbidden'],
    ['http://0x7f.1/', 'address_forbidden'],
    ['http://[', 'invalid_url'],
  ])('does not follow to %s', async (location, code) => {
    const { server, fetch, url } = await redirecting(302, location);
    expect(await codeOf(fetch(url, options()))).toBe(code);
    await server.close();
  });

  it('does not leave https for http unless http is allowed', async () => {
    const { server, fetch, url } = await redirecting(302, 'http://example.com/');
    expect(await codeOf(fetch(url.replace('http:', 'https:'), options({ protocols: ['http:'] })))).toBe('url_protocol');
    await server.close();
  });

  it('follows a chain of five, and not of six', async () => {
    const server = createServer((request, response) => {
      const hop = Number(request.url?.slice(1));
      if (hop === 0) response.end('arrived');
      else response.writeHead(302, { location: `/${hop - 1}` }).end('x'.repeat(1000));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const fetch = createSafeFetch({ allow: [`127.0.0.1:${port}`] });
    const response = await fetch(`http://127.0.0.1:${port}/5`, options());
    expect([(await readBody(response)).toString(), response.url]).toEqual(['arrived', `http://127.0.0.1:${port}/0`]);
    expect(await codeOf(fetch(`http://127.0.0.1:${port}/6`, options()))).toBe('too_many_redirects');
    const first = await fetch(`http://127.0.0.1:${port}/6`, options({ maxRedirects: 0 }));
    expect([first.status, first.headers.get('Location')]).toEqual([302, '/5']);
    await readBody(first);
    server.closeAllConnections();
    server.close();
  });

  it('keeps secrets from another origin and turns a POST into a GET, except on 307', async () => {
    const seen: { method: string | undefined; headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      seen.push({ method: request.method, headers: request.headers, body });
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    for (const status of [302, 307]) {
      const first = await startListener(
        answering(`HTTP/1.1 ${status} Moved\nLocation: http://127.0.0.1:${port}/\nContent-Length: 0\n\n`),
      );
      const fetch = createSafeFetch({ allow: ['127.0.0.0/8'] });
      const headers = { Authorization: 'Bearer x', Cookie: 'a=b', 'Content-Type': 'text/plain', 'X-Kept': 'yes' };
      await readBody(await fetch(`http://127.0.0.1:${first.port}/`, options({ method: 'POST', body: 'hello', headers })));
      await first.close();
    }
    expect(seen.map(({ method, body }) => [method, body])).toEqual([
      ['GET', ''],
      ['POST', 'hello'],
    ]);
    for (const { headers } of seen)
      expect([headers.authorization, headers.cookie, headers['x-kept']]).toEqual([undefined, undefined, 'yes']);
    expect(seen.map(({ headers }) => headers['content-type'])).toEqual([undefined, 'text/plain']);
    server.closeAllConnections();
    server.close();
  });
});

describe('limits', () => {
  const serve = async (listener: Parameters<typeof startListener>[0]) => {
    const server = await startListener(listener);
    return { server, fetch: createSafeFetch({ allow: [`127.0.0.1:${server.port}`] }), url: `http://127.0.0.1:${server.port}/` };
  };

  it('ends an answer that drips, at the deadline', async () => {
    const { server, fetch, url } = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const response = await fetch(url, options({ timeoutMs: 500 }));
    expect(await codeOf(readBody(response))).toBe('timeout');
    await server.close();
  });

  it('ends headers that drip, and a server that says nothing, at the deadline', async () => {
    for (const isSilent of [true, false]) {
      const { server, fetch, url } = await serve((socket) => {
        if (isSilent) return;
        socket.write('HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => socket.write('X-A: b\r\n'), 20);
        socket.on('close', () => clearInterval(timer));
      });
      expect(await codeOf(fetch(url, options({ timeoutMs: 400 })))).toBe('timeout');
      await server.close();
    }
  });

  it('ends a look-up that takes too long', async () => {
    const stuck: ResolveHost = () => new Promise(() => undefined);
    expect(
      await codeOf(createSafeFetch({ allow: [], resolve: stuck })('http://slow.example/', options({ timeoutMs: 200 }))),
    ).toBe('timeout');
  });

  it('frees the connection of an answer that nobody reads', async () => {
    const closed = Promise.withResolvers<void>();
    const { server, fetch, url } = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
      // A socket that is not read does not notice its end.
      socket.resume().on('close', () => closed.resolve());
    });
    await fetch(url, options({ timeoutMs: 300 }));
    await closed.promise;
    await server.close();
  });

  it.each([
    ['declared', 'HTTP/1.1 200 OK\nContent-Length: 2000000\n\n'],
    ['undeclared', 'HTTP/1.1 200 OK\nConnection: close\n\n'],
  ])('stops reading a body that is too large: %s', async (_title, head) => {
    const { server, fetch, url } = await serve(answering(head, Buffer.alloc(2_000_000)));
    const response = await fetch(url, options({ maxBytes: 1_000_000 }));
    expect(response.status).toBe(200);
    expect(await codeOf(readBody(response))).toBe('response_too_large');
    await server.close();
  });

  it('takes a body of exactly the limit', async () => {
    const { server, fetch, url } = await serve(
      answering('HTTP/1.1 200 OK\nContent-Length: 1000000\n\n', Buffer.alloc(1_000_000)),
    );
    expect((await readBody(await fetch(url, options({ maxBytes: 1_000_000 })))).length).toBe(1_000_000);
    await server.close();
  });

  it('refuses headers beyond 16 KiB', async () => {
    const { server, fetch, url } = await serve(answering(`HTTP/1.1 200 OK\nX-Big: ${'x'.repeat(40_000)}\n\n`));
    expect(await codeOf(fetch(url, options()))).toBe('response_headers_too_large');
    await server.close();
  });

  it('stops on abort, before and while reading', async () => {
    const { server, fetch, url } = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx'));
    const before = server.connects;
    expect(await codeOf(fetch(url, options({ signal: AbortSignal.abort() })))).toBe('aborted');
    expect(server.connects - before).toBe(0);
    const abort = new AbortController();
    const response = await fetch(url, options({ signal: abort.signal }));
    const reading = codeOf(readBody(response));
    abort.abort();
    expect(await reading).toBe('aborted');
    await server.close();
  });

  it('names a refused and a broken connection', async () => {
    const { server, fetch, url } = await serve((socket) => socket.resetAndDestroy());
    expect(await codeOf(fetch(url, options()))).toBe('connection_reset');
    await server.close();
    expect(await codeOf(fetch(url, options()))).toBe('connection_refused');
  });

  it('refuses a URL beyond 8192 characters', async () => {
    expect(await codeOf(createSafeFetch({ allow: [] })(`http://example.com/${'x'.repeat(9000)}`, options()))).toBe('invalid_url');
  });
});

describe('https', () => {
  let receiver: HttpsReceiver;
  const trusted = getCACertificates('default');
  beforeAll(async () => {
    receiver = await startHttpsReceiver();
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    await receiver.close();
  });

  it('reaches https on loopback that the operator exempted, with a certificate of a trusted authority', async () => {
    const fetch = createSafeFetch({ allow: [`localhost:${receiver.port}`] });
    const post = options({
      method: 'POST',
      body: '{"a":1}',
      headers: { 'Content-Type': 'application/json' },
      protocols: ['https:'],
      maxRedirects: 0,
    });
    expect(await codeOf(fetch(receiver.url, post))).toBe('tls_failed');
    expect(receiver.calls.length).toBe(0);
    setDefaultCACertificates([...trusted, receiver.ca]);
    const response = await fetch(`${receiver.url}/hook?x=1`, post);
    await readBody(response);
    expect(response.status).toBe(200);
    expect(receiver.calls[0]).toMatchObject({ method: 'POST', path: '/hook?x=1', body: Buffer.from('{"a":1}') });
    expect(receiver.calls[0]?.headers).toMatchObject({ 'content-type': 'application/json', host: `localhost:${receiver.port}` });
  });

  it('checks the certificate against the name, not the address', async () => {
    setDefaultCACertificates([...trusted, receiver.ca]);
    const fetch = createSafeFetch({ allow: ['127.0.0.0/8'], resolve: answersWith('127.0.0.1') });
    expect(await codeOf(fetch(`https://other.example:${receiver.port}/`, options()))).toBe('tls_failed');
  });

  it('keeps to the protocols it was given, exempted host or not', async () => {
    const fetch = createSafeFetch({ allow: [`localhost:${receiver.port}`] });
    expect(await codeOf(fetch(`http://localhost:${receiver.port}/`, options({ protocols: ['https:'] })))).toBe('url_protocol');
  });
});
