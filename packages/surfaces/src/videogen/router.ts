import type { Principal } from '@polyreel/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { receiveJson } from '../shared/receive-json.ts';
import { createLazyScratch } from '../shared/lazy-scratch.ts';
import { authenticate, bodyBytesMax, type Context, limitRate } from './call.ts';
import { apiError, badParameter, words } from './errors.ts';
import type { RateGroup } from './settings.ts';

/** One authenticated call within its limits. */
export interface Incoming {
  readonly principal: Principal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Of a POST: an object; `{}` where none came. */
  readonly body: unknown;
  /** `:id` of the path; empty where it has none. */
  readonly id: string;
  /** `:other` of the path. */
  readonly other: string;
}
type Handler = (call: Incoming) => Promise<unknown>;

/** Adds routes that answer 401 first, then 429, then look at the body. */
export interface Router {
  readonly context: Context;
  get(path: string, group: RateGroup, handler: Handler): void;
  post(path: string, group: RateGroup, handler: Handler): void;
  delete(path: string, group: RateGroup, handler: Handler): void;
}

export function createRouter(app: FastifyInstance, context: Context): Router {
  const add = (method: 'GET' | 'POST' | 'DELETE', url: string, group: RateGroup, handler: Handler): void => {
    app.route<{ Params: { id?: string; other?: string } }>({
      method,
      url,
      // Before the body is read: a stranger's is not.
      handler: async (request, reply) => {
        const principal = await authenticate(request, context.deps);
        await limitRate(principal, group, reply, context);
        const body = method === 'POST' ? await readJsonBody(request, context) : {};
        const { id = '', other = '' } = request.params;
        return handler({ principal, request, reply, body, id, other });
      },
    });
  };
  return {
    context,
    get: (url, group, handler) => add('GET', url, group, handler),
    post: (url, group, handler) => add('POST', url, group, handler),
    delete: (url, group, handler) => add('DELETE', url, group, handler),
  };
}

/** No body at all is an empty object: several calls of this API have none. */
async function readJsonBody(request: FastifyRequest, { deps }: Context): Promise<unknown> {
  const scratch = createLazyScratch(deps.makeScratch);
  try {
    const hasBody = Number(request.headers['content-length'] ?? 0) > 0 || request.headers['transfer-encoding'] !== undefined;
    if (!hasBody) return {};
    const { value } = await receiveJson(request, {
      maxBodyBytes: bodyBytesMax,
      maxDataBytes: 1,
      jsonPool: deps.jsonPool,
      beforeSpill: () => deps.engine.assertFreeSpace(),
      scratch: scratch.folder,
    });
    if (value === null) return {};
    if (typeof value !== 'object' || Array.isArray(value)) throw badParameter(words.object);
    return value;
  } catch (cause) {
    throw cause instanceof SyntaxError ? apiError(400, 'invalid_request', words.json, { cause }) : cause;
  } finally {
    await scratch.remove();
  }
}
