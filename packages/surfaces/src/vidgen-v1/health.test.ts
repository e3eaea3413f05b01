import { describe, expect, it } from 'vitest';
import { startV1 } from '../../test/harness-v1.ts';
import documented from './fixtures/health.json' with { type: 'json' };

describe('GET /api/health', async () => {
  const app = await startV1({ VIDGEN_V1_RATE_LIMITS: 'all=1/1min' });

  it('answers without a key, the documented body', async () => {
    const answer = await app.call('GET', '/api/health', null);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual(documented.answer);
  });

  it('is not counted, so that probes starve nobody', async () => {
    for (let probe = 0; probe < 5; probe += 1) await app.call('GET', '/api/health', null);
    expect((await app.call('GET', '/api/jobs')).statusCode).toBe(200);
    expect((await app.call('GET', '/api/jobs')).statusCode).toBe(429);
    expect((await app.call('GET', '/api/health', null)).statusCode).toBe(200);
  });
});
