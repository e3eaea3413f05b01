import { DomainError, type DomainErrorKind } from '@polyreel/core';
import { ApiError } from '../shared/api-error.ts';
import { frameworkStatus } from '../shared/framework-status.ts';

export const words = {
  unauthorized: 'Unauthorized',
  method: 'Method not allowed',
  contentType: 'Content-Type must be application/json',
  tooLarge: 'Request body too large',
  invalidJson: 'Invalid JSON',
  notAnObject: 'Request body must be an object',
  actionRequired: 'action is required',
  idRequired: 'id is required',
  promptRequired: 'prompt is required',
  jobNotFound: 'Job not found',
  noRoute: 'Not found',
  blocked: 'Content blocked',
  rateLimited: 'Too many requests',
  generationFailed: 'Generation failed',
  optimizationFailed: 'Optimization failed',
  busy: 'Server is busy, please retry later',
  internal: 'Internal server error',
} as const;

/** One row for every kind of domain error: status, and the words where the domain's own do not fit. */
const table = {
  invalid_request: { status: 400 },
  unauthenticated: { status: 401, text: words.unauthorized },
  forbidden: { status: 401, text: words.unauthorized },
  not_found: { status: 404, text: words.jobNotFound },
  already_active: { status: 409 },
  conflict: { status: 409 },
  idempotency_mismatch: { status: 422 },
  too_large: { status: 413, text: words.tooLarge },
  unsupported_media: { status: 400 },
  rate_limited: { status: 429, text: words.rateLimited },
  too_many_jobs: { status: 429, text: words.rateLimited },
  no_credits: { status: 429, text: words.rateLimited },
  content_blocked: { status: 400, text: words.blocked },
  not_available: { status: 400 },
  backend_unavailable: { status: 502, text: words.generationFailed },
  overloaded: { status: 503, text: words.busy },
  internal: { status: 500, text: words.internal },
} as const satisfies Record<DomainErrorKind, { status: number; text?: string }>;

/** What the framework finds before a handler runs, by its status. */
const frameworkTexts: Readonly<Record<number, string>> = { 413: words.tooLarge, 415: words.contentType };

/** When the domain names no time: soon enough for a person, seldom enough for a full server. */
const defaultRetrySeconds = 30;

/** Total: every error gets an answer; what is not expected says nothing of its cause. `action` null: not known yet. */
export function toApiError(error: unknown, action: string | null): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof DomainError) return ofDomainError(error, action);
  const framework = frameworkStatus(error);
  if (framework !== null) return new ApiError(framework, frameworkTexts[framework] ?? words.invalidJson, { cause: error });
  return new ApiError(500, words.internal, { cause: error });
}

function ofDomainError(error: DomainError, action: string | null): ApiError {
  if (error.code === 'optimization_failed' && action === 'optimize')
    return new ApiError(502, words.optimizationFailed, { cause: error });
  // "Generation failed" is the document's word for a submission; a poll that finds the store away says that it may come again.
  const kind = error.kind === 'backend_unavailable' && action !== 'generate' ? 'overloaded' : error.kind;
  const row: { status: number; text?: string } = table[kind];
  const retryAfterSeconds =
    error.retryAfterSeconds ?? (row.status === 429 || row.status === 503 ? defaultRetrySeconds : undefined);
  return new ApiError(row.status, row.text ?? error.message, {
    cause: error,
    retryAfterSeconds,
    ...(kind === 'content_blocked' && { extras: blockedExtras(error.details) }),
  });
}

/** Why a request was blocked, as far as the check told. */
function blockedExtras(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const named = { reason: details.reason, flagged_categories: details.flaggedCategories, scene: details.scene };
  const known = Object.entries(named).filter(([, value]) => value !== undefined);
  return { compliance: 'unsafe', ...Object.fromEntries(known) };
}
