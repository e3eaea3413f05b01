import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

export interface ReceivedPost {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A plain HTTP server on loopback; `answer` does what it likes with the response, or nothing for ever. */
export async function startReceiver(answer: (response: ServerResponse, post: ReceivedPost, index: number) => void) {
  const posts: ReceivedPost[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const post = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) };
    posts.push(post);
    answer(response, post, posts.length - 1);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address !== 'object') throw new Error('the receiver has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    posts,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
