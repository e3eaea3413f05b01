import type { Principal } from '@polyreel/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../shared/api-error.ts';
import { readIdempotencyKey, setSubmitted } from '../shared/idempotency.ts';
import { createLazyScratch, type LazyScratch } from '../shared/lazy-scratch.ts';
import { holdStatus } from '../shared/prefer-wait.ts';
import { receiveJson } from '../shared/receive-json.ts';
import { setJobHeaders } from '../shared/response-headers.ts';
import type { ParsedJson, SurfaceDeps } from '../surface.ts';
import { answerError, authenticate, limitRate, surfaceName } from './call.ts';
import { words } from './errors.ts';
import { shownText } from './faults.ts';
import { toModelsBody, toStatusBody } from './from-job.ts';
import { generate } from './generate.ts';
import { isJsonObject, type JsonObject } from './normalise-body.ts';
import { optimize, random } from './optimize.ts';
import { type Action, actions, maxBodyBytes, maxFrameBytes, type Settings } from './schemas.ts';

/** One call past the checks that need no action. */
interface Call {
  readonly principal: Principal;
  readonly body: JsonObject;
  readonly parsed: ParsedJson;
  readonly scratch: LazyScratch;
  readonly idempotencyKey: string | null;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export async function register(app: FastifyInstance, deps: SurfaceDeps, settings: Settings): Promise<void> {
  const handlers = createHandlers(deps, settings);
  // Bodies are read by the handler: with flat memory, and only after the checks that come before.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.decorateRequest<Principal | null>('vidgenV2Principal', null);
  app.decorateRequest<string | null>('vidgenV2Action', null);
  app.setErrorHandler((error, request, reply) =>
    answerError(error, request, reply, request.getDecorator<string | null>('vidgenV2Action') ?? pathAction(request)),
  );

  const onRequest = async (request: FastifyRequest): Promise<void> => {
    if (request.method !== 'POST') throw new ApiError(405, words.method);
    const principal = await authenticate(request, deps);
    request.setDecorator('vidgenV2Principal', principal);
    await limitRate(principal, 'all', deps, settings);
  };

  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const principal = request.getDecorator<Principal | null>('vidgenV2Principal');
    if (!principal) throw new ApiError(401, words.unauthorized);
    const scratch = createLazyScratch(deps.makeScratch);
    try {
      const parsed = await readBody(request, deps, scratch);
      if (!isJsonObject(parsed.value)) throw new ApiError(400, words.notAnObject);
      const action = readAction(parsed.value, pathAction(request));
      request.setDecorator('vidgenV2Action', action);
      const idempotencyKey = action === 'generate' ? readIdempotencyKey(request) : null;
      return await handlers[action]({ principal, body: parsed.value, parsed, scratch, idempotencyKey, request, reply });
    } finally {
      await scratch.remove();
    }
  };

  for (const url of ['/api/v2', '/api/v2/:action'])
    app.route({ method: app.supportedMethods, url, exposeHeadRoute: false, onRequest, handler: handle });
}

/** `POST /api/v2/<action>` is a common reading of the document's headings; empty: a trailing slash. */
function pathAction(request: FastifyRequest): string | null {
  const { params } = request;
  return isJsonObject(params) && typeof params.action === 'string' && params.action !== '' ? params.action : null;
}

async function readBody(request: FastifyRequest, deps: SurfaceDeps, scratch: LazyScratch): Promise<ParsedJson> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) throw new ApiError(415, words.contentType);
  try {
    return await receiveJson(request, {
      maxBodyBytes,
      maxDataBytes: maxFrameBytes,
      jsonPool: deps.jsonPool,
      // A repeated request is answered though the server is full: whether it is one is known once it was read.
      beforeSpill: async () => {
        if (request.headers['idempotency-key'] === undefined) await deps.engine.assertFreeSpace();
      },
      scratch: scratch.folder,
    });
  } catch (cause) {
    throw cause instanceof SyntaxError ? new ApiError(400, words.invalidJson, { cause }) : cause;
  }
}

function readAction(body: JsonObject, fromPath: string | null): Action {
  const given = fromPath ?? body.action;
  if (typeof given !== 'string' || given === '') throw new ApiError(400, words.actionRequired);
  const action = actions.find((known) => known === given);
  if (!action) throw new ApiError(400, `Unknown action: ${shownText(given)}`);
  if ((body.action ?? action) !== action) throw new ApiError(400, `action must be "${action}" on this path`);
  return action;
}

/** Every action has a handler by type. */
function createHandlers(deps: SurfaceDeps, settings: Settings): Readonly<Record<Action, (call: Call) => Promise<unknown>>> {
  return {
    models: async () => toModelsBody(await deps.engine.catalog(), settings.VIDGEN_V2_MAX_SCENES),

    async generate(call) {
      const admit = () => limitRate(call.principal, 'generate', deps, settings);
      return setSubmitted(call.reply, await generate(deps, settings, { ...call, admit }));
    },

    async status({ principal, body, request, reply }) {
      if (typeof body.id !== 'string' || body.id.trim() === '') throw new ApiError(400, words.idRequired);
      const externalId = body.id.trim();
      const find = () => deps.engine.find({ principal, surface: surfaceName, externalId });
      const found = isRunId(externalId) ? await find() : null;
      let job = found && (await holdStatus(deps, { request, reply, job: found, read: find }));
      let position = job?.state === 'queued' ? await deps.engine.queuePosition(job) : null;
      // No position: a worker took the job between the two questions.
      if (job?.state === 'queued' && position === null) {
        job = await find();
        position = job?.state === 'queued' ? await deps.engine.queuePosition(job) : null;
      }
      if (!job) throw new ApiError(404, words.jobNotFound);
      setJobHeaders(reply, job);
      return toStatusBody(job, position, deps.links);
    },

    optimize: async ({ principal, body }) => optimize(deps, principal, body),

    random: async ({ body }) => random(deps, body),
  };
}

const isRunId = (text: string): boolean => /^run_[a-z0-9]{1,60}$/.test(text);
