import { describe, expect, it } from 'vitest';
import { startV1, trustingInspector } from '../../test/harness-v1.ts';
import { artifact } from '../../test/harness-v2.ts';
import documented from './fixtures/status.json' with { type: 'json' };
import { statusBodySchema } from './schemas.ts';

describe('GET /api/status/:jobId', async () => {
  const app = await startV1({}, { inspector: trustingInspector });
  const statusOf = async (id: string) => {
    const answer = await app.call('GET', `/api/status/${id}`);
    expect(answer.statusCode, answer.body).toBe(200);
    return statusBodySchema.parse(answer.json());
  };

  it('answers exactly the documented keys from PENDING to COMPLETED, with progress that never falls', async () => {
    const jobId = await app.submit();
    const pending = await statusOf(jobId);
    expect(Object.keys(pending)).toEqual(Object.keys(documented.answer));
    expect(pending).toMatchObject({
      jobId,
      status: 'PENDING',
      progress: 0,
      outputVideo: null,
      outputShareLink: null,
      errorMessage: null,
    });
    expect(pending.createdAt).toBe('2026-05-07T12:34:56.000Z');

    app.clock.advance(72);
    app.jobs.change(jobId, { state: 'running', progressRatio: 0.629 });
    expect(await statusOf(jobId)).toEqual({ ...documented.answer, jobId });

    app.jobs.change(jobId, { progressRatio: 1 });
    expect((await statusOf(jobId)).progress).toBe(99);

    app.jobs.change(jobId, { state: 'succeeded', artifacts: [artifact('film', 'film.mp4'), artifact('thumbnail', 'film.jpg')] });
    expect(await statusOf(jobId)).toMatchObject({
      status: 'COMPLETED',
      progress: 100,
      outputVideo: 'https://files.test/film.mp4?token=fil_film',
      outputShareLink: expect.stringMatching(/\/share\/job_/),
    });
  });

  it('FAILED keeps the last progress and says why', async () => {
    const jobId = await app.submit();
    app.jobs.change(jobId, { state: 'running', progressRatio: 0.5 });
    app.jobs.change(jobId, { state: 'failed', error: { code: 'x', message: 'The voice is silent' } });
    expect(await statusOf(jobId)).toMatchObject({
      status: 'FAILED',
      progress: 50,
      errorMessage: 'The voice is silent',
      outputVideo: null,
    });
  });

  it('CANCELLED is no error', async () => {
    const jobId = await app.submit();
    app.jobs.change(jobId, { state: 'cancelled' });
    expect(await statusOf(jobId)).toMatchObject({ status: 'CANCELLED', progress: 0, errorMessage: null });
  });

  it.each(['c'.repeat(25), 'x', '%00', '%ff', 'c%27or1', 'c'.repeat(2000)])('404 Job not found for %j', async (id) => {
    const answer = await app.call('GET', `/api/status/${id}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({ error: 'Job not found' });
  });

  it("404 for somebody else's job, and the owner's other key sees it", async () => {
    const jobId = await app.submit();
    const answer = await app.call('GET', `/api/status/${jobId}`, 'stranger');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({ error: 'Job not found' });
    expect((await app.call('GET', `/api/status/${jobId}`, 'ownerSecond')).statusCode).toBe(200);
  });

  it('401 without a key', async () => {
    expect((await app.call('GET', '/api/status/cx', null)).statusCode).toBe(401);
  });
});
