import multipart from '@fastify/multipart';
import type { JobView, Principal } from '@polyreel/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from '../shared/api-error.ts';
import { readIdempotencyKey, setSubmitted } from '../shared/idempotency.ts';
import { holdStatus } from '../shared/prefer-wait.ts';
import { setJobHeaders } from '../shared/response-headers.ts';
import type { SurfaceDeps } from '../surface.ts';
import { answerError, authenticate, isJobId, limitRate, mintRequestId, surfaceName as surface } from './call.ts';
import { words } from './errors.ts';
import { toHistoryBody, toStatusBody } from './from-job.ts';
import { historyLinks, parseHistoryQuery } from './history.ts';
import { receiveForm } from './receive.ts';
import type { Settings } from './schemas.ts';
import { admit, submit } from './submit.ts';
import { readUsage } from './usage.ts';

export async function register(app: FastifyInstance, deps: SurfaceDeps, settings: Settings): Promise<void> {
  app.removeAllContentTypeParsers();
  await app.register(multipart, { throwFileSizeLimit: false });
  // Any other body is left unread; the handler says what it expected.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, deps));

  app.get('/api/v1/health', async () => ({ status: 'healthy', service: 'vivid-flow' }));

  await app.register(async (guarded) => {
    guarded.decorateRequest<Principal | null>('vividflowPrincipal', null);
    guarded.addHook('onRequest', async (request) => {
      const principal = await authenticate(request, deps, settings);
      request.setDecorator('vividflowPrincipal', principal);
      await limitRate(principal, ['all'], deps, settings);
    });
    const principalOf = (request: FastifyRequest): Principal => {
      const principal = request.getDecorator<Principal | null>('vividflowPrincipal');
      if (!principal) throw new ApiError(401, words.missingKey);
      return principal;
    };

    guarded.post('/api/v1/generate', async (request, reply) => {
      const principal = principalOf(request);
      const idempotencyKey = readIdempotencyKey(request);
      // A repeated request takes nothing and comes first: whether it is one is known once it was read.
      if (idempotencyKey === null) await admit(deps, settings, principal);
      const scratch = await deps.makeScratch();
      try {
        const form = await receiveForm(request, scratch.path, settings.VIVIDFLOW_MAX_IMAGE_BYTES);
        return setSubmitted(reply, await submit(deps, settings, { principal, form, scratch, idempotencyKey }));
      } finally {
        await scratch.remove();
      }
    });

    guarded.get<{ Params: { jobId: string } }>('/api/v1/status/:jobId', async (request, reply) => {
      const find = () => findJob(deps, principalOf(request), request.params.jobId);
      const found = await find();
      const job = found && (await holdStatus(deps, { request, reply, job: found, read: find }));
      if (!job) throw new ApiError(404, words.jobNotFound);
      setJobHeaders(reply, job);
      return toStatusBody(job, job.state === 'queued' ? await deps.engine.queuePosition(job) : null, deps.links);
    });

    guarded.get('/api/v1/history', async (request, reply) => {
      const query = parseHistoryQuery(request.query);
      const account = { accountId: principalOf(request).accountId, surface };
      const page = await deps.engine.list({ ...account, limit: query.limit, offset: query.offset });
      const links = historyLinks(query, page, `${deps.publicUrl}/api/v1/history`);
      if (links !== null) reply.header('Link', links);
      reply.header('X-Total-Count', String(await deps.engine.count(account)));
      return toHistoryBody(page.jobs, deps.links);
    });

    guarded.get('/api/v1/usage', async (request) => readUsage(deps, settings, principalOf(request)));

    guarded.post<{ Params: { jobId: string } }>('/api/v1/cancel/:jobId', async (request, reply) => {
      const principal = principalOf(request);
      const job = await findJob(deps, principal, request.params.jobId);
      if (!job) throw new ApiError(404, words.jobNotFound);
      const { outcome } = await deps.engine.cancel({ principal, surface, externalId: job.externalId, from: ['queued'] });
      if (outcome === 'not_found') throw new ApiError(404, words.jobNotFound);
      if (outcome === 'refused') throw new ApiError(400, words.cannotCancel);
      return reply.send({ message: 'Cancelled', request_id: mintRequestId(deps) });
    });
  });
}

async function findJob(deps: SurfaceDeps, principal: Principal, text: string): Promise<JobView | null> {
  return isJobId(text) ? deps.engine.find({ principal, surface, externalId: text.toLowerCase() }) : null;
}
