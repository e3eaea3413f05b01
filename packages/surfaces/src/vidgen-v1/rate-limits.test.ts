import { describe, expect, it } from 'vitest';
import { audio, image, startV1 } from '../../test/harness-v1.ts';

/** Twenty seconds into a minute. */
const startsAt = new Date('2026-05-07T12:34:20.000Z');

describe('rate limits', async () => {
  const limited = (settings: string) => startV1({ VIDGEN_V1_RATE_LIMITS: settings }, { startsAt });

  it('shows the documented defaults on every answer, 401 and 404 included', async () => {
    const app = await limited('all=600/60s,submit=30/60s');
    const answers = [
      await app.call('GET', '/api/jobs'),
      await app.call('GET', '/api/jobs', null),
      await app.call('GET', '/api/status/cx'),
      await app.call('PUT', '/api/jobs'),
      await app.call('GET', '/api/status'),
      await app.call('GET', '/api/jobs?limit=0'),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 401, 404, 404, 404, 400]);
    for (const [index, { headers }] of answers.entries())
      expect(headers).toMatchObject({
        'ratelimit-policy': '600;w=60',
        'ratelimit-limit': '600',
        'ratelimit-remaining': String(599 - index),
        'ratelimit-reset': '40',
      });
  });

  it('429 with Retry-After, before the key is looked at, until the window ends', async () => {
    const app = await limited('all=2/60s');
    await app.call('GET', '/api/jobs');
    await app.call('GET', '/api/jobs', null);
    for (const key of ['owner', null] as const) {
      const answer = await app.call('GET', '/api/jobs', key);
      expect(answer.statusCode).toBe(429);
      expect(answer.json()).toEqual({ error: 'Too many requests, please slow down' });
      expect(answer.headers).toMatchObject({ 'retry-after': '40', 'ratelimit-remaining': '0', 'ratelimit-reset': '40' });
    }
    app.clock.advance(40);
    expect((await app.call('GET', '/api/jobs')).statusCode).toBe(200);
  });

  it('429 for the 31st submission in a minute, whatever became of the others, and reports the tighter window', async () => {
    const app = await startV1({ VIDGEN_V1_RATE_LIMITS: 'all=600/60s,submit=30/60s' }, { startsAt });
    for (let post = 0; post < 30; post += 1) {
      const answer = await app.post([], { key: null });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers).toMatchObject({ 'ratelimit-limit': '30', 'ratelimit-remaining': String(29 - post) });
    }
    const refused = await app.post([await image(), await audio()]);
    expect(refused.statusCode).toBe(429);
    expect(refused.headers).toMatchObject({ 'ratelimit-policy': '30;w=60', 'retry-after': '40' });
    const other = await app.call('GET', '/api/jobs');
    expect(other.statusCode).toBe(200);
    expect(other.headers).toMatchObject({ 'ratelimit-limit': '600', 'ratelimit-remaining': '568' });
  });

  it('counts each address apart', async () => {
    const app = await limited('all=1/60s');
    const from = (remoteAddress: string) => app.inject({ method: 'GET', url: '/api/jobs', remoteAddress });
    expect((await from('192.0.2.1')).statusCode).toBe(401);
    expect((await from('192.0.2.1')).statusCode).toBe(429);
    expect((await from('192.0.2.2')).statusCode).toBe(401);
  });

  it('shows nothing where all limits are off', async () => {
    const app = await limited('all=off,submit=off');
    const { headers } = await app.call('GET', '/api/jobs');
    expect(Object.keys(headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  });
});
