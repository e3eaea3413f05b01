import type { Principal } from '@polyreel/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../shared/api-error.ts';
import { drainBody } from '../shared/drain-body.ts';
import { countHit } from '../shared/rate-limits.ts';
import { readKey } from '../shared/read-key.ts';
import type { SurfaceDeps } from '../surface.ts';
import { toApiError, words } from './errors.ts';
import { isJsonObject } from './normalise-body.ts';
import { maxBodyBytes, type Settings } from './schemas.ts';

export const surfaceName = 'vidgen-v2';

export async function authenticate(request: FastifyRequest, deps: SurfaceDeps): Promise<Principal> {
  const key = readKey(request, 'bearer');
  const principal = key === null ? null : await deps.authenticator.authenticate(key, surfaceName);
  if (!principal) throw new ApiError(401, words.unauthorized);
  return principal;
}

/** Counts the call per key; throws 429. */
export async function limitRate(
  principal: Principal,
  scope: keyof Settings['VIDGEN_V2_RATE_LIMITS'],
  deps: SurfaceDeps,
  settings: Settings,
): Promise<void> {
  const rate = settings.VIDGEN_V2_RATE_LIMITS[scope];
  const verdict = await countHit(deps.counter, rate ? [{ key: `${surfaceName}:${scope}:${principal.keyId}`, rate }] : []);
  if (!verdict || verdict.isAllowed) return;
  throw new ApiError(429, words.rateLimited, { retryAfterSeconds: Math.max(1, verdict.tightest.resetSeconds) });
}

/** Slack over the limit of a body: a client that goes on beyond it is cut off. */
const drainLimits = { maxBytes: 2 * maxBodyBytes, maxWaitMs: 60_000 } as const;

/**
 * Answers any error. `action` null: the call ended before its body was read; then a short body is still looked at, because each
 * answer to a `status` call carries `status`: the document's Python reads that key without asking.
 */
export async function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  action: string | null,
): Promise<FastifyReply> {
  const answer = toApiError(error, action);
  if (answer.status >= 500) request.log.error({ err: answer.cause ?? answer }, 'request failed');
  if (answer.status === 401) reply.header('WWW-Authenticate', 'Bearer');
  if (answer.status === 405) reply.header('Allow', 'POST');
  if (answer.retryAfterSeconds !== undefined) reply.header('Retry-After', String(Math.ceil(answer.retryAfterSeconds)));
  const isStatusCall = (action ?? (await peekAction(request))) === 'status';
  await drainBody(request, reply, drainLimits);
  return reply.status(answer.status).send({ ...(isStatusCall && { status: 'FAILED' }), error: answer.message, ...answer.extras });
}

const peekedBytesMax = 16 * 1024;
const peekWaitMs = 5000;

/** The action of a body that nobody has read yet, if it is short and soon there. */
async function peekAction(request: FastifyRequest): Promise<string | null> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (request.method !== 'POST' || request.raw.readableDidRead || length === 0 || length > peekedBytesMax) return null;
  const timer = setTimeout(() => request.raw.destroy(), peekWaitMs);
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request.raw) if (chunk instanceof Uint8Array) chunks.push(chunk);
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return isJsonObject(value) && typeof value.action === 'string' ? value.action : null;
  } catch {
    // Broken off or no JSON: nothing to learn, and the answer stays what it is.
    return null;
  } finally {
    clearTimeout(timer);
  }
}
