import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Clock, DomainError } from '@polyreel/core';
import type { ConformanceTarget } from '../src/conformance/target.ts';
import { createFsStore } from '../src/fs/fs-store.ts';
import { objectFiles } from '../src/fs/object-meta.ts';
import { answerFileRequest } from '../src/links/answer-file-request.ts';
import { fileLinks } from '../src/links/file-links.ts';
import { createLinkSigner, type LinkSigner } from '../src/links/link-signer.ts';
import { findStrayFiles } from './stray-files.ts';

export const systemClock: Clock = { now: () => new Date() };
const secretKey = new Uint8Array(32).fill(1);

/** A store in a folder of its own, and a bare HTTP server for its links. */
export async function openFsTarget(): Promise<ConformanceTarget & { readonly folder: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fs-store-'));
  const signerOf = (key: Uint8Array, clock: Clock) => createLinkSigner({ secretKey: key, previousKeys: [], clock });
  const signer = signerOf(secretKey, systemClock);
  const server = createServer((request, response) => {
    const method = request.method;
    if (method === 'GET' || method === 'HEAD') void answer(request, response, method);
    else response.writeHead(405).end();
  });
  const publicUrl = await new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
    });
  });
  const open = (linkSigner: LinkSigner, clock: Clock) => createFsStore({ folder, publicUrl, signer: linkSigner, clock });
  const store = await open(signer, systemClock);

  async function answer(request: IncomingMessage, response: ServerResponse, method: 'GET' | 'HEAD'): Promise<void> {
    const { range, 'if-none-match': ifNoneMatch } = request.headers;
    try {
      const found = await answerFileRequest({
        store,
        links: fileLinks(signer),
        token: (request.url ?? '').replace('/files/', ''),
        method,
        headers: { range, ifRange: undefined, ifNoneMatch },
        signal: AbortSignal.timeout(240_000),
      });
      response.writeHead(found.status, found.headers);
      if (found.body === null) response.end();
      else await pipeline(found.body, response);
    } catch (error) {
      // A reader that went away in the middle of the body.
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const status = error instanceof DomainError ? { forbidden: 403, not_found: 404 }[String(error.kind)] : undefined;
      response.writeHead(status ?? 500).end();
    }
  }

  return {
    folder,
    store,
    withClock: (clock) => open(signerOf(secretKey, clock), clock),
    withWrongSecret: () => open(signerOf(new Uint8Array(32).fill(2), systemClock), systemClock),
    unsignedUrl: (key) =>
      `${publicUrl}/files/${Buffer.from(JSON.stringify({ claims: { key, method: 'GET' } })).toString('base64url')}`,
    async abandonWrite(key) {
      const files = objectFiles(folder, key);
      await mkdir(files.dir, { recursive: true });
      await writeFile(files.bytes(randomBytes(16).toString('hex')), 'half of a fi');
    },
    leftovers: () => findStrayFiles(folder),
    async close() {
      await store.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}
