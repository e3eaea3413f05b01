import { describe, expect, it } from 'vitest';
import { startV1 } from '../../test/harness-v1.ts';
import { vidgenV1 } from './index.ts';

describe('paths of the surface', async () => {
  const app = await startV1();

  it.each(['/api/health', '/api/jobs', '/api/jobs/x', '/api/status/x', '/api/status', '/api/jobs/'])('owns %s', (path) => {
    expect(vidgenV1.bind(vidgenV1.settings.parse({})).owns(path)).toBe(true);
  });

  it.each(['/api', '/api/', '/api/v1/status/x', '/api/v2', '/api/jobsx', '/api/healthz', '/v1/jobs', '/'])(
    'leaves %s alone',
    (path) => {
      expect(vidgenV1.bind(vidgenV1.settings.parse({})).owns(path)).toBe(false);
    },
  );

  it('404 Not found in its own words, after the key', async () => {
    const answer = await app.call('GET', '/api/status');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({ error: 'Not found' });
    expect((await app.call('GET', '/api/status', null)).statusCode).toBe(401);
    expect((await app.call('PUT', '/api/jobs')).statusCode).toBe(404);
  });
});
