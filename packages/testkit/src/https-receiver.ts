import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { makeLoopbackCertificate } from './loopback-certificate.ts';

export interface ReceivedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly at: Date;
}

export interface HttpsReceiver {
  /** `https://localhost:<port>`. */
  readonly url: string;
  readonly port: number;
  /** PEM of its authority. */
  readonly ca: string;
  readonly calls: readonly ReceivedCall[];
  /** Resolves with the call at that place (from 0) once it has come; rejects after `deadlineMs`. */
  waitFor(index: number, deadlineMs?: number): Promise<ReceivedCall>;
  close(): Promise<void>;
}

/** An https server on loopback that keeps what it gets. `answer` gives the status; default 200. `null`: never answers. */
export async function startHttpsReceiver(
  answer: (call: ReceivedCall, index: number) => number | null = () => 200,
): Promise<HttpsReceiver> {
  const certificate = await makeLoopbackCertificate();
  const calls: ReceivedCall[] = [];
  const waiting = new Set<() => void>();
  const server: Server = createServer({ cert: certificate.cert, key: certificate.key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const call: ReceivedCall = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks),
      at: new Date(),
    };
    const status = answer(call, calls.length);
    calls.push(call);
    for (const look of waiting) look();
    if (status !== null) response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return {
    url: `https://localhost:${address.port}`,
    port: address.port,
    ca: certificate.ca,
    calls,
    waitFor: (index, deadlineMs = 60_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`call ${index} did not come within ${deadlineMs} ms; ${calls.length} came`));
        }, deadlineMs);
        const look = (): void => {
          const call = calls[index];
          if (!call) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(call);
        };
        waiting.add(look);
        look();
      }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
