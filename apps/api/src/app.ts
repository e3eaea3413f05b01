import type { Surface, SurfaceDeps } from '@polyreel/surfaces';
import type { Server } from 'node:http';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RouteOptions,
} from 'fastify';
import type { Calls } from './call-trail.ts';
import type { ApiMetrics } from './metrics.ts';
import { requestIdOf } from './request-id.ts';

export interface AppOptions {
  readonly surfaces: readonly Surface[];
  readonly surfaceDeps: SurfaceDeps;
  readonly logger: FastifyBaseLogger;
  readonly trustProxy: false | number | readonly string[];
  readonly metrics: ApiMetrics;
  readonly calls: Pick<Calls, 'run'>;
  /** Told of every route as it is added. */
  readonly onRoute?: (route: RouteOptions) => void;
  /** The server's own routes: health, files, share pages. */
  readonly ownRoutes: readonly ((app: FastifyInstance) => Promise<void>)[];
}

/** A body may not take longer than this to arrive, nor a client stay silent between requests. */
const requestTimeoutMs = 10 * 60_000;

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';

/** A number counts the proxies in front: that many addresses from our end are believed. */
function trustProxyOf(setting: AppOptions['trustProxy']): false | string[] | ((address: string, hop: number) => boolean) {
  if (setting === false) return false;
  return typeof setting === 'number' ? (_address, hop) => hop < setting : [...setting];
}

/**
 * The gateway without a socket: every surface in its own encapsulated context, the server's own routes, and the only 404
 * dispatcher, which asks the surface that owns the path.
 */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { surfaces, surfaceDeps, metrics } = options;
  const surfaceOf = (path: string): Surface | undefined => surfaces.find((surface) => surface.owns(path));
  const notFound = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const surface = surfaceOf(pathOf(request));
    return surface ? surface.answerNotFound(request, reply, surfaceDeps) : reply.status(404).send({ error: 'Not found' });
  };
  const app = Fastify<Server>({
    loggerInstance: options.logger,
    trustProxy: trustProxyOf(options.trustProxy),
    genReqId: requestIdOf,
    logController: new LogController({ requestIdLogLabel: 'requestId', disableRequestLogging: true }),
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 4096 },
    // A path that cannot be decoded never reaches a route; its surface still answers in its own words.
    frameworkErrors: (_error, request, reply) => {
      reply.header('X-Request-Id', request.id);
      void notFound(request, reply);
    },
  });
  // A body that no route asked for is left unread: whoever owns the path answers, in its own words.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  if (options.onRoute) app.addHook('onRoute', options.onRoute);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id);
  });
  app.addHook('onRequest', (request, _reply, done) => {
    const surface = surfaceOf(pathOf(request));
    if (surface === undefined || surface.writesAudit) return done();
    const userAgent = request.headers['user-agent'] ?? null;
    options.calls.run({ surface: surface.name, ip: request.ip, userAgent, requestId: request.id }, done);
  });
  app.addHook('onResponse', async (request, reply) => {
    const surface = surfaceOf(pathOf(request))?.name ?? 'server';
    metrics.countRequest(surface, reply.statusCode, reply.elapsedTime / 1000);
    request.log.debug(
      { method: request.method, path: pathOf(request), status: reply.statusCode, ms: reply.elapsedTime },
      'request',
    );
  });
  app.setErrorHandler((error, request, reply) => {
    const status =
      error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
    if (status >= 500) request.log.error({ err: error }, 'request failed');
    return reply
      .status(status)
      .send({ error: status >= 500 || !(error instanceof Error) ? 'Internal server error' : error.message });
  });
  app.setNotFoundHandler(notFound);
  for (const route of options.ownRoutes) await app.register(route);
  for (const surface of surfaces) await app.register(async (scope) => surface.register(scope, surfaceDeps));
  return app;
}
