import { DomainError, domainErrorKinds } from '@polyreel/core';
import { describe, expect, it } from 'vitest';
import { toApiError } from './errors.ts';

describe('toApiError', () => {
  it.each(domainErrorKinds)('has an answer for %s that leaks nothing into a 5xx', (kind) => {
    const answer = toApiError(new DomainError(kind, 'secret words'), 'generate');
    expect(answer.status).toBeGreaterThanOrEqual(400);
    if (answer.status >= 500) expect(answer.message).not.toContain('secret');
  });

  it('says 502 of a backend that is away at submission, and 503 with a time to come back at a poll', () => {
    const error = new DomainError('backend_unavailable', 'x');
    expect(toApiError(error, 'generate')).toMatchObject({ status: 502, message: 'Generation failed' });
    expect(toApiError(error, 'status')).toMatchObject({ status: 503, retryAfterSeconds: 30 });
  });

  it('gives 429 and 503 a time to come back', () => {
    for (const kind of ['rate_limited', 'too_many_jobs', 'no_credits', 'overloaded'] as const)
      expect(toApiError(new DomainError(kind, 'x'), null).retryAfterSeconds).toBe(30);
    expect(toApiError(new DomainError('overloaded', 'x', { retryAfterSeconds: 7 }), null).retryAfterSeconds).toBe(7);
  });

  it('keeps what is not expected to itself', () => {
    expect(toApiError(new TypeError('x is not a function'), 'status')).toMatchObject({
      status: 500,
      message: 'Internal server error',
    });
    expect(toApiError('a string', null)).toMatchObject({ status: 500 });
  });
});
