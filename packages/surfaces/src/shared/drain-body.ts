import type { FastifyReply, FastifyRequest } from 'fastify';

export interface DrainLimits {
  /** Beyond it the connection is closed, answer seen or not. */
  readonly maxBytes: number;
  /** The longest wait where the answer has to wait for the body. */
  readonly maxWaitMs: number;
}

/**
 * Reads what is left of a body nobody wants, so that the client gets to the answer instead of a broken pipe. The answer goes out at
 * once where the connection lives on; where the client asked to close it, the body comes first: closing with unread bytes resets
 * the connection and takes the answer with it.
 */
export async function drainBody(request: FastifyRequest, reply: FastifyReply, limits: DrainLimits): Promise<void> {
  const { raw } = request;
  if (raw.readableEnded || raw.destroyed) return;
  let bytes = 0;
  raw.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes > limits.maxBytes) raw.destroy();
  });
  // A connection that breaks meanwhile needs no answer.
  raw.on('error', () => undefined);
  raw.resume();
  if (reply.raw.shouldKeepAlive) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, limits.maxWaitMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    raw.once('end', done);
    raw.once('close', done);
  });
}
