import { describe, expect, it } from 'vitest';
import { finish, startVividFlow } from '../../test/harness-vividflow.ts';
import { statusBodySchema } from './schemas.ts';

describe('status', async () => {
  const app = await startVividFlow();
  const status = async (id: string) => {
    const answer = await app.call('GET', `/api/v1/status/${id}`);
    expect(answer.statusCode, answer.body).toBe(200);
    return statusBodySchema.parse(answer.json());
  };

  it('PROCESSING while queued and while running, without error and video_url', async () => {
    const { job_id: id } = await app.submit();
    const queued = await status(id);
    expect(queued).toMatchObject({ job_id: id, status: 'PROCESSING', state: 'queued', queue_position: 1, progress: 0 });
    app.jobs.change(id, { state: 'running', progressRatio: 0.999 });
    const running = await status(id);
    expect(running).toMatchObject({ status: 'PROCESSING', state: 'processing', progress: 99 });
    for (const body of [queued, running]) for (const key of ['error', 'video_url']) expect(body).not.toHaveProperty(key);
  });

  it('COMPLETED with video_url, result_url and the seconds it took', async () => {
    const { job_id: id } = await app.submit();
    app.clock.advance(12);
    finish(app, id);
    const body = await status(id);
    const url = `https://files.test/${id}.mp4?token=fil_film`;
    expect(body).toMatchObject({
      job_id: id,
      status: 'COMPLETED',
      state: 'completed',
      progress: 100,
      video_url: url,
      result_url: url,
    });
    expect(body).toMatchObject({ metrics: { spin_up_time: 12, generation_time: 30, total_time: 42 } });
    expect(body).not.toHaveProperty('error');
  });

  it('holds the answer of a caller who prefers to wait until the state changes', async () => {
    const { job_id: id } = await app.submit();
    const held = app.call('GET', `/api/v1/status/${id}`, { headers: { prefer: 'wait=60' } });
    await expect.poll(() => app.jobs.watchCount(), { timeout: 30_000, interval: 5 }).toBe(1);
    app.jobs.change(id, { state: 'running' });
    const answer = await held;
    expect([answer.headers['preference-applied'], answer.json().state]).toEqual(['wait=60', 'processing']);
  });

  it('FAILED with the reason, and the type of one that a filter gave', async () => {
    const { job_id: id } = await app.submit();
    app.jobs.change(id, { state: 'failed', error: { code: 'x', message: 'Video generation returned no results.' } });
    expect(await status(id)).toMatchObject({
      status: 'FAILED',
      state: 'failed',
      error: 'Video generation returned no results.',
      error_message: 'Video generation returned no results.',
    });
    const blocked = await app.submit();
    app.jobs.change(blocked.job_id, { state: 'failed', error: { code: 'content_blocked', message: 'Content blocked' } });
    expect(await status(blocked.job_id)).toMatchObject({ error_type: 'RAI_FILTER' });
  });

  it('FAILED with state cancelled, so that a poller of v1.1 ends', async () => {
    const { job_id: id } = await app.submit();
    expect((await app.call('POST', `/api/v1/cancel/${id}`)).statusCode).toBe(200);
    expect(await status(id)).toMatchObject({ status: 'FAILED', error: 'Job was cancelled', state: 'cancelled' });
  });

  it("404 for unknown and malformed ids and for somebody else's job; another key of the account sees it", async () => {
    const { job_id: id } = await app.submit();
    for (const [text, key] of [
      ['c2c625a3-0fc9-44ba-90e4-25d37428607a', 'owner'],
      ['job-id-123', 'owner'],
      ['%00', 'owner'],
      ['%zz', 'owner'],
      [id, 'stranger'],
    ] as const) {
      const answer = await app.call('GET', `/api/v1/status/${text}`, { key });
      expect([answer.statusCode, answer.json().error]).toEqual([404, 'Job not found']);
    }
    expect((await app.call('GET', `/api/v1/status/${id}`, { key: 'ownerSecond' })).statusCode).toBe(200);
    expect((await app.call('GET', `/api/v1/status/${id.toUpperCase()}`)).statusCode).toBe(200);
  });
});

describe('cancel', async () => {
  const app = await startVividFlow();

  it('400 Cannot cancel once a worker has the job, 404 for what is not there', async () => {
    const { job_id: id } = await app.submit();
    app.jobs.change(id, { state: 'running' });
    const refused = await app.call('POST', `/api/v1/cancel/${id}`);
    expect([refused.statusCode, refused.json().error]).toEqual([400, 'Cannot cancel']);
    const foreign = await app.call('POST', `/api/v1/cancel/${id}`, { key: 'stranger' });
    expect([foreign.statusCode, foreign.json().error]).toEqual([404, 'Job not found']);
    expect((await app.call('POST', '/api/v1/cancel/nothing')).statusCode).toBe(404);
  });

  it('answers the documented body', async () => {
    const { job_id: id } = await app.submit();
    const answer = await app.call('POST', `/api/v1/cancel/${id}`);
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { message: 'Cancelled', request_id: expect.stringMatching(/^[0-9a-f]{8}$/) },
    ]);
  });
});
