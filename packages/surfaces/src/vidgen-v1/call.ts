import type { Principal } from '@polyreel/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../shared/api-error.ts';
import { drainBody } from '../shared/drain-body.ts';
import { countHit, setRateLimitHeaders } from '../shared/rate-limits.ts';
import { readKey } from '../shared/read-key.ts';
import type { SurfaceDeps } from '../surface.ts';
import { toApiError, words } from './errors.ts';
import { maxFormBytes, type Settings } from './schemas.ts';

export const surfaceName = 'vidgen-v1';

export async function authenticate(request: FastifyRequest, deps: SurfaceDeps): Promise<Principal> {
  const key = readKey(request, 'x-api-key');
  if (key === null) throw new ApiError(401, words.missingKey);
  const principal = await deps.authenticator.authenticate(key, surfaceName);
  if (!principal) throw new ApiError(401, words.invalidKey);
  return principal;
}

/** Counts the call per address, sets `RateLimit-*`, throws 429. */
export async function limitRate(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: SurfaceDeps,
  settings: Settings,
): Promise<void> {
  const rates = settings.VIDGEN_V1_RATE_LIMITS;
  const isSubmit = request.method === 'POST' && request.url.split('?')[0] === '/api/jobs';
  const verdict = await countHit(deps.counter, [
    ...(rates.all ? [{ key: `${surfaceName}:all:${request.ip}`, rate: rates.all }] : []),
    ...(rates.submit && isSubmit ? [{ key: `${surfaceName}:submit:${request.ip}`, rate: rates.submit }] : []),
  ]);
  if (!verdict) return;
  setRateLimitHeaders(reply, verdict);
  if (!verdict.isAllowed) throw new ApiError(429, words.rateLimited);
}

/** A client that goes on beyond this is cut off. */
const drainLimits = { maxBytes: maxFormBytes, maxWaitMs: 60_000 } as const;

export async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const answer = toApiError(error);
  if (answer.status >= 500) request.log.error({ err: answer.cause ?? answer }, 'request failed');
  if (answer.retryAfterSeconds !== undefined) reply.header('Retry-After', String(Math.ceil(answer.retryAfterSeconds)));
  await drainBody(request, reply, drainLimits);
  return reply.status(answer.status).send({ error: answer.message, ...answer.extras });
}

/** Every other text names no job, and some (NUL, for one) no database would take. */
export const isJobId = (text: string): boolean => /^c[a-z0-9]{1,60}$/.test(text);
