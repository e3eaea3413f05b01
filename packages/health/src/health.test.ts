import Fastify from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { type HealthOptions, healthRoutes } from './index.ts';

const apps: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function open(options: Partial<HealthOptions> = {}, trustProxy = false) {
  const app = Fastify({ trustProxy });
  apps.push(app);
  await app.register(
    healthRoutes({
      checks: [],
      metrics: { render: async () => ({ contentType: 'text/plain', text: 'up 1\n' }) },
      metricsToken: null,
      isStopping: () => false,
      ...options,
    }),
  );
  return app;
}

const good = { name: 'database', check: async () => 1 };

it('is ready while every part answers', async () => {
  const app = await open({ checks: [good] });
  expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
  const answer = await app.inject('/readyz');
  expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ready', database: 'ok' }]);
});

it.each([
  ['refuses', () => Promise.reject(new Error('no'))],
  ['hangs', () => new Promise<never>(() => undefined)],
])('is not ready while a part %s, and says which', async (_how, check) => {
  const app = await open({ checks: [good, { name: 'queue', check }] });
  const answer = await app.inject('/readyz');
  expect([answer.statusCode, answer.json()]).toEqual([503, { status: 'not ready', database: 'ok', queue: 'down' }]);
  expect((await app.inject('/healthz')).statusCode).toBe(200);
});

it('is not ready while it stops', async () => {
  const app = await open({ checks: [good], isStopping: () => true });
  expect((await app.inject('/readyz')).statusCode).toBe(503);
});

it('shows metrics to the machine itself without a token, whatever a header says', async () => {
  const app = await open({}, true);
  expect((await app.inject('/metrics')).payload).toBe('up 1\n');
  expect((await app.inject({ url: '/metrics', remoteAddress: '192.0.2.7' })).statusCode).toBe(403);
  const disguised = { url: '/metrics', remoteAddress: '192.0.2.7', headers: { 'x-forwarded-for': '127.0.0.1' } };
  expect((await app.inject(disguised)).statusCode).toBe(403);
  expect((await app.inject({ url: '/metrics', headers: { 'x-forwarded-for': '192.0.2.7' } })).statusCode).toBe(403);
});

it('shows metrics to the bearer of the token alone', async () => {
  const app = await open({ metricsToken: 'secret' });
  expect((await app.inject('/metrics')).statusCode).toBe(403);
  expect((await app.inject({ url: '/metrics', headers: { authorization: 'Bearer secrez' } })).statusCode).toBe(403);
  const answer = await app.inject({ url: '/metrics', remoteAddress: '192.0.2.7', headers: { authorization: 'Bearer secret' } });
  expect(answer.payload).toBe('up 1\n');
});
