import { DomainError, type DomainErrorKind, type ObjectStore } from '@polyreel/core';
import { answerFileRequest, fileLinks, type LinkSigner } from '@polyreel/storage';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface FileRoutesOptions {
  readonly objects: Pick<ObjectStore, 'head' | 'get'>;
  readonly signer: LinkSigner;
}

/** What can go wrong with a link; any other error is the server's. */
const statusByKind: Readonly<Partial<Record<DomainErrorKind, number>>> = {
  forbidden: 403,
  not_found: 404,
  conflict: 503,
  backend_unavailable: 503,
};

/** `GET` and `HEAD /files/<token>`: the links of the `fs` store, with Range. An expired link is 410, a broken one 403. */
export const fileRoutes =
  ({ objects, signer }: FileRoutesOptions) =>
  async (app: FastifyInstance): Promise<void> => {
    const links = fileLinks(signer);
    // A wildcard, because a named parameter has a length limit that a token may pass.
    app.route<{ Params: { '*': string } }>({
      method: ['GET', 'HEAD'],
      url: '/files/*',
      handler: async (request, reply) => {
        const gone = abortWhenGone(request, reply);
        const { range, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = request.headers;
        const method = request.method === 'HEAD' ? 'HEAD' : 'GET';
        try {
          const answer = await answerFileRequest({
            store: objects,
            links,
            token: request.params['*'],
            method,
            headers: { range, ifRange: typeof ifRange === 'string' ? ifRange : undefined, ifNoneMatch },
            signal: gone,
          });
          return reply.status(answer.status).headers(answer.headers).send(answer.body);
        } catch (error) {
          return refuse(reply, error);
        }
      },
    });
  };

/** A client that goes away must not leave a file open. */
function abortWhenGone(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error(`client of request ${request.id} is gone`));
  });
  return controller.signal;
}

function refuse(reply: FastifyReply, error: unknown): FastifyReply {
  const kindStatus = error instanceof DomainError ? statusByKind[error.kind] : undefined;
  if (!(error instanceof DomainError) || kindStatus === undefined) throw error;
  const status = error.code === 'link_expired' ? 410 : kindStatus;
  if (error.retryAfterSeconds !== undefined) reply.header('Retry-After', error.retryAfterSeconds);
  const headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
  return reply
    .status(status)
    .headers(headers)
    .send({ error: { code: error.code, message: error.message } });
}
