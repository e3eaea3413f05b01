import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestService {
  readonly baseUrl: string;
  /** Path, key and parsed body of each call. */
  readonly calls: { path: string; authorization: string | undefined; body: unknown }[];
  close(): Promise<void>;
}

/** A real server on loopback; `respond` decides what it does with a call. */
export async function serve(respond: (body: unknown, response: ServerResponse) => void): Promise<TestService> {
  const calls: TestService['calls'] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      const body: unknown = JSON.parse(text);
      calls.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
      respond(body, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export const json = (body: unknown) => (_request: unknown, response: ServerResponse) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
};
