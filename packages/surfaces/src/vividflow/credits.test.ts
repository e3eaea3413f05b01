import { describe, expect, it } from 'vitest';
import { finish, type HarnessVividFlow, startVividFlow } from '../../test/harness-vividflow.ts';
import { usageBodySchema } from './schemas.ts';

const usage = async (app: HarnessVividFlow, key: 'owner' | 'ownerSecond' | 'stranger' = 'owner') => {
  const answer = await app.call('GET', '/api/v1/usage', { key });
  expect(answer.statusCode, answer.body).toBe(200);
  return usageBodySchema.parse(answer.json());
};

describe('credits', () => {
  it('begin with 1,000 a month, counted in UTC', async () => {
    const app = await startVividFlow({}, { startsAt: new Date('2025-12-31T23:59:59.900Z') });
    expect(await usage(app)).toEqual({
      credits_remaining: 1000,
      cycle_resets_on: '2026-01-01T00:00:00Z',
      total_jobs: 0,
      completed_jobs: 0,
      failed_jobs: 0,
      queued_jobs: 0,
      recent_24h_jobs: 0,
      daily_limit: 2000,
      reset_time: '2026-01-01T00:00:00Z',
    });
  });

  it('are taken at acceptance, kept by a film, and come back after failure and cancel', async () => {
    const app = await startVividFlow();
    const [made, failed, cancelled] = [await app.submit(), await app.submit(), await app.submit()];
    expect(await usage(app)).toMatchObject({ credits_remaining: 997, total_jobs: 3, queued_jobs: 3, recent_24h_jobs: 3 });
    finish(app, made.job_id);
    app.jobs.change(failed.job_id, { state: 'failed', error: { code: 'x', message: 'y' } });
    await app.call('POST', `/api/v1/cancel/${cancelled.job_id}`);
    const after = await usage(app);
    expect(after).toMatchObject({ credits_remaining: 999, completed_jobs: 1, failed_jobs: 2, queued_jobs: 0 });
    expect(await usage(app, 'ownerSecond')).toEqual(after);
    expect((await usage(app, 'stranger')).credits_remaining).toBe(1000);
  });

  it('cost what the operator says, by model; a refused request costs nothing', async () => {
    const app = await startVividFlow({ VIVIDFLOW_PRICES: 'veo3.1=5,wan2.1=0' });
    await app.submit({ model: 'veo3.1' });
    await app.submit();
    await app.generate({ cfg: '0' });
    expect((await usage(app)).credits_remaining).toBe(995);
  });

  it('429 Credit limit reached when none are left, and a new month brings new ones', async () => {
    const app = await startVividFlow({ VIVIDFLOW_MONTHLY_CREDITS: '1' });
    await app.submit();
    const answer = await app.generate();
    expect([answer.statusCode, answer.json()]).toEqual([
      429,
      {
        error: 'Credit limit reached',
        credits_remaining: 0,
        cycle_resets_on: '2026-06-01T00:00:00Z',
        request_id: expect.stringMatching(/^[0-9a-f]{8}$/),
      },
    ]);
    app.clock.advance(Number(answer.headers['retry-after']));
    await app.submit();
  });

  it('show the usual ceiling where there is none', async () => {
    const app = await startVividFlow({ VIVIDFLOW_MONTHLY_CREDITS: 'unlimited', VIVIDFLOW_RATE_LIMITS: 'day=off' });
    await app.submit();
    expect(await usage(app)).toMatchObject({ credits_remaining: 1000, daily_limit: null });
  });
});
