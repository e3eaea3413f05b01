/** An answer in a surface's own words: `{"error": text}` plus extras. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly extras: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    text: string,
    options: { extras?: Readonly<Record<string, unknown>>; retryAfterSeconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(text, { cause: options.cause });
    this.status = status;
    this.extras = options.extras ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
