import type { Principal } from '@polyreel/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../shared/api-error.ts';
import { drainBody } from '../shared/drain-body.ts';
import { countHit } from '../shared/rate-limits.ts';
import { readKey } from '../shared/read-key.ts';
import type { SurfaceDeps } from '../surface.ts';
import { toApiError, words } from './errors.ts';
import type { Settings } from './schemas.ts';

export const surfaceName = 'vividflow';

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';

export async function authenticate(request: FastifyRequest, deps: SurfaceDeps, settings: Settings): Promise<Principal> {
  const key = readKey(request, 'x-api-key') ?? (settings.VIVIDFLOW_QUERY_KEY ? queryKey(request) : null);
  if (key === null) throw new ApiError(401, words.missingKey);
  const principal = await deps.authenticator.authenticate(key, surfaceName);
  if (!principal) throw new ApiError(401, words.invalidKey);
  if (settings.VIVIDFLOW_REQUIRE_APPROVAL && !isApproved(principal)) throw new ApiError(403, words.pending);
  return principal;
}

/** An operator approves an account by a key that names this surface. */
const isApproved = (principal: Principal): boolean =>
  principal.role === 'admin' || principal.surfaces?.includes(surfaceName) === true;

function queryKey(request: FastifyRequest): string | null {
  if ((request.method !== 'GET' && request.method !== 'HEAD') || !pathOf(request).startsWith('/api/v1/status/')) return null;
  return new URLSearchParams(request.url.split('?')[1] ?? '').get('api_key')?.trim() || null;
}

/** Counts the call per key; throws 429. */
export async function limitRate(
  principal: Principal,
  scopes: readonly (keyof Settings['VIVIDFLOW_RATE_LIMITS'])[],
  deps: SurfaceDeps,
  settings: Settings,
): Promise<void> {
  const windows = scopes.flatMap((scope) => {
    const rate = settings.VIVIDFLOW_RATE_LIMITS[scope];
    return rate ? [{ key: `${surfaceName}:${scope}:${principal.keyId}`, rate }] : [];
  });
  const verdict = await countHit(deps.counter, windows);
  if (!verdict || verdict.isAllowed) return;
  const { rate, resetSeconds } = verdict.tightest;
  const retryAfterSeconds = Math.max(1, Math.ceil(resetSeconds));
  throw new ApiError(429, words.rateLimited, {
    retryAfterSeconds,
    extras: { details: `${rate.limit} requests per ${rate.windowSeconds} seconds are allowed`, retry_after: retryAfterSeconds },
  });
}

/** Eight hex digits that stand in the answer and in the log. */
export const mintRequestId = (deps: Pick<SurfaceDeps, 'randomBytes'>): string => Buffer.from(deps.randomBytes(4)).toString('hex');

/** A client that goes on beyond this is cut off. */
const drainLimits = { maxBytes: 64 * 1024 * 1024, maxWaitMs: 60_000 } as const;

export async function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Pick<SurfaceDeps, 'randomBytes'>,
): Promise<FastifyReply> {
  const answer = toApiError(error);
  const requestId = mintRequestId(deps);
  if (answer.status >= 500) request.log.error({ err: answer.cause ?? answer, vividflowRequestId: requestId }, 'request failed');
  if (answer.retryAfterSeconds !== undefined) reply.header('Retry-After', String(Math.ceil(answer.retryAfterSeconds)));
  await drainBody(request, reply, drainLimits);
  return reply.status(answer.status).send({ error: answer.message, ...answer.extras, request_id: requestId });
}

/** Every other text names no job. */
export const isJobId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** A random UUID, version 4. */
export function mintUuid(randomBytes: (size: number) => Uint8Array): string {
  const bytes = Buffer.from(randomBytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
