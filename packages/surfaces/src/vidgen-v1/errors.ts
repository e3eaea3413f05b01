import { DomainError, type DomainErrorKind } from '@polyreel/core';
import { ApiError } from '../shared/api-error.ts';
import { frameworkStatus } from '../shared/framework-status.ts';

export const words = {
  missingKey: 'Missing X-API-Key header',
  invalidKey: 'Invalid or inactive API key',
  notFound: 'Job not found',
  noRoute: 'Not found',
  activeJob: 'You already have an active job',
  notCancellable: 'Job cannot be cancelled in its current state',
  multipart: 'Expected multipart/form-data',
  imageRequired: 'image file is required',
  audioRequired: 'audio file is required',
  oneImage: 'Only one image file is allowed',
  oneAudio: 'Only one audio file is allowed',
  webhookUrl: 'webhookUrl must be a valid https:// URL',
  tooLarge: 'File exceeds the 50 MB limit',
  imageType: 'Unsupported image type',
  audioType: 'Unsupported audio type',
  imageUndecodable: 'image could not be decoded',
  audioUndecodable: 'audio could not be decoded',
  rateLimited: 'Too many requests, please slow down',
  internal: 'Internal server error',
} as const;

/** One row for every kind of domain error: status, and the words where the domain's own do not fit. */
const table = {
  invalid_request: { status: 400 },
  unauthenticated: { status: 401, text: words.invalidKey },
  forbidden: { status: 401, text: words.invalidKey },
  not_found: { status: 404, text: words.notFound },
  already_active: { status: 409, text: words.activeJob },
  conflict: { status: 409 },
  idempotency_mismatch: { status: 422 },
  too_large: { status: 413, text: words.tooLarge },
  unsupported_media: { status: 415 },
  rate_limited: { status: 429, text: words.rateLimited },
  too_many_jobs: { status: 429, text: words.rateLimited },
  no_credits: { status: 429, text: words.rateLimited },
  content_blocked: { status: 400, text: 'Content blocked' },
  not_available: { status: 400 },
  backend_unavailable: { status: 503, text: 'No worker is available at the moment' },
  overloaded: { status: 503, text: 'Server is busy, please retry later' },
  internal: { status: 500, text: words.internal },
} as const satisfies Record<DomainErrorKind, { status: number; text?: string }>;

/** When the domain names no time. */
const defaultRetrySeconds = 30;

/** Total: every error gets an answer; what is not expected says nothing of its cause. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const framework = frameworkStatus(error);
  // 415 is about an uploaded file here; a body that is no form is malformed.
  if (framework !== null) return new ApiError(framework === 415 ? 400 : framework, words.multipart, { cause: error });
  if (!(error instanceof DomainError)) return new ApiError(500, words.internal, { cause: error });
  const row: { status: number; text?: string } = table[error.kind];
  const active = error.details.activeExternalId;
  const comesBack = row.status === 429 || row.status === 503;
  return new ApiError(row.status, row.text ?? error.message, {
    cause: error,
    retryAfterSeconds: error.retryAfterSeconds ?? (comesBack ? defaultRetrySeconds : undefined),
    ...(typeof active === 'string' && { extras: { activeJobId: active } }),
  });
}
