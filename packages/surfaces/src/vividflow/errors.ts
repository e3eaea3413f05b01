import { DomainError, type DomainErrorKind } from '@polyreel/core';
import { ApiError } from '../shared/api-error.ts';
import { frameworkStatus } from '../shared/framework-status.ts';

export const words = {
  missingKey: 'API key is missing',
  invalidKey: 'Invalid API key',
  pending: 'Account pending approval',
  noImage: 'No image file provided',
  noFile: 'No selected file',
  both: 'Cannot have both',
  imageType: 'Invalid image type. Allowed: png, jpg, jpeg, webp',
  imageUndecodable: 'Image could not be decoded',
  promptRequired: 'Prompt is required',
  promptShort: 'Prompt must be at least 3 characters',
  parameters: 'Invalid parameters',
  blocked: 'Content blocked',
  rateLimited: 'Rate limit exceeded',
  noCredits: 'Credit limit reached',
  jobNotFound: 'Job not found',
  noRoute: 'Not found',
  method: 'Method not allowed',
  cannotCancel: 'Cannot cancel',
  tooLarge: 'Request is too large',
  busy: 'Server is busy, please retry later',
  internal: 'Internal server error',
} as const;

/** One row for every kind of domain error: status, and the words where the domain's own do not fit. */
const table = {
  invalid_request: { status: 400 },
  unauthenticated: { status: 401, text: words.invalidKey },
  forbidden: { status: 403, text: words.pending },
  not_found: { status: 404, text: words.jobNotFound },
  already_active: { status: 429, text: words.rateLimited },
  conflict: { status: 409 },
  idempotency_mismatch: { status: 422 },
  too_large: { status: 413, text: words.tooLarge },
  unsupported_media: { status: 400, text: words.imageType },
  rate_limited: { status: 429, text: words.rateLimited },
  too_many_jobs: { status: 429, text: words.rateLimited },
  no_credits: { status: 429, text: words.noCredits },
  content_blocked: { status: 400, text: words.blocked },
  not_available: { status: 400 },
  backend_unavailable: { status: 503, text: words.busy },
  overloaded: { status: 503, text: words.busy },
  internal: { status: 500, text: words.internal },
} as const satisfies Record<DomainErrorKind, { status: number; text?: string }>;

/** When the domain names no time. */
const defaultRetrySeconds = 30;

/** Total: every error gets an answer; what is not expected says nothing of its cause. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof DomainError) return ofDomainError(error);
  const framework = frameworkStatus(error);
  if (framework !== null) return new ApiError(framework, framework === 413 ? words.tooLarge : words.noImage, { cause: error });
  return new ApiError(500, words.internal, { cause: error });
}

function ofDomainError(error: DomainError): ApiError {
  const row: { status: number; text?: string } = table[error.kind];
  const { reason } = error.details;
  const comesBack = row.status === 429 || row.status === 503;
  const retryAfterSeconds = error.retryAfterSeconds ?? (comesBack ? defaultRetrySeconds : undefined);
  return new ApiError(row.status, row.text ?? error.message, {
    cause: error,
    retryAfterSeconds,
    ...(row.status === 429 && { extras: { details: error.message, retry_after: retryAfterSeconds } }),
    ...(error.kind === 'content_blocked' && {
      extras: { error_type: 'RAI_FILTER', ...(typeof reason === 'string' && { details: reason }) },
    }),
  });
}

export const badParameters = (details: readonly string[]): ApiError =>
  new ApiError(400, words.parameters, { extras: { details } });

/** Refused before anything is queued or charged. */
export const contentBlocked = (reason: string): ApiError =>
  new ApiError(400, words.blocked, { extras: { error_type: 'RAI_FILTER', details: reason } });
