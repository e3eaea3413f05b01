import { DomainError } from '@polyreel/core';

/** SQLSTATE of an error of PostgreSQL, looked for through its causes. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)) return error.code;
  return codeOf(error.cause);
}

/** True when the error is the violation of that unique index. */
export function isUniqueViolation(error: unknown, index: string): boolean {
  return (
    error instanceof Error && 'code' in error && error.code === '23505' && 'constraint' in error && error.constraint === index
  );
}

/** Class 08 and 57P0x: the connection; 53: too many of them, no memory, no disk. */
const unavailable = /^(08...|57P0.|53...)$/;
/** What Prisma calls them. */
const prismaFaults: readonly string[] = ['P1001', 'P1002', 'P1008', 'P1017', 'P2024'];
const socketFaults: readonly string[] = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EAI_AGAIN',
];

/**
 * Turns what a caller can cause or wait out into DomainErrors: a database that does not answer, and text that PostgreSQL cannot
 * hold (NUL, lone surrogates). Everything else passes as it is.
 */
export function translateError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '22P05' || code === '22021' || (code === '22P02' && /unicode|json/i.test(error.message))) {
    return new DomainError('invalid_request', 'text holds a character that cannot be stored (NUL or half of a surrogate pair)', {
      code: 'invalid_text',
      cause: error,
    });
  }
  const isLost =
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout/;
  if (unavailable.test(code) || socketFaults.includes(code) || prismaFaults.includes(code) || isLost.test(error.message)) {
    return new DomainError('backend_unavailable', 'the database does not answer', {
      code: 'database_unavailable',
      retryAfterSeconds: 5,
      cause: error,
    });
  }
  return error;
}

/** Calls of Prisma, with the errors of `translateError`. */
export async function viaPrisma<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw translateError(error);
  }
}
