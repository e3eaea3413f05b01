/** What can go wrong before or beside a job. Each surface maps every kind to its own status and words. */
export const domainErrorKinds = [
  'invalid_request',
  'unauthenticated',
  'forbidden',
  'not_found',
  'already_active',
  'conflict',
  'idempotency_mismatch',
  'too_large',
  'unsupported_media',
  'rate_limited',
  'too_many_jobs',
  'no_credits',
  'content_blocked',
  'not_available',
  'backend_unavailable',
  'overloaded',
  'internal',
] as const;
export type DomainErrorKind = (typeof domainErrorKinds)[number];

export interface DomainErrorOptions {
  /** Machine-readable refinement of the kind, snake case. */
  code?: string;
  /** Values a surface may put into its body. */
  details?: Readonly<Record<string, unknown>>;
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** An expected failure. `message` is public: what happened, the value, the limit. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly kind: DomainErrorKind;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: DomainErrorKind, message: string, options: DomainErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.code = options.code ?? kind;
    this.details = options.details ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

export interface StepErrorOptions {
  code: string;
  /** Shown to the caller; holds no internal text. */
  publicMessage: string;
  /** True: trying again cannot help. */
  permanent: boolean;
  cause?: unknown;
}

/** A step that failed. Its `permanent` flag alone decides whether the worker tries again. */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly code: string;
  readonly publicMessage: string;
  readonly permanent: boolean;

  constructor(options: StepErrorOptions) {
    super(`${options.code}: ${options.publicMessage}`, { cause: options.cause });
    this.code = options.code;
    this.publicMessage = options.publicMessage;
    this.permanent = options.permanent;
  }
}
