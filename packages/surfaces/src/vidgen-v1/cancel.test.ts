import { describe, expect, it } from 'vitest';
import { startV1, trustingInspector } from '../../test/harness-v1.ts';
import documented from './fixtures/cancel.json' with { type: 'json' };

describe('DELETE /api/jobs/:jobId', async () => {
  const app = await startV1({}, { inspector: trustingInspector });
  const refusal = { error: 'Job cannot be cancelled in its current state' };

  it('200 with the documented body while the job is PENDING; then the next job is accepted at once', async () => {
    const jobId = await app.submit();
    const answer = await app.call('DELETE', `/api/jobs/${jobId}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual(documented.answer);
    const again = await app.call('DELETE', `/api/jobs/${jobId}`);
    expect(again.statusCode).toBe(409);
    expect(again.json()).toEqual(refusal);
    app.jobs.change(await app.submit(), { state: 'failed' });
  });

  it.each(['running', 'succeeded', 'failed'] as const)('409 for a job that is %s', async (state) => {
    const jobId = await app.submit();
    app.jobs.change(jobId, { state: 'running' });
    if (state !== 'running') app.jobs.change(jobId, { state });
    const answer = await app.call('DELETE', `/api/jobs/${jobId}`);
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toEqual(refusal);
    expect(app.jobs.viewOf(jobId)).toMatchObject({ state, cancelRequestedAt: null });
    if (state === 'running') app.jobs.change(jobId, { state: 'failed' });
  });

  it.each(['c'.repeat(25), 'x', '%00'])('404 Job not found for %j', async (id) => {
    const answer = await app.call('DELETE', `/api/jobs/${id}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({ error: 'Job not found' });
  });

  it("404 for somebody else's job, which goes on", async () => {
    const jobId = await app.submit();
    expect((await app.call('DELETE', `/api/jobs/${jobId}`, 'stranger')).statusCode).toBe(404);
    expect(app.jobs.viewOf(jobId).state).toBe('queued');
  });

  it('401 without a key', async () => {
    expect((await app.call('DELETE', '/api/jobs/cx', null)).statusCode).toBe(401);
  });
});
