import { expect, it } from 'vitest';
import { audio, image, startV1 } from '../../test/harness-v1.ts';
import { safetyOf } from '../../test/safety.ts';

it('refuses a picture that the policy blocks (400), before it is kept', async () => {
  const app = await startV1({}, { safety: safetyOf(() => [{ category: 'sexual', severity: 'high' }]) });
  const answer = await app.post([await image(), await audio()]);
  expect([answer.statusCode, answer.json()]).toEqual([400, { error: 'Content blocked' }]);
  expect(app.intake.kept()).toEqual([]);
});

it('a film that was withheld is FAILED and has no link', async () => {
  const app = await startV1({}, { safety: safetyOf() });
  const id = await app.submit();
  app.jobs.change(id, { state: 'running' });
  app.jobs.change(id, {
    state: 'failed',
    error: { code: 'content_blocked', message: 'Content failed the compliance check: gore' },
  });
  expect((await app.call('GET', `/api/status/${id}`)).json()).toMatchObject({
    ...{ status: 'FAILED', outputVideo: null, outputShareLink: null },
    errorMessage: 'Content failed the compliance check: gore',
  });
});
