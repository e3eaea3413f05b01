import { DomainError, type DomainErrorKind } from '@polyreel/core';
import type { z } from 'zod';
import { ApiError } from '../shared/api-error.ts';
import { frameworkStatus } from '../shared/framework-status.ts';
import { isStorableText } from '../shared/storable-text.ts';

export interface Detail {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** An answer in this surface's words. */
export const fault = (
  status: number,
  code: string,
  message: string,
  options: { details?: readonly Detail[]; retryAfterSeconds?: number; cause?: unknown } = {},
): ApiError => {
  const { details, ...rest } = options;
  return new ApiError(status, message, { ...rest, extras: { code, ...(details && { details }) } });
};

export const notFound = (what: string): ApiError =>
  fault(404, `${what}_not_found`, `The ${what.replace('_', ' ')} does not exist`);

/** All faults of an input at once. */
export function invalidRequest(details: readonly Detail[]): ApiError {
  const [first] = details;
  const message = first === undefined ? 'The request is invalid' : `${first.path || 'the body'} ${first.message}`;
  return fault(400, 'invalid_request', message, { details });
}

/** Every issue of a schema, each with the path and a word of its own. */
export function detailsOf(error: z.ZodError, input: unknown): Detail[] {
  return error.issues.flatMap((issue) => {
    const path = pathOf(issue.path);
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        path: pathOf([...issue.path, key]),
        code: 'unknown_key',
        message: 'is not known here',
      }));
    const isMissing = issue.code === 'invalid_type' && valueAt(input, issue.path) === undefined;
    return [{ path, code: isMissing ? 'required' : issue.code, message: isMissing ? 'is required' : lower(issue.message) }];
  });
}

/** A value in an input, and where: under `key` of `parent`. */
interface Place {
  readonly value: unknown;
  readonly key: PropertyKey | null;
  readonly parent: Place | null;
}

/** Texts anywhere in an input that cannot be stored, each with its path; keys of objects are texts too. Input may be as deep as it likes. */
export function unstorableTexts(input: unknown): Detail[] {
  const found: Detail[] = [];
  const rest: Place[] = [{ value: input, key: null, parent: null }];
  for (let place = rest.pop(); place !== undefined; place = rest.pop()) {
    const { value } = place;
    if (typeof value === 'string' && !isStorableText(value)) found.push(unstorable(place));
    if (typeof value !== 'object' || value === null) continue;
    const items: [PropertyKey, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
    // What is taken last comes off first: so they are found in the order of the input.
    for (const [key, item] of items.reverse()) {
      const isNamed = typeof key !== 'string' || isStorableText(key);
      rest.push(isNamed ? { value: item, key, parent: place } : { value: key, key: '?', parent: place });
    }
  }
  return found;
}

function unstorable(place: Place): Detail {
  const keys: PropertyKey[] = [];
  for (let at: Place | null = place; at !== null; at = at.parent) if (at.key !== null) keys.push(at.key);
  return { path: pathOf(keys.reverse()), code: 'invalid_text', message: 'must hold neither NUL nor half of a surrogate pair' };
}

const pathOf = (keys: readonly PropertyKey[]): string =>
  keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    return path === '' ? String(key) : `${path}.${String(key)}`;
  }, '');

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const valueAt = (value: unknown, keys: readonly PropertyKey[]): unknown =>
  keys.reduce<unknown>((at, key) => (at !== null && typeof at === 'object' ? Reflect.get(at, key) : undefined), value);

/** One row for every kind of domain error; a code of the domain's own stands where `code` is null. */
const table = {
  invalid_request: { status: 400, code: 'invalid_request' },
  unauthenticated: { status: 401, code: null },
  forbidden: { status: 403, code: null },
  not_found: { status: 404, code: null },
  already_active: { status: 409, code: 'conflict' },
  conflict: { status: 409, code: null },
  idempotency_mismatch: { status: 409, code: 'idempotency_conflict' },
  too_large: { status: 413, code: 'payload_too_large' },
  unsupported_media: { status: 415, code: 'unsupported_media_type' },
  rate_limited: { status: 429, code: null },
  too_many_jobs: { status: 429, code: 'rate_limited' },
  no_credits: { status: 429, code: 'rate_limited' },
  content_blocked: { status: 400, code: 'content_blocked' },
  not_available: { status: 400, code: null },
  backend_unavailable: { status: 503, code: 'unavailable' },
  overloaded: { status: 503, code: 'unavailable' },
  internal: { status: 500, code: 'internal' },
} as const satisfies Record<DomainErrorKind, { status: number; code: string | null }>;

/** When the domain names no time. */
const defaultRetrySeconds = 30;
const codesOfOwn: readonly string[] = ['invalid_cursor', 'invalid_token'];

/** Total: every error gets an answer; what is not expected says nothing of its cause. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return 'code' in error.extras ? error : ofSharedError(error);
  if (error instanceof DomainError) return ofDomainError(error);
  const framework = frameworkStatus(error);
  if (framework === 413) return fault(413, 'payload_too_large', 'The body is too large', { cause: error });
  if (framework === 415) return fault(415, 'unsupported_media_type', 'The content type is not supported', { cause: error });
  if (framework !== null) return fault(framework, 'invalid_request', 'The request cannot be read', { cause: error });
  return fault(500, 'internal', 'Internal server error', { cause: error });
}

/** What all APIs have in common throws without this one's words. */
const ofSharedError = (error: ApiError): ApiError => fault(error.status, 'invalid_request', error.message, { cause: error });

function ofDomainError(error: DomainError): ApiError {
  const row = table[error.kind];
  const comesBack = row.status === 429 || row.status === 503;
  const retryAfterSeconds = error.retryAfterSeconds ?? (comesBack ? defaultRetrySeconds : undefined);
  const code = codesOfOwn.includes(error.code) ? error.code : (row.code ?? error.code);
  const message = row.status === 500 ? 'Internal server error' : error.message;
  return fault(row.status, code, message, { cause: error, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
}
