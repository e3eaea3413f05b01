import { describe, expect, it } from 'vitest';
import { startVividFlow } from '../../test/harness-vividflow.ts';
import { safetyOf } from '../../test/safety.ts';

const app = await startVividFlow({}, { safety: safetyOf() });
const refused = { error: 'Content blocked', error_type: 'RAI_FILTER', details: 'sexual content' };

describe('400 Content blocked', () => {
  it.each([
    { prompt: 'a nude woman' },
    { prompt: 'a lighthouse', model: 'veo3.1', subject_animation: 'she undresses' },
    { prompt: 'a lighthouse', model: 'veo3.1', environmental_animation: 'naked people run' },
    { prompt: 'a lighthouse', model: 'veo3.1', camera_motion: 'over her nude body' },
  ])('for %j, and nothing is charged', async (fields) => {
    const answer = await app.generate(fields);
    expect([answer.statusCode, answer.json()]).toMatchObject([400, refused]);
    expect(app.jobs.submitted()).toHaveLength(0);
    expect((await app.call('GET', '/api/v1/usage')).json()).toMatchObject({ credits_remaining: 1000 });
  });

  it('for a picture, before it is kept', async () => {
    const strict = await startVividFlow({}, { safety: safetyOf(() => [{ category: 'sexual', severity: 'high' }]) });
    const answer = await strict.generate();
    expect([answer.statusCode, answer.json()]).toMatchObject([400, refused]);
    expect(strict.intake.kept()).toEqual([]);
  });

  it('not for what shall not be seen, nor for a field of the other model', async () => {
    await app.submit({ negative_prompt: 'nude woman' });
    await app.submit({ subject_animation: 'a nude woman' });
  });
});

it('a film that was withheld is FAILED with RAI_FILTER and has no link', async () => {
  const { job_id: id } = await app.submit();
  app.jobs.change(id, { state: 'running' });
  app.jobs.change(id, {
    state: 'failed',
    error: { code: 'content_blocked', message: 'Content failed the compliance check: sexual content' },
  });
  const body = (await app.call('GET', `/api/v1/status/${id}`)).json();
  expect(body).toMatchObject({
    status: 'FAILED',
    error_type: 'RAI_FILTER',
    error: 'Content failed the compliance check: sexual content',
  });
  expect(JSON.stringify(body)).not.toContain('http');
});
