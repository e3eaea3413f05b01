export type ResponseClass =
  | { readonly kind: 'success' }
  /** The receiver is gone for good (410): nothing more is sent to it. */
  | { readonly kind: 'gone'; readonly errorCode: 'http_410' }
  | { readonly kind: 'failure'; readonly errorCode: `http_${number}`; readonly retryAfterSeconds: number | null };

/** Only 2xx is success. A redirect is a failure like any other: where it points is never asked. */
export function classifyResponse({
  status,
  retryAfter,
  now,
}: {
  status: number;
  retryAfter: string | null;
  now: Date;
}): ResponseClass {
  if (status >= 200 && status <= 299) return { kind: 'success' };
  if (status === 410) return { kind: 'gone', errorCode: 'http_410' };
  return { kind: 'failure', errorCode: `http_${status}`, retryAfterSeconds: parseRetryAfter(retryAfter, now) };
}

/** Seconds of a Retry-After header (RFC 9110: a number of seconds or a date); null when there is none or it means nothing. */
export function parseRetryAfter(text: string | null, now: Date): number | null {
  if (text === null) return null;
  if (/^\d{1,10}$/.test(text.trim())) return Number(text);
  if (!/^[A-Z][a-z]{2,8}, ?\d/.test(text.trim())) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}
