import Fastify from 'fastify';
import type { Logger } from 'pino';
import type { WorkerMetrics } from './metrics.ts';

interface Check {
  readonly name: string;
  check(): Promise<unknown>;
}

const checkTimeoutMs = 3000;

async function isUp({ check }: Check): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), checkTimeoutMs).unref());
  const answers = check().then(
    () => true,
    () => false,
  );
  return Promise.race([answers, late]);
}

/** `/healthz`, `/readyz`, `/metrics` of a worker process. */
export async function startHealthServer(options: {
  port: number;
  host: string;
  metricsToken: string | null;
  worker: { metrics: WorkerMetrics; checks: readonly Check[] };
  logger: Logger;
}) {
  const app = Fastify();
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const states = await Promise.all(
      options.worker.checks.map(async (check) => [check.name, (await isUp(check)) ? 'ok' : 'down'] as const),
    );
    const isReady = states.every(([, state]) => state === 'ok');
    return reply.status(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', ...Object.fromEntries(states) });
  });
  app.get('/metrics', async (request, reply) => {
    const isAllowed =
      options.metricsToken === null
        ? /^(127\.|::1$|::ffff:127\.)/.test(request.ip)
        : request.headers.authorization === `Bearer ${options.metricsToken}`;
    if (!isAllowed) return reply.status(403).send({ error: 'Forbidden' });
    const { contentType, text } = await options.worker.metrics.render();
    return reply.header('Content-Type', contentType).send(text);
  });
  await app.listen({ port: options.port, host: options.host });
  return app;
}
