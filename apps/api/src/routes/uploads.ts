import { DomainError, type DomainErrorKind, type Files } from '@polyreel/core';
import type { FastifyInstance, FastifyReply } from 'fastify';

const statusByKind: Readonly<Partial<Record<DomainErrorKind, number>>> = {
  forbidden: 403,
  invalid_request: 400,
  too_large: 413,
  overloaded: 503,
  backend_unavailable: 503,
};

/** `PUT /uploads/<token>`: the bytes of a file. The link is the permission; it works once. Any type; memory does not grow with the body. */
export const uploadRoutes =
  (files: Pick<Files, 'receive'>) =>
  async (app: FastifyInstance): Promise<void> => {
    app.removeAllContentTypeParsers();
    // The body is read by the handler, straight into the store.
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    // Browsers ask first.
    app.options('/uploads/*', async (_request, reply) =>
      reply
        .headers({
          ...cors,
          'Access-Control-Allow-Methods': 'PUT',
          'Access-Control-Allow-Headers': '*',
          'Access-Control-Max-Age': '86400',
        })
        .status(204)
        .send(),
    );
    app.put<{ Params: { '*': string } }>('/uploads/*', async (request, reply) => {
      reply.headers(cors);
      const gone = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) gone.abort(new Error(`client of request ${request.id} is gone`));
      });
      const length = request.headers['content-length'];
      try {
        await files.receive(request.params['*'], {
          stream: request.raw,
          sizeBytes: length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : null,
          signal: gone.signal,
        });
        return await reply.status(200).send();
      } catch (error) {
        return refuse(reply, error);
      }
    });
  };

const cors = { 'Access-Control-Allow-Origin': '*' } as const;

/** What is left of the body is not wanted: the connection ends with the answer. */
function refuse(reply: FastifyReply, error: unknown): FastifyReply {
  const status = error instanceof DomainError ? statusByKind[error.kind] : undefined;
  if (!(error instanceof DomainError) || status === undefined) throw error;
  if (error.retryAfterSeconds !== undefined) reply.header('Retry-After', error.retryAfterSeconds);
  return reply
    .status(status)
    .headers({ 'Cache-Control': 'no-store', Connection: 'close' })
    .send({ error: { code: error.code, message: error.message } });
}
