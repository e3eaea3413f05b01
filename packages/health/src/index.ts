import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export interface ReadinessCheck {
  readonly name: string;
  /** Throws when the part does not answer. */
  check(signal: AbortSignal): Promise<unknown>;
}

const checkTimeoutMs = 3000;

/** Runs all checks at once; a part that hangs counts as down after 3 s. */
export async function runChecks(checks: readonly ReadinessCheck[]): Promise<Record<string, 'ok' | 'down'>> {
  const results = await Promise.all(
    checks.map(async ({ name, check }) => {
      const signal = AbortSignal.timeout(checkTimeoutMs);
      const late = new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
      const isUp = await Promise.race([check(signal), late]).then(
        () => true,
        () => false,
      );
      return [name, isUp ? 'ok' : 'down'] as const;
    }),
  );
  return Object.fromEntries(results);
}

export interface HealthOptions {
  readonly checks: readonly ReadinessCheck[];
  /** Prometheus text. */
  readonly metrics: { render(): Promise<{ contentType: string; text: string }> };
  /** Null: `/metrics` answers the machine itself only. */
  readonly metricsToken: string | null;
  /** A process that is stopping is not ready, so that no more work is sent to it. */
  readonly isStopping: () => boolean;
}

/** `/healthz`: the process answers. `/readyz`: database, queue and storage answer too. `/metrics`: Prometheus text. */
export const healthRoutes =
  (options: HealthOptions) =>
  async (app: FastifyInstance): Promise<void> => {
    app.get('/healthz', async () => ({ status: 'ok' }));

    app.get('/readyz', async (_request, reply) => {
      const parts = await runChecks(options.checks);
      const isReady = !options.isStopping() && Object.values(parts).every((state) => state === 'ok');
      return reply.status(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', ...parts });
    });

    app.get('/metrics', async (request, reply) => {
      if (!mayScrape(request, options.metricsToken)) return reply.status(403).send({ error: 'Forbidden' });
      const { contentType, text } = await options.metrics.render();
      return reply.header('Content-Type', contentType).send(text);
    });
  };

const loopback = /^(127\.|::1$|::ffff:127\.)/;

/** With a token only its bearer; without one only the machine itself, by the socket's address and not a header's. */
function mayScrape(request: FastifyRequest, token: string | null): boolean {
  if (token === null)
    return loopback.test(request.socket.remoteAddress ?? '') && request.headers['x-forwarded-for'] === undefined;
  const given = Buffer.from(request.headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
