import multipart from '@fastify/multipart';
import type { Principal } from '@polyreel/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiError } from '../shared/api-error.ts';
import { readIdempotencyKey, setSubmitted, type Submitted } from '../shared/idempotency.ts';
import { holdStatus } from '../shared/prefer-wait.ts';
import { setJobHeaders } from '../shared/response-headers.ts';
import type { SurfaceDeps } from '../surface.ts';
import { answerError, authenticate, isJobId, limitRate, surfaceName as surface } from './call.ts';
import { words } from './errors.ts';
import { stateOfWord, toListBody, toStatusBody } from './from-job.ts';
import { receiveSubmission } from './receive.ts';
import { type Settings, statusWordSchema, statusWords } from './schemas.ts';
import { submit } from './submit.ts';

export async function register(app: FastifyInstance, deps: SurfaceDeps, settings: Settings): Promise<void> {
  app.removeAllContentTypeParsers();
  await app.register(multipart, { throwFileSizeLimit: false });
  // Any other body is left unread; the handler says what it expected.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setErrorHandler(answerError);

  app.get('/api/health', async () => ({ status: 'ok' }));

  await app.register(async (guarded) => {
    guarded.decorateRequest<Principal | null>('vidgenV1Principal', null);
    guarded.addHook('onRequest', async (request, reply) => {
      await limitRate(request, reply, deps, settings);
      request.setDecorator('vidgenV1Principal', await authenticate(request, deps));
    });
    const principalOf = (request: FastifyRequest): Principal => {
      const principal = request.getDecorator<Principal | null>('vidgenV1Principal');
      if (!principal) throw new ApiError(401, words.missingKey);
      return principal;
    };

    guarded.post('/api/jobs', async (request, reply) => {
      return setSubmitted(reply, await receiveAndSubmit(request, principalOf(request), deps, settings));
    });

    guarded.get('/api/jobs', async (request) => {
      const query = parseListQuery(request.query);
      const principal = principalOf(request);
      const page = await deps.engine.list({ accountId: principal.accountId, surface, ...query }).catch((cause: unknown) => {
        throw isInvalidCursor(cause) ? new ApiError(400, 'Invalid cursor', { cause }) : cause;
      });
      return toListBody({ ...page, limit: query.limit }, deps.links);
    });

    guarded.get<{ Params: { jobId: string } }>('/api/status/:jobId', async (request, reply) => {
      const externalId = request.params.jobId;
      const find = () => deps.engine.find({ principal: principalOf(request), surface, externalId });
      const found = isJobId(externalId) ? await find() : null;
      const job = found && (await holdStatus(deps, { request, reply, job: found, read: find }));
      if (!job) throw new ApiError(404, words.notFound);
      setJobHeaders(reply, job);
      return toStatusBody(job, deps.links);
    });

    guarded.delete<{ Params: { jobId: string } }>('/api/jobs/:jobId', async (request) => {
      if (!isJobId(request.params.jobId)) throw new ApiError(404, words.notFound);
      const cancelled = await deps.engine.cancel({
        principal: principalOf(request),
        surface,
        externalId: request.params.jobId,
        from: ['queued'],
      });
      if (cancelled.outcome === 'not_found') throw new ApiError(404, words.notFound);
      if (cancelled.outcome === 'refused') throw new ApiError(409, words.notCancellable);
      return { success: true, message: 'Job cancelled successfully' };
    });
  });
}

/** The scratch folder is gone before anybody is answered. */
async function receiveAndSubmit(
  request: FastifyRequest,
  principal: Principal,
  deps: SurfaceDeps,
  settings: Settings,
): Promise<Submitted> {
  const idempotencyKey = readIdempotencyKey(request);
  // A repeated request is answered though the server is full: whether it is one is known once it was read.
  if (idempotencyKey === null) await deps.engine.assertFreeSpace();
  const scratch = await deps.makeScratch();
  try {
    return await submit(deps, settings, principal, await receiveSubmission(request, scratch.path), idempotencyKey);
  } finally {
    await scratch.remove();
  }
}

const isInvalidCursor = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'invalid_cursor';

const querySchema = z.object({
  limit: z.union([z.string(), z.array(z.string())]).optional(),
  cursor: z.union([z.string(), z.array(z.string())]).optional(),
  status: z.union([z.string(), z.array(z.string())]).optional(),
});

function parseListQuery(raw: unknown) {
  const query = querySchema.parse(raw);
  const limitText = query.limit ?? '20';
  const limit = typeof limitText === 'string' && /^\d{1,3}$/.test(limitText) ? Number(limitText) : 0;
  if (limit < 1 || limit > 100) throw new ApiError(400, 'limit must be an integer between 1 and 100');
  if (query.cursor !== undefined && (Array.isArray(query.cursor) || !isJobId(query.cursor)))
    throw new ApiError(400, 'Invalid cursor');
  const status = statusWordSchema
    .optional()
    .safeParse(typeof query.status === 'string' ? query.status.toUpperCase() : query.status);
  if (!status.success) throw new ApiError(400, `status must be one of ${statusWords.join(', ')}`);
  return {
    limit,
    ...(query.cursor !== undefined && { afterExternalId: query.cursor }),
    ...(status.data && { states: [stateOfWord(status.data)] }),
  };
}
