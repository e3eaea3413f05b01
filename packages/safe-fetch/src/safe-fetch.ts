import type { IncomingHttpHeaders } from 'node:http';
import { Client, type Dispatcher } from 'undici';
import { abortFault, fetchFault, nameNetworkError, plainFault } from './errors.ts';
import { buildCheckedConnector, type Guard, type ResolveHost, resolveBySystem, resolveGuarded } from './guarded-connect.ts';
import { parseOutboundAllow } from './outbound-allow.ts';

export type WebProtocol = 'https:' | 'http:';

export interface SafeFetchOptions {
  /** Default GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Of the answer's body. Reading beyond it fails with `response_too_large`. */
  readonly maxBytes: number;
  /** For everything, from the look-up of the name to the last byte of the answer, all redirects included. */
  readonly timeoutMs: number;
  /** 0: a redirect is an answer like any other. */
  readonly maxRedirects: number;
  readonly protocols: readonly WebProtocol[];
  readonly signal: AbortSignal;
}

export interface SafeResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** Of the last hop. */
  readonly url: string;
  /** Read it to its end or leave the loop: either frees the connection, and so does the deadline. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Throws DomainError with a `FetchFaultCode`, StepError `aborted`. An answer of any status is no error. */
export type SafeFetch = (url: string, options: SafeFetchOptions) => Promise<SafeResponse>;

const MAX_URL_CHARS = 8192;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECT_MS = 10_000;

/**
 * The only door to URLs that users give. Every address that a host resolves to is checked, on every hop, and the connection goes to a
 * checked address, so an answer that changes between check and connect changes nothing. Proxy variables are ignored; each request has
 * a connection of its own. `allow`: `host:port` and CIDR entries exempt from the address check, and from nothing else.
 */
export const createSafeFetch = (options: { allow: readonly string[]; resolve?: ResolveHost }): SafeFetch => {
  const guard: Guard = { allow: parseOutboundAllow(options.allow), resolve: options.resolve ?? resolveBySystem };
  return async (url, request) => {
    const deadline = startDeadline(request.timeoutMs, request.signal);
    try {
      return await followHops(guard, checkUrl(url, request.protocols), request, deadline);
    } catch (error) {
      deadline.clear();
      throw deadline.fault() ?? nameNetworkError(error);
    }
  };
};

/** Throws DomainError `invalid_url`, `url_protocol` or `url_credentials`. Looks nothing up. */
export const checkUrl = (text: string, protocols: readonly WebProtocol[]): URL => {
  if (text.length > MAX_URL_CHARS)
    throw fetchFault('invalid_url', `The URL of ${text.length} characters exceeds ${MAX_URL_CHARS}`);
  if (!URL.canParse(text)) throw plainFault('invalid_url');
  const url = new URL(text);
  if (!protocols.some((protocol) => protocol === url.protocol)) throw plainFault('url_protocol');
  if (url.username !== '' || url.password !== '') throw plainFault('url_credentials');
  if (url.hostname === '') throw plainFault('invalid_url');
  return url;
};

interface Deadline {
  readonly signal: AbortSignal;
  /** Why the request was stopped, if it was. */
  fault(): Error | undefined;
  clear(): void;
}

const startDeadline = (timeoutMs: number, callerSignal: AbortSignal): Deadline => {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(plainFault('timeout')), timeoutMs);
  return {
    signal: AbortSignal.any([timeout.signal, callerSignal]),
    fault: () => (callerSignal.aborted ? abortFault(callerSignal) : timeout.signal.aborted ? plainFault('timeout') : undefined),
    clear: () => clearTimeout(timer),
  };
};

interface Hop {
  readonly url: URL;
  readonly method: NonNullable<SafeFetchOptions['method']>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | null;
}

const followHops = async (guard: Guard, url: URL, request: SafeFetchOptions, deadline: Deadline): Promise<SafeResponse> => {
  let hop: Hop = { url, method: request.method ?? 'GET', headers: request.headers ?? {}, body: request.body ?? null };
  for (let redirects = 0; ; redirects += 1) {
    const { answer, close } = await sendHop(guard, hop, request, deadline);
    const location = headerOf(answer.headers, 'location');
    if (request.maxRedirects === 0 || !isRedirect(answer.statusCode) || location === null) {
      return toResponse(hop.url, answer, request, deadline, close);
    }
    close();
    if (redirects >= request.maxRedirects) throw plainFault('too_many_redirects');
    hop = nextHop(hop, answer.statusCode, location, request.protocols);
  }
};

const sendHop = async (
  guard: Guard,
  hop: Hop,
  request: SafeFetchOptions,
  deadline: Deadline,
): Promise<{ answer: Dispatcher.ResponseData; close: () => void }> => {
  const port = Number(hop.url.port) || (hop.url.protocol === 'https:' ? 443 : 80);
  // The system's look-up cannot be stopped, only left behind.
  const addresses = await untilAborted(resolveGuarded(guard, hop.url.hostname, port), deadline.signal);
  const client = new Client(hop.url.origin, {
    connect: buildCheckedConnector(addresses, Math.min(request.timeoutMs, MAX_CONNECT_MS)),
    pipelining: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    // The deadline governs; a limit of undici's own would only rename its error.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  // Not awaited: with a connection still being made it would wait for that.
  const close = (): void => void client.destroy().catch(() => undefined);
  try {
    const sent = client.request({
      ...{ path: hop.url.pathname + hop.url.search, method: hop.method, body: hop.body, signal: deadline.signal },
      headers: { 'accept-encoding': 'identity', ...lowerCaseKeys(hop.headers) },
    });
    return { answer: await sent, close };
  } catch (error) {
    close();
    throw error;
  }
};

const untilAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

const lowerCaseKeys = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/** The next request, as browsers make it: a POST becomes a GET unless 307 or 308 says otherwise; secrets stay with their origin. */
const nextHop = (hop: Hop, status: number, location: string, protocols: readonly WebProtocol[]): Hop => {
  if (!URL.canParse(location, hop.url.href)) throw plainFault('invalid_url');
  const url = checkUrl(new URL(location, hop.url).href, protocols);
  const keepsMethod = status >= 307 || hop.method === 'GET' || hop.method === 'HEAD';
  const secret = new Set(url.origin === hop.url.origin ? [] : ['authorization', 'cookie', 'proxy-authorization', 'x-api-key']);
  const dropped = keepsMethod ? secret : new Set([...secret, 'content-type', 'content-length', 'content-encoding']);
  const headers = Object.fromEntries(Object.entries(lowerCaseKeys(hop.headers)).filter(([name]) => !dropped.has(name)));
  return keepsMethod ? { ...hop, url, headers } : { url, headers, method: 'GET', body: null };
};

const headerOf = (headers: IncomingHttpHeaders, name: string): string | null => {
  const value = headers[name.toLowerCase()];
  return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
};

const toResponse = (
  url: URL,
  answer: Dispatcher.ResponseData,
  request: SafeFetchOptions,
  deadline: Deadline,
  close: () => void,
): SafeResponse => {
  // A body that nobody reads dies with the deadline, and its error belongs to nobody.
  answer.body.on('error', () => close());
  return {
    status: answer.statusCode,
    headers: { get: (name) => headerOf(answer.headers, name) },
    url: url.href,
    body: readCapped(answer, request.maxBytes, deadline, close),
  };
};

async function* readCapped(
  answer: Dispatcher.ResponseData,
  maxBytes: number,
  deadline: Deadline,
  close: () => void,
): AsyncGenerator<Uint8Array> {
  const tooLarge = (): Error => fetchFault('response_too_large', `The answer exceeds ${maxBytes} bytes`);
  try {
    if (Number(headerOf(answer.headers, 'content-length') ?? 0) > maxBytes) throw tooLarge();
    let size = 0;
    for await (const chunk of answer.body) {
      if (!(chunk instanceof Uint8Array)) throw plainFault('network_error');
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge();
      yield chunk;
    }
  } catch (error) {
    throw deadline.fault() ?? nameNetworkError(error);
  } finally {
    deadline.clear();
    close();
  }
}
