import { describe, expect, it } from 'vitest';
import { artifact, finish, startV2 } from '../../test/harness-v2.ts';
import documented from './fixtures/status-completed.json' with { type: 'json' };
import { statusBodySchema } from './schemas.ts';

describe('status', async () => {
  const app = await startV2({ VIDGEN_V2_RATE_LIMITS: 'all=off,generate=off' });
  const statusOf = async (id: string) => {
    const answer = await app.call({ action: 'status', id, model: 'wan22' });
    expect(answer.statusCode, answer.body).toBe(200);
    return statusBodySchema.parse(answer.json());
  };

  it('IN_QUEUE with the place in the queue', async () => {
    const [first, second] = [await app.submit(), await app.submit()];
    expect(await statusOf(first.id)).toEqual({ status: 'IN_QUEUE', id: first.id, queue_position: 1 });
    expect(await statusOf(second.id)).toEqual({ status: 'IN_QUEUE', id: second.id, queue_position: 2 });
  });

  it('IN_PROGRESS with progress and scene, never 100 before the end', async () => {
    const run = await app.submit({ scenes: [{ prompt: 'a' }, { prompt: 'b' }, { prompt: 'c' }] });
    app.jobs.change(run.id, { state: 'running', progressRatio: 0.379 });
    expect(await statusOf(run.id)).toEqual({ status: 'IN_PROGRESS', id: run.id, progress: 37, scene: 1, scenes_total: 3 });
    app.jobs.change(run.id, { progressRatio: 1, milestonesDone: 3 });
    expect(await statusOf(run.id)).toEqual({ status: 'IN_PROGRESS', id: run.id, progress: 99, scene: 3, scenes_total: 3 });
  });

  it('COMPLETED and safe: the documented keys, at both places where clients look', async () => {
    const run = await app.submit({ seed: 42 });
    finish(app, run);
    const body = await statusOf(run.id);
    const film = `${run.gen_id}_fp_00001.mp4`;
    const thumbnail = `${run.gen_id}_fp_00001_thumb.jpg`;
    expect(body).toEqual({
      status: 'COMPLETED',
      compliance: 'safe',
      meta: {
        id: run.id,
        gen_id: run.gen_id,
        compliance: 'safe',
        compliance_checked: false,
        fingerprint: null,
        c2pa: false,
        seed: 42,
        images: [
          { url: `https://files.test/${film}?token=fil_film`, filename: film, type: 'signed' },
          { url: `https://files.test/${thumbnail}?token=fil_thumbnail`, filename: thumbnail, type: 'thumbnail' },
        ],
      },
    });
    expect(body).not.toHaveProperty('error');
    if (body.status !== 'COMPLETED') throw new Error('not completed');
    for (const key of Object.keys(documented.answer.meta)) expect(body.meta).toHaveProperty(key);
  });

  it('COMPLETED without a thumbnail still has a signed film', async () => {
    const run = await app.submit();
    app.jobs.change(run.id, { state: 'running' });
    app.jobs.change(run.id, { state: 'succeeded', artifacts: [artifact('film', 'x.mp4')] });
    expect(await statusOf(run.id)).toMatchObject({ meta: { images: [{ type: 'signed', filename: 'x.mp4' }] } });
  });

  it('FAILED with the reason, as HTTP 200', async () => {
    const run = await app.submit();
    app.jobs.change(run.id, { state: 'running' });
    app.jobs.change(run.id, { state: 'failed', error: { code: 'x', message: 'The renderer ran out of memory' } });
    expect(await statusOf(run.id)).toEqual({ status: 'FAILED', error: 'The renderer ran out of memory', id: run.id });
  });

  it('FAILED for a cancelled run', async () => {
    const run = await app.submit();
    app.jobs.change(run.id, { state: 'cancelled' });
    expect(await statusOf(run.id)).toEqual({ status: 'FAILED', error: 'Job was cancelled', id: run.id });
  });

  it('ignores a wrong model', async () => {
    const run = await app.submit();
    const answer = await app.call({ action: 'status', id: run.id, model: 'nonsense' });
    expect(answer.json()).toMatchObject({ status: 'IN_QUEUE' });
  });

  it('answers IN_PROGRESS when a worker takes the run between two questions', async () => {
    const racing = await startV2(
      {},
      {
        changeEngine: (engine) => ({
          ...engine,
          async queuePosition(job) {
            racing.jobs.change(job.externalId, { state: 'running' });
            return null;
          },
        }),
      },
    );
    const run = await racing.submit();
    expect((await racing.call({ action: 'status', id: run.id })).json()).toMatchObject({ status: 'IN_PROGRESS' });
  });

  it.each(['run_abc123', 'run_', '', 'x\u0000y', '../etc', 'c'.repeat(10_000)])('404 Job not found for %j', async (id) => {
    const answer = await app.call({ action: 'status', id });
    const isMissing = id === '';
    expect(answer.statusCode).toBe(isMissing ? 400 : 404);
    expect(answer.json()).toEqual({ status: 'FAILED', error: isMissing ? 'id is required' : 'Job not found' });
  });

  it("404 Job not found for somebody else's run, and the owner's other key sees it", async () => {
    const run = await app.submit();
    const foreign = await app.call({ action: 'status', id: run.id }, { key: 'stranger' });
    expect(foreign.statusCode).toBe(404);
    expect(foreign.json()).toEqual({ status: 'FAILED', error: 'Job not found' });
    expect((await app.call({ action: 'status', id: run.id }, { key: 'ownerSecond' })).statusCode).toBe(200);
  });

  it.each([{}, { id: null }, { id: 5 }, { id: ' ' }])('400 id is required for %j, with a status key', async (fields) => {
    const answer = await app.call({ action: 'status', ...fields });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ status: 'FAILED', error: 'id is required' });
  });
});
