import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Sends text as it is and reads one answer with a Content-Length, or until the server closes. `pieces` are written one by one. */
export async function rawHttp(base: string, pieces: Iterable<string | Uint8Array>): Promise<RawAnswer> {
  const { hostname, port } = new URL(base);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  const answer = readAnswer(socket);
  // A server that answers early may close while we still write; what counts is the answer.
  socket.on('error', () => undefined);
  let wake = (): void => undefined;
  for (const event of ['drain', 'close']) socket.on(event, () => wake());
  for (const piece of pieces) {
    if (socket.destroyed) break;
    const isAccepted = socket.write(piece);
    if (!isAccepted && !socket.destroyed) await new Promise<void>((resolve) => (wake = resolve));
  }
  const result = await answer;
  socket.destroy();
  return result;
}

async function readAnswer(socket: Socket): Promise<RawAnswer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('the socket has an encoding');
    chunks.push(chunk);
    const parsed = parse(Buffer.concat(chunks).toString('latin1'));
    if (parsed) return parsed;
  }
  throw new Error('the connection ended without a whole answer');
}

function parse(text: string): RawAnswer | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  // 100 Continue has no body and is not the answer.
  if (statusLine.includes(' 100 ')) return parse(text.slice(end + 4));
  const body = text.slice(end + 4);
  const length = Number(headers.get('content-length') ?? 0);
  return body.length < length ? null : { status: Number(statusLine.split(' ')[1]), headers, body: body.slice(0, length) };
}
