import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startListener } from '../test/listener.ts';
import { downloadToFile } from './download-to-file.ts';
import { createGuardedAgents } from './guarded-agents.ts';
import { createSafeFetch } from './safe-fetch.ts';

let folder: string;
let server: Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyreel-download-'));
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

const serve = async (listener: RequestListener): Promise<number> => {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
};
const download = (port: number, maxBytes = 10_000_000) =>
  downloadToFile(createSafeFetch({ allow: ['127.0.0.0/8'] }), `http://127.0.0.1:${port}/a.bin`, join(folder, 'a.bin'), {
    ...{ maxBytes, timeoutMs: 60_000, maxRedirects: 3, protocols: ['http:'], signal: new AbortController().signal },
  });

describe('downloadToFile', () => {
  it('streams the body into a new file and says how large it is', async () => {
    const bytes = Buffer.alloc(3_000_000, 'abc');
    const port = await serve((_request, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(bytes));
    expect(await download(port)).toEqual({
      sizeBytes: 3_000_000,
      declaredType: 'image/png',
      url: `http://127.0.0.1:${port}/a.bin`,
    });
    expect((await readFile(join(folder, 'a.bin'))).equals(bytes)).toBe(true);
  });

  it('leaves no file behind a body that is too large or breaks off', async () => {
    const large = await serve((_request, response) => response.end(Buffer.alloc(100_000)));
    await expect(download(large, 50_000)).rejects.toMatchObject({ code: 'response_too_large', kind: 'too_large' });
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100000' });
      response.write('x'.repeat(1000), () => response.destroy());
    });
    await expect(download(port)).rejects.toMatchObject({ code: 'connection_reset' });
    expect(existsSync(join(folder, 'a.bin'))).toBe(false);
  });

  it.each([
    [404, 'invalid_request'],
    [503, 'backend_unavailable'],
  ])('names an answer of %i', async (status, kind) => {
    const port = await serve((_request, response) => response.writeHead(status).end('no'));
    await expect(download(port)).rejects.toMatchObject({ code: `http_${status}`, kind });
    expect(existsSync(join(folder, 'a.bin'))).toBe(false);
  });

  it('refuses a compressed answer, which could swell without limit', async () => {
    const port = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1000))),
    );
    await expect(download(port)).rejects.toMatchObject({ code: 'response_encoding' });
  });

  it('never overwrites or removes a file that was there', async () => {
    await writeFile(join(folder, 'a.bin'), 'mine');
    const port = await serve((_request, response) => response.end('theirs'));
    await expect(download(port)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(join(folder, 'a.bin'), 'utf8')).toBe('mine');
  });
});

describe('createGuardedAgents', () => {
  const get = (url: string, agent: ReturnType<typeof createGuardedAgents>['httpAgent']): Promise<number> =>
    new Promise((resolve, reject) => {
      request(url, { agent }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  it('keeps a client library from private addresses, literal or resolved, and lets exempted ones through', async () => {
    const trap = await startListener();
    const { httpAgent } = createGuardedAgents({ allow: [], resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    for (const host of ['127.0.0.1', '[::1]', 'evil.example', 'localhost']) {
      await expect(get(`http://${host}:${trap.port}/`, httpAgent)).rejects.toMatchObject({ code: 'address_forbidden' });
    }
    expect(trap.connects).toBe(0);
    await trap.close();
    const port = await serve((_request, response) => response.writeHead(204).end());
    const open = createGuardedAgents({ allow: [`127.0.0.1:${port}`] });
    expect(await get(`http://127.0.0.1:${port}/`, open.httpAgent)).toBe(204);
    open.httpAgent.destroy();
    httpAgent.destroy();
  });
});
