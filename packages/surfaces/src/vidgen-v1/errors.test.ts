import { DomainError, domainErrorKinds } from '@polyreel/core';
import { describe, expect, it } from 'vitest';
import { toApiError } from './errors.ts';

describe('toApiError', () => {
  it.each(domainErrorKinds)('has an answer for %s that leaks nothing into a 5xx', (kind) => {
    const answer = toApiError(new DomainError(kind, 'secret words'));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    if (answer.status >= 500) expect(answer.message).not.toContain('secret');
    if (answer.status === 429 || answer.status === 503) expect(answer.retryAfterSeconds).toBeGreaterThan(0);
  });

  it('keeps what is not expected to itself', () => {
    expect(toApiError(new TypeError('x'))).toMatchObject({ status: 500, message: 'Internal server error' });
  });
});
