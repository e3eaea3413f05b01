import Fastify from 'fastify';
import { type HealthOptions, healthRoutes } from '@polyreel/health';

/** `/healthz`, `/readyz`, `/metrics` of a worker process. */
export async function startHealthServer({ port, host, ...options }: HealthOptions & { port: number; host: string }) {
  const app = Fastify();
  await app.register(healthRoutes(options));
  await app.listen({ port, host });
  return app;
}
