import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

export interface Listener {
  readonly port: number;
  /** Connections accepted so far, on every address of this machine. */
  readonly connects: number;
  close(): Promise<void>;
}

/** Accepts on all addresses of both families, counts, and plays `serve` on each connection. */
export const startListener = async (serve: (socket: Socket) => void = (socket) => socket.end()): Promise<Listener> => {
  let connects = 0;
  const sockets = new Set<Socket>();
  const onConnect = (socket: Socket): void => {
    connects += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    serve(socket);
  };
  const first = createServer(onConnect);
  const port = await listen(first, { host: '0.0.0.0', port: 0 });
  const second = createServer(onConnect);
  // A machine without IPv6 has nothing to reach there either.
  const hasSecond = await listen(second, { host: '::', port, ipv6Only: true }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL') return false;
      throw error;
    },
  );
  return {
    port,
    get connects() {
      return connects;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all((hasSecond ? [first, second] : [first]).map((server) => new Promise((done) => server.close(done))));
    },
  };
};

const listen = async (server: Server, options: { host: string; port: number; ipv6Only?: boolean }): Promise<number> => {
  server.listen(options);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  return address.port;
};

/** Answers each request on a connection with these bytes, then ends it. */
export const answering =
  (head: string, body: string | Buffer = '') =>
  (socket: Socket): void => {
    socket.once('data', () => {
      socket.write(head.replaceAll('\n', '\r\n'));
      socket.end(body);
    });
  };
