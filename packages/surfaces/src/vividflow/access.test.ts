import { keyText } from '@polyreel/testkit/surface-app';
import { describe, expect, it } from 'vitest';
import { startVividFlow } from '../../test/harness-vividflow.ts';
import { vividflow } from './index.ts';

const id = 'c2c625a3-0fc9-44ba-90e4-25d37428607a';
const routes = [
  ['POST', '/api/v1/generate'],
  ['GET', `/api/v1/status/${id}`],
  ['HEAD', `/api/v1/status/${id}`],
  ['GET', '/api/v1/history'],
  ['GET', '/api/v1/usage'],
  ['POST', `/api/v1/cancel/${id}`],
  ['GET', '/api/v1/unknown'],
  ['PUT', '/api/v1/generate'],
  ['GET', '/api/v1'],
] as const;
const publicRoutes = ['GET /api/v1/health', 'HEAD /api/v1/health'];

describe('access', async () => {
  const app = await startVividFlow();

  it.each(routes)('401 in its own words for %s %s without and with a wrong key', async (method, url) => {
    for (const [headers, error] of [
      [{}, 'API key is missing'],
      [{ 'x-api-key': '' }, 'API key is missing'],
      [{ 'x-api-key': 'vivid-api-key-00000000-0000-4000-8000-000000000000' }, 'Invalid API key'],
    ] as const) {
      const answer = await app.call(method, url, { key: null, headers });
      expect(answer.statusCode).toBe(401);
      if (method !== 'HEAD') expect(answer.json()).toEqual({ error, request_id: expect.stringMatching(/^[0-9a-f]{8}$/) });
    }
  });

  it('every route that exists stands in the list above or is public', () => {
    const printed = app.app.printRoutes({ commonPrefix: false, includeHooks: false });
    const existing = printed
      .split('\n')
      .flatMap((line) => {
        const match = /(\/\S*) \(([A-Z, ]+)\)/.exec(line);
        return match ? (match[2] ?? '').split(', ').map((method) => `${method} ${match[1]}`) : [];
      })
      .filter((route) => route.includes('/api/v1/'));
    const known = new Set<string>([
      ...routes.map(([method, url]) => `${method} ${url.replace(id, ':jobId')}`),
      ...['HEAD /api/v1/history', 'HEAD /api/v1/usage'],
      ...publicRoutes,
    ]);
    expect(existing.length).toBeGreaterThan(6);
    expect(existing.filter((route) => !known.has(route))).toEqual([]);
  });

  it('takes a key as a bearer token too', async () => {
    const answer = await app.call('GET', '/api/v1/usage', {
      key: null,
      headers: { authorization: `Bearer ${keyText('owner')}` },
    });
    expect(answer.statusCode).toBe(200);
  });

  it('takes ?api_key= on status alone, and only when switched on', async () => {
    const open = await startVividFlow({ VIVIDFLOW_QUERY_KEY: 'on' });
    const query = `?api_key=${keyText('owner')}`;
    expect((await open.call('GET', `/api/v1/status/${id}${query}`, { key: null })).statusCode).toBe(404);
    expect((await open.call('GET', `/api/v1/usage${query}`, { key: null })).statusCode).toBe(401);
    expect((await app.call('GET', `/api/v1/status/${id}${query}`, { key: null })).statusCode).toBe(401);
  });

  it('403 Account pending approval where the operator wants approval, not for admins', async () => {
    const strict = await startVividFlow({ VIVIDFLOW_REQUIRE_APPROVAL: 'true' });
    const answer = await strict.call('GET', '/api/v1/usage', { key: 'stranger' });
    expect([answer.statusCode, answer.json().error]).toEqual([403, 'Account pending approval']);
    expect((await strict.call('GET', '/api/v1/usage')).statusCode).toBe(200);
  });

  it('404 for what does not exist, 405 for another method', async () => {
    const unknown = await app.call('GET', '/api/v1/unknown');
    expect([unknown.statusCode, unknown.json().error]).toEqual([404, 'Not found']);
    const method = await app.call('PUT', '/api/v1/generate');
    expect([method.statusCode, method.json().error, method.headers.allow]).toEqual([405, 'Method not allowed', 'POST']);
  });

  it('answers health to everybody', async () => {
    const answer = await app.call('GET', '/api/v1/health', { key: null });
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'healthy', service: 'vivid-flow' }]);
  });

  it('owns what has no dot in its first segment below /api/v1', () => {
    const surface = vividflow.bind(vividflow.settings.parse({}));
    expect(['/api/v1', '/api/v1/generate', '/api/v1/status/a.b', '/api/v1/x'].map((path) => surface.owns(path))).toEqual(
      Array.from({ length: 4 }, () => true),
    );
    expect(['/api/v1/render.create', '/api/v2', '/api/status/x', '/api/v10/x'].some((path) => surface.owns(path))).toBe(false);
  });
});
