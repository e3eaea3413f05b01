import { DomainError } from '@polyreel/core';

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}

/** A full disk is an expected failure; everything else stays what it is. */
export function translateFsError(error: unknown): unknown {
  if (!isErrno(error, 'ENOSPC', 'EDQUOT')) return error;
  return new DomainError('overloaded', 'there is no room left for files', {
    code: 'storage_full',
    retryAfterSeconds: 300,
    cause: error,
  });
}
