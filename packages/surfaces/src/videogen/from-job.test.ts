import { expect, it } from 'vitest';
import { errorOf } from './from-job.ts';

it('what is withheld after it was made has the code of what is refused before it is queued', () => {
  const message = 'Content failed the compliance check: sexual content';
  expect(errorOf({ state: 'failed', error: { code: 'content_blocked', message } })).toEqual({
    ...{ code: 'content_policy_violation', message },
  });
  expect(errorOf({ state: 'failed', error: { code: 'timed_out', message: 'late' } })).toEqual({
    code: 'timed_out',
    message: 'late',
  });
  expect(errorOf({ state: 'cancelled', error: null })).toBeNull();
});
