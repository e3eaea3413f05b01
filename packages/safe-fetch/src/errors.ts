import { DomainError, StepError } from '@polyreel/core';

/** Named ways in which a guarded request fails. The first five are the URL's fault, the rest may pass. */
export const fetchFaultCodes = [
  'invalid_url',
  'url_protocol',
  'url_credentials',
  'address_forbidden',
  'too_many_redirects',
  'response_too_large',
  'response_headers_too_large',
  'response_encoding',
  'timeout',
  'dns_failed',
  'tls_failed',
  'connection_refused',
  'connection_reset',
  'network_error',
] as const;
export type FetchFaultCode = (typeof fetchFaultCodes)[number];

const kinds = {
  invalid_url: 'invalid_request',
  url_protocol: 'invalid_request',
  url_credentials: 'invalid_request',
  address_forbidden: 'invalid_request',
  too_many_redirects: 'invalid_request',
  response_too_large: 'too_large',
  response_headers_too_large: 'too_large',
  response_encoding: 'unsupported_media',
  timeout: 'backend_unavailable',
  dns_failed: 'backend_unavailable',
  tls_failed: 'backend_unavailable',
  connection_refused: 'backend_unavailable',
  connection_reset: 'backend_unavailable',
  network_error: 'backend_unavailable',
} as const satisfies Record<FetchFaultCode, string>;

/** A failed request. The message is public: it never names an address that a host resolved to. */
export const fetchFault = (code: FetchFaultCode, message: string, cause?: unknown): DomainError =>
  new DomainError(kinds[code], message, { code, cause });

export const abortFault = (signal: AbortSignal): StepError =>
  new StepError({ code: 'aborted', publicMessage: 'The request was stopped', permanent: false, cause: signal.reason });

/** Names an error of Node or undici. Errors that are named already stay as they are. */
export const nameNetworkError = (error: unknown): DomainError | StepError => {
  const named = causesOf(error).find((cause) => cause instanceof DomainError || cause instanceof StepError);
  if (named !== undefined) return named;
  for (const cause of causesOf(error)) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
    const fault = systemCodes[code] ?? (tlsCode.test(code) ? 'tls_failed' : undefined);
    if (fault !== undefined) return fetchFault(fault, messages[fault], error);
  }
  return fetchFault('network_error', messages.network_error, error);
};

/** The error, its causes, and the errors that several addresses of one host gave. */
const causesOf = (error: unknown): (DomainError | StepError | Error)[] => {
  const found: Error[] = [];
  const queue: unknown[] = [error];
  while (queue.length > 0 && found.length < 20) {
    const next = queue.shift();
    if (!(next instanceof Error)) continue;
    found.push(next);
    queue.push(next.cause);
    if (next instanceof AggregateError) queue.push(...next.errors);
  }
  return found;
};

const tlsCode = /^(ERR_TLS|ERR_SSL|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_OSSL)/;
const systemCodes: Readonly<Record<string, FetchFaultCode>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  UND_ERR_SOCKET: 'connection_reset',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'connection_reset',
  ENOTFOUND: 'dns_failed',
  EAI_AGAIN: 'dns_failed',
  EAI_NODATA: 'dns_failed',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'response_headers_too_large',
  HPE_HEADER_OVERFLOW: 'response_headers_too_large',
};
const messages: Readonly<Record<FetchFaultCode, string>> = {
  invalid_url: 'The URL is not valid',
  url_protocol: 'The URL has a protocol that is not allowed',
  url_credentials: 'The URL must not hold a user name or password',
  address_forbidden: 'The URL leads to an address that is not public',
  too_many_redirects: 'The URL redirects too often',
  response_too_large: 'The answer is too large',
  response_headers_too_large: 'The headers of the answer are too large',
  response_encoding: 'The answer is encoded in a way that was not asked for',
  timeout: 'The server took too long',
  dns_failed: 'The host name could not be resolved',
  tls_failed: 'No secure connection to the server could be made',
  connection_refused: 'The server refused the connection',
  connection_reset: 'The server broke the connection',
  network_error: 'The server could not be reached',
};

/** A fault with its usual message. */
export const plainFault = (code: FetchFaultCode, cause?: unknown): DomainError => fetchFault(code, messages[code], cause);
