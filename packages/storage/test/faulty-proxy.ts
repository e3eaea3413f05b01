import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

/** What the proxy does with a request instead of passing it on. */
export type Fault =
  /** Takes the request and answers this status, as a store in trouble does. */
  | { readonly status: number }
  /** Breaks the connection after some of the request's body. */
  | 'cut-request'
  /** Passes the request on and breaks the connection before the answer, or after some of its body. */
  | 'lose-answer'
  | { readonly cutAnswerAfterBytes: number }
  /** Never answers. */
  | 'hang'
  /** Passes it on and says another length. */
  | { readonly contentLength: number };

export interface FaultyProxy {
  readonly endpoint: string;
  /** Every request that came, e.g. `PUT part 2`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/**
 * A proxy in front of a real S3 server. It forwards the Host header as it is, so signatures stay good. `decide` sees a name of the
 * request and how many of that name came before.
 */
export async function startFaultyProxy(
  upstream: string,
  decide: (name: string, before: number) => Fault | null,
): Promise<FaultyProxy> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const name = nameOf(request);
    const fault = decide(name, requests.filter((earlier) => earlier === name).length);
    requests.push(name);
    void serve({ upstream, request, response, fault }).catch(() => response.destroy());
  });
  const endpoint = await new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
    });
  });
  return {
    endpoint,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function nameOf({ method = '', url = '' }: IncomingMessage): string {
  const query = new URL(url, 'http://proxy').searchParams;
  if (query.has('partNumber')) return `${method} part`;
  if (query.has('uploads')) return method === 'POST' ? 'begin' : 'uploads';
  if (query.has('uploadId')) return method === 'POST' ? 'complete' : 'abort';
  return query.has('list-type') ? 'list' : method;
}

interface Serve {
  readonly upstream: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly fault: Fault | null;
}

async function serve({ upstream, request, response, fault }: Serve): Promise<void> {
  if (fault === 'hang') return void request.resume();
  if (fault === 'cut-request') {
    request.once('data', () => request.destroy());
    return;
  }
  if (fault !== null && typeof fault === 'object' && 'status' in fault) {
    request.resume();
    request.once('end', () => response.writeHead(fault.status).end());
    return;
  }
  const { host, port } = new URL(upstream);
  const forward = httpRequest({
    host: host.split(':')[0],
    port,
    method: request.method,
    path: request.url,
    headers: request.headers,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => forward.once('response', resolve).once('error', reject));
  await pipeline(request, forward);
  await passOn(await answered, response, fault);
}

async function passOn(answer: IncomingMessage, response: ServerResponse, fault: Fault | null): Promise<void> {
  if (fault === 'lose-answer') {
    answer.resume();
    answer.once('end', () => response.destroy());
    return;
  }
  const contentLength = fault !== null && typeof fault === 'object' && 'contentLength' in fault ? fault.contentLength : undefined;
  const headers = { ...answer.headers, ...(contentLength !== undefined && { 'content-length': String(contentLength) }) };
  response.writeHead(answer.statusCode ?? 502, headers);
  if (fault !== null && typeof fault === 'object' && 'cutAnswerAfterBytes' in fault) {
    let sent = 0;
    for await (const chunk of answer) {
      response.write(chunk);
      sent += chunk.length;
      if (sent >= fault.cutAnswerAfterBytes) break;
    }
    response.destroy();
    return;
  }
  await pipeline(answer, response);
}
