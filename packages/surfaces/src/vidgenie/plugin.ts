import multipart from '@fastify/multipart';
import type { NewAuditEntry } from '@polyreel/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { drainBody } from '../shared/drain-body.ts';
import { countHit } from '../shared/rate-limits.ts';
import type { SurfaceDeps } from '../surface.ts';
import { auditEntry, authenticate, type Call, type Caller, type PublicCall, requestIdOf, surfaceName } from './call.ts';
import { detailsOf, fault, invalidRequest, toApiError, unstorableTexts } from './errors.ts';
import type { Method } from './method.ts';
import { methods } from './methods/index.ts';
import { isForm, readQuery, receiveBody } from './receive-input.ts';
import { maxBodyBytes, type Settings } from './schemas.ts';

export const prefix = '/api/v1/';

export async function register(app: FastifyInstance, deps: SurfaceDeps, settings: Settings): Promise<void> {
  app.removeAllContentTypeParsers();
  await app.register(multipart, { throwFileSizeLimit: false });
  // Every other body is left unread until the caller is known.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  for (const method of methods)
    app.route({
      method: method.isRead ? ['POST', 'GET'] : ['POST'],
      url: `${prefix}${method.name}`,
      handler: (request, reply) => answer(method, { deps, settings, request, reply }),
    });
}

type Context = { deps: SurfaceDeps; settings: Settings; request: FastifyRequest; reply: FastifyReply };

/** Every authenticated call leaves one audit row: with its effect, or before its answer. */
async function answer(method: Method, context: Context): Promise<unknown> {
  const { deps, settings, request, reply } = context;
  const base = { ...context, method: method.name };
  if (method.access === 'public') {
    await limitRate(context, [
      ['public', request.ip],
      ...(method.name === 'account.register' ? [['register', request.ip] as const] : []),
    ]);
    return wrap(request, reply, await method.run(base, await readInput(method, request)));
  }
  const { caller, isAllowed } = await authenticate(request, deps, method.access);
  const trail = createTrail({ ...base, caller });
  const call: Call = { ...base, caller, effect: trail.effect, about: trail.about, isAudited: trail.isAudited };
  try {
    if (!isAllowed)
      throw fault(403, 'wrong_credential_type', 'This method takes an access token of account.login, not an API key');
    await limitRate({ deps, settings }, [['all', caller.keyId ?? caller.accountId]]);
    const data = method.runForm !== null && isForm(request) ? await method.runForm(call) : await runJson(method, call);
    await trail.close(200);
    return wrap(request, reply, data);
  } catch (error) {
    await trail.close(toApiError(error).status);
    throw error;
  }
}

const runJson = async (method: Method, call: Call): Promise<unknown> => method.run(call, await readInput(method, call.request));

async function readInput(method: Method, request: FastifyRequest): Promise<unknown> {
  const input = request.method === 'POST' ? await receiveBody(request) : readQuery(request);
  const parsed = method.parse(input);
  if ('error' in parsed) throw invalidRequest(detailsOf(parsed.error, input));
  const texts = unstorableTexts(input);
  if (texts.length > 0) throw invalidRequest(texts);
  return parsed.value;
}

function createTrail(call: PublicCall & { caller: Caller }) {
  let target: string | null = null;
  let isWritten = false;
  return {
    about(text: string): void {
      target = text;
    },
    async effect<T>(
      about: string | null,
      change: (audit: NewAuditEntry) => Promise<T>,
      hasWritten: (result: T) => boolean = () => true,
    ): Promise<T> {
      target = about ?? target;
      const result = await change(await auditEntry(call, { target, status: 200 }));
      isWritten = isWritten || hasWritten(result);
      return result;
    },
    isAudited: (): boolean => isWritten,
    async close(status: number): Promise<void> {
      if (!isWritten) await call.deps.auditBatch.note(await auditEntry(call, { target, status }));
      isWritten = true;
    },
  };
}

function wrap(request: FastifyRequest, reply: FastifyReply, data: unknown) {
  const requestId = requestIdOf(request);
  reply.header('X-Request-Id', requestId);
  reply.header('Cache-Control', 'no-store');
  return { data, request_id: requestId };
}

/** Counts the call; throws 429. */
async function limitRate(
  { deps, settings }: Pick<Context, 'deps' | 'settings'>,
  scopes: readonly (readonly [scope: keyof Settings['VIDGENIE_RATE_LIMITS'], who: string])[],
): Promise<void> {
  const windows = scopes.flatMap(([scope, who]) => {
    const rate = settings.VIDGENIE_RATE_LIMITS[scope];
    return rate ? [{ key: `${surfaceName}:${scope}:${who}`, rate }] : [];
  });
  const verdict = await countHit(deps.counter, windows);
  if (!verdict || verdict.isAllowed) return;
  const { rate, resetSeconds } = verdict.tightest;
  throw fault(429, 'rate_limited', `More than ${rate.limit} calls in ${rate.windowSeconds} seconds`, {
    retryAfterSeconds: Math.max(1, Math.ceil(resetSeconds)),
  });
}

/** A client that goes on beyond this is cut off. */
const drainLimits = { maxBytes: 8 * maxBodyBytes, maxWaitMs: 60_000 } as const;

export async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const known = toApiError(error);
  if (known.status >= 500) request.log.error({ err: known.cause ?? known }, 'request failed');
  if (known.retryAfterSeconds !== undefined) reply.header('Retry-After', String(Math.ceil(known.retryAfterSeconds)));
  if (known.status === 401) reply.header('WWW-Authenticate', 'Bearer');
  const requestId = requestIdOf(request);
  reply.header('X-Request-Id', requestId);
  await drainBody(request, reply, drainLimits);
  const { code, ...extras } = known.extras;
  return reply.status(known.status).send({ error: { code, message: known.message, ...extras }, request_id: requestId });
}

/** Unknown methods, and known ones by the wrong verb. */
export async function answerNotFound(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const path = request.url.split('?', 1)[0] ?? '';
  const found = methods.find(({ name }) => path === `${prefix}${name}`);
  if (found === undefined) return answerError(fault(404, 'unknown_method', `There is no method ${nameOf(path)}`), request, reply);
  const allowed = found.isRead ? 'POST, GET, HEAD' : 'POST';
  reply.header('Allow', allowed);
  return answerError(fault(405, 'method_not_allowed', `${found.name} is called by ${allowed}`), request, reply);
}

const nameOf = (path: string): string =>
  path
    .slice(prefix.length)
    .slice(0, 64)
    .replaceAll(/[^\w.-]/g, '?');
