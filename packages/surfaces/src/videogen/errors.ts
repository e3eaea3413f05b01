import { DomainError, type DomainErrorKind } from '@polyreel/core';
import { ApiError } from '../shared/api-error.ts';
import { frameworkStatus } from '../shared/framework-status.ts';

export const words = {
  missingKey: 'API key is required.',
  invalidKey: 'API key is invalid or has been revoked.',
  rateLimited: 'Rate limit exceeded. Try again later.',
  noRoute: 'Not found',
  method: 'Method not allowed',
  json: 'The request body is not valid JSON',
  object: 'The request body must be a JSON object',
  tooLarge: 'The request body is too large',
  busy: 'The server is busy. Try again later.',
  internal: 'Internal server error',
} as const;

interface Row {
  readonly status: number;
  readonly code: string;
  readonly text?: string;
}

/** One row for every kind of domain error. No 409: clients of this API retry it. */
const table = {
  invalid_request: { status: 400, code: 'invalid_parameters' },
  unauthenticated: { status: 401, code: 'invalid_api_key', text: words.invalidKey },
  forbidden: { status: 403, code: 'not_authorized' },
  not_found: { status: 404, code: 'not_found' },
  already_active: { status: 400, code: 'invalid_request' },
  conflict: { status: 400, code: 'invalid_request' },
  idempotency_mismatch: { status: 400, code: 'invalid_request' },
  too_large: { status: 413, code: 'payload_too_large' },
  unsupported_media: { status: 400, code: 'invalid_parameters' },
  rate_limited: { status: 429, code: 'rate_limited', text: words.rateLimited },
  too_many_jobs: { status: 429, code: 'rate_limited' },
  no_credits: { status: 429, code: 'insufficient_credits' },
  content_blocked: { status: 400, code: 'content_policy_violation' },
  not_available: { status: 400, code: 'invalid_parameters' },
  backend_unavailable: { status: 503, code: 'service_unavailable', text: words.busy },
  overloaded: { status: 503, code: 'service_unavailable', text: words.busy },
  internal: { status: 500, code: 'internal_error', text: words.internal },
} as const satisfies Record<DomainErrorKind, Row>;

/** When the domain names no time. */
const defaultRetrySeconds = 30;

export const apiError = (status: number, code: string, text: string, options: { cause?: unknown } = {}): ApiError =>
  new ApiError(status, text, { ...options, extras: { code } });
export const badParameter = (text: string): ApiError => apiError(400, 'invalid_parameters', text);
export const notFound = (what: string): ApiError => apiError(404, 'not_found', `${what} not found`);

/** Total: every error gets an answer; what is not expected says nothing of its cause. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof DomainError) return ofDomainError(error);
  const framework = frameworkStatus(error);
  if (framework === 413) return apiError(413, 'payload_too_large', words.tooLarge, { cause: error });
  if (framework !== null) return apiError(framework, 'invalid_request', words.json, { cause: error });
  return apiError(500, 'internal_error', words.internal, { cause: error });
}

function ofDomainError(error: DomainError): ApiError {
  const row: Row = table[error.kind];
  const comesBack = row.status === 429 || row.status === 503;
  return new ApiError(row.status, row.text ?? error.message, {
    cause: error,
    retryAfterSeconds: error.retryAfterSeconds ?? (comesBack ? defaultRetrySeconds : undefined),
    extras: { code: row.code },
  });
}
