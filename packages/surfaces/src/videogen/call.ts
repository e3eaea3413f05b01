import type { Principal } from '@polyreel/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { drainBody } from '../shared/drain-body.ts';
import { countHit } from '../shared/rate-limits.ts';
import { readKey } from '../shared/read-key.ts';
import type { SurfaceDeps } from '../surface.ts';
import { apiError, badParameter, toApiError, words } from './errors.ts';
import type { RateGroup, Settings } from './settings.ts';

export const surfaceName = 'videogen';
export const bodyBytesMax = 1024 * 1024;

/** What handlers of this surface are given. */
export interface Context {
  readonly deps: SurfaceDeps;
  readonly settings: Settings;
}

export async function authenticate(request: FastifyRequest, deps: SurfaceDeps): Promise<Principal> {
  const key = readKey(request, 'bearer');
  if (key === null) throw apiError(401, 'missing_api_key', words.missingKey);
  const principal = await deps.authenticator.authenticate(key, surfaceName);
  if (!principal) throw apiError(401, 'invalid_api_key', words.invalidKey);
  return principal;
}

/** Counts the call per key and group, says so in the headers, throws 429. */
export async function limitRate(
  principal: Principal,
  group: RateGroup,
  reply: FastifyReply,
  { deps, settings }: Context,
): Promise<void> {
  const rate = settings.VIDEOGEN_RATE_LIMITS[group];
  const verdict = await countHit(deps.counter, rate ? [{ key: `${surfaceName}:${group}:${principal.keyId}`, rate }] : []);
  if (!verdict) return;
  const { remaining, resetSeconds } = verdict.tightest;
  reply.header('X-RateLimit-Limit', String(verdict.tightest.rate.limit));
  reply.header('X-RateLimit-Remaining', String(Math.max(0, remaining)));
  reply.header('X-RateLimit-Reset', String(Math.ceil(deps.clock.now().getTime() / 1000 + resetSeconds)));
  if (verdict.isAllowed) return;
  reply.header('Retry-After', String(Math.max(1, Math.ceil(resetSeconds))));
  throw apiError(429, 'rate_limited', words.rateLimited);
}

/** A client that goes on beyond this is cut off. */
const drainLimits = { maxBytes: 16 * 1024 * 1024, maxWaitMs: 60_000 } as const;

export async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const answer = toApiError(error);
  if (answer.status >= 500) request.log.error({ err: answer.cause ?? answer }, 'request failed');
  if (answer.status === 401) reply.header('WWW-Authenticate', 'Bearer');
  if (answer.retryAfterSeconds !== undefined) reply.header('Retry-After', String(Math.ceil(answer.retryAfterSeconds)));
  await drainBody(request, reply, drainLimits);
  return reply.status(answer.status).send({ message: answer.message, ...answer.extras });
}

/** `limit` and `cursor`. Clients of the first generation know no pages and get the most at once. */
export function readPage(request: FastifyRequest): { limit: number; cursor?: string } {
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  const cursor = query.get('cursor');
  const limitText = query.get('limit');
  const isOld = /^videogen\/0\./.test(request.headers['user-agent'] ?? '');
  const limit = limitText === null || limitText === '' ? (isOld && !cursor ? pageMax : pageDefault) : Number(limitText);
  if (!Number.isInteger(limit) || limit < 1 || limit > pageMax)
    throw badParameter(`limit must be an integer between 1 and ${pageMax}`);
  return { limit, ...(cursor !== null && cursor !== '' && { cursor }) };
}
const pageMax = 200;
const pageDefault = 50;

/** `true` or `false` in the query string. */
export function readFlag(request: FastifyRequest, name: string): boolean {
  const text = new URLSearchParams(request.url.split('?')[1] ?? '').get(name);
  if (text === null || text === '' || text === 'false') return false;
  if (text === 'true') return true;
  throw badParameter(`${name} must be true or false`);
}

/** Whole seconds since 1970. */
export const toSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);
