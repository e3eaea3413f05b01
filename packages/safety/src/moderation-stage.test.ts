import { createRequire } from 'node:module';
import { defaultPolicy } from '@polyreel/core/safety';
import { afterEach, expect, it } from 'vitest';
import { json, serve, type TestService } from '../test/serve.ts';
import { createModerationStage } from './moderation-stage.ts';

let service: TestService | undefined;
afterEach(() => service?.close());
const options = () => ({ policy: defaultPolicy, signal: AbortSignal.timeout(30_000) });
const result = (categories: Record<string, boolean>, scores: Record<string, number> = {}) => ({
  id: 'modr-1',
  model: 'omni-moderation-latest',
  results: [{ flagged: Object.values(categories).some(Boolean), categories, category_scores: scores }],
});
const start = async (respond: Parameters<typeof serve>[0], model: string | null = 'omni-moderation-latest') => {
  service = await serve(respond);
  return createModerationStage({ baseUrl: service.baseUrl, apiKey: 'secret', model });
};

it('asks as the API has it, and reads flags and scores', async () => {
  const stage = await start(
    json(result({ violence: true, 'hate/threatening': true, sexual: false }, { violence: 0.95, sexual: 0.99 })),
  );
  expect(await stage.judgeText('a text', options())).toEqual([
    { category: 'violence', severity: 'high' },
    { category: 'hate', severity: 'high' },
  ]);
  expect(service?.calls).toEqual([
    { path: '/v1/moderations', authorization: 'Bearer secret', body: { input: 'a text', model: 'omni-moderation-latest' } },
  ]);
});

it('sends no model where the endpoint has its own', async () => {
  const stage = await start(json(result({ sexual: false })), null);
  expect(await stage.judgeText('a text', options())).toEqual([]);
  expect(service?.calls[0]?.body).toEqual({ input: 'a text' });
});

it('sends a picture as a data URI', async () => {
  const stage = await start(json(result({ 'sexual/minors': true })));
  const picture = createRequire(import.meta.url).resolve('@polyreel/testkit/fixtures/portrait.jpg');
  expect(await stage.judgePicture(picture, options())).toEqual([{ category: 'minors', severity: 'high' }]);
  expect(JSON.stringify(service?.calls[0]?.body)).toMatch(/"image_url":\{"url":"data:image\/jpeg;base64,/);
});

it.each<[string, Parameters<typeof serve>[0]]>([
  ['no JSON', (_body, response) => response.end('safe')],
  ['no results', json({ results: [] })],
  ['scores beyond reason', json(result({ sexual: false }, { sexual: 7 }))],
  ['a flag under an unknown name', json(result({ weather: true }))],
  ['a 500', (_body, response) => response.writeHead(500).end()],
  ['a redirect', (_body, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ['two megabytes', (_body, response) => response.end('x'.repeat(2 * 1024 * 1024))],
  ['a broken connection', (_body, response) => response.destroy()],
])('throws for %s', async (_what, respond) => {
  const stage = await start(respond);
  await expect(stage.judgeText('a secret text', options())).rejects.toThrow(
    expect.not.objectContaining({ message: 'a secret text' }),
  );
});

it('stops when it is told to', async () => {
  const stage = await start(() => undefined);
  await expect(stage.judgeText('x', { policy: defaultPolicy, signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});
