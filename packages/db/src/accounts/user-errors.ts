import { DomainError } from '@polyreel/core';
import { isUniqueViolation } from '../sql/errors.ts';

/** A name or an address that somebody has, as DomainError `conflict`; everything else as it is. */
export function translateTaken(error: unknown): unknown {
  const isOf = (...indexes: string[]): boolean => indexes.some((index) => isUniqueViolation(error, index));
  if (isOf('accounts_username_key', 'accounts_username_folded', 'accounts_name_key'))
    return new DomainError('conflict', 'the username is taken', { code: 'username_taken', cause: error });
  if (isOf('accounts_email_key', 'accounts_email_folded'))
    return new DomainError('conflict', 'the e-mail address is taken', { code: 'email_taken', cause: error });
  return error;
}
