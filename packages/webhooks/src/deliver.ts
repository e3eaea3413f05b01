import { type Clock, type DeliveryAttemptRow, type DeliveryVerdict, DomainError, StepError } from '@polyreel/core';
import { classifyResponse } from './classify-response.ts';
import { type DeliverySchedule, deliverySchedule, nextAttemptAt } from './schedule.ts';
import { type SigningSchemeName, signMessage } from './signing-schemes.ts';

/** The guarded fetch, as far as it is used here. */
export type SafeFetch = (
  url: string,
  options: {
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
    /** Of the answer. */
    readonly maxBytes: number;
    readonly timeoutMs: number;
    /** 0: a redirect is an answer like any other, or an error; it is never followed. */
    readonly maxRedirects: 0;
    readonly protocols: readonly ('http:' | 'https:')[];
    readonly signal: AbortSignal;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}>;

export interface DeliverInput {
  readonly delivery: {
    readonly id: string;
    /** From 1. */
    readonly attempt: number;
    /** Frozen: the same text on every attempt. */
    readonly body: string;
  };
  readonly endpoint: {
    readonly url: string;
    readonly scheme: SigningSchemeName;
    readonly protocols: readonly ('http:' | 'https:')[];
  };
  /** `whsec_...`, newest first. */
  readonly secrets: readonly string[];
  readonly fetch: SafeFetch;
  readonly clock: Clock;
  readonly random: () => number;
  readonly schedule?: DeliverySchedule;
  /** Stops the attempt; then `deliver` rejects with the signal's reason and nothing counts. */
  readonly signal?: AbortSignal;
  /** For tests; 15 s. */
  readonly timeoutMs?: number;
}

export interface DeliveryOutcome {
  readonly row: DeliveryAttemptRow;
  readonly verdict: DeliveryVerdict;
}

export const deliveryTimeoutMs = 15_000;
const excerptBytes = 1024;
/** However long an answer says it is: reading stops after the excerpt. */
const answerBytesMax = Number.MAX_SAFE_INTEGER;
const userAgent = 'Polyreel-Webhooks/1';

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly excerpt: string;
}

/** One attempt: signs, posts, and judges the answer. Every failure of the receiver or the network is an outcome, not an error. */
export async function deliver(input: DeliverInput): Promise<DeliveryOutcome> {
  const startedAt = input.clock.now();
  const begin = performance.now();
  const result = await post(input, Math.floor(startedAt.getTime() / 1000));
  const durationMs = Math.round(performance.now() - begin);
  const row = { attempt: input.delivery.attempt, startedAt, durationMs };
  if ('errorCode' in result) {
    const errorRow = { ...row, statusCode: null, errorCode: result.errorCode, responseExcerpt: null };
    return { row: errorRow, verdict: planVerdict(input, null) };
  }
  const { status, retryAfter, excerpt } = result;
  const answered = { ...row, statusCode: status, responseExcerpt: excerpt };
  const judged = classifyResponse({ status, retryAfter, now: input.clock.now() });
  if (judged.kind === 'success') return { row: { ...answered, errorCode: null }, verdict: { kind: 'delivered' } };
  const failed = { ...answered, errorCode: judged.errorCode };
  if (judged.kind === 'gone') return { row: failed, verdict: { kind: 'failed', isGone: true } };
  return { row: failed, verdict: planVerdict(input, judged.retryAfterSeconds) };
}

/** Retry by the schedule, or the end of it. */
export function planVerdict(
  input: Pick<DeliverInput, 'random' | 'schedule'> & { delivery: { attempt: number } },
  retryAfterSeconds: number | null,
): DeliveryVerdict {
  const delay = nextAttemptAt(input.schedule ?? deliverySchedule, input.delivery.attempt, input.random, retryAfterSeconds);
  return delay === null ? { kind: 'failed', isGone: false } : { kind: 'retry', retryInSeconds: delay };
}

async function post(input: DeliverInput, timestampSeconds: number): Promise<Answer | { errorCode: string }> {
  const { delivery, endpoint, secrets, fetch, timeoutMs = deliveryTimeoutMs } = input;
  const body = new TextEncoder().encode(delivery.body);
  const proof = signMessage(endpoint.scheme, { id: delivery.id, attempt: delivery.attempt, timestampSeconds, body, secrets });
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error('the receiver took too long')), timeoutMs);
  const signal = input.signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, input.signal]);
  try {
    const response = await fetch(endpoint.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': userAgent, ...proof },
      body,
      maxBytes: answerBytesMax,
      timeoutMs,
      maxRedirects: 0,
      protocols: endpoint.protocols,
      signal,
    });
    const excerpt = await readExcerpt(response.body, signal);
    return { status: response.status, retryAfter: response.headers.get('retry-after'), excerpt };
  } catch (error) {
    if (input.signal?.aborted) throw input.signal.reason;
    return { errorCode: timeout.signal.aborted ? 'timeout' : nameFault(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** The first kilobyte as text that PostgreSQL can hold. The status decides; an answer that breaks off or drips on is cut there. */
async function readExcerpt(body: AsyncIterable<Uint8Array> | null, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  const read = async () => {
    let size = 0;
    // Leaving the loop cancels the rest of the answer.
    for await (const chunk of body ?? []) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= excerptBytes || signal.aborted) break;
    }
  };
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.resolve();
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  // However the reading ends, what has come is kept.
  await Promise.race([read().catch(() => undefined), aborted.promise]);
  signal.removeEventListener('abort', onAbort);
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, excerptBytes)).replaceAll('\0', '\uFFFD');
}

const systemFaults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  UND_ERR_SOCKET: 'connection_reset',
  ENOTFOUND: 'dns_failed',
  EAI_AGAIN: 'dns_failed',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
};

/** A short stable word for the attempt log; never the error's text, which may hold inner addresses. */
function nameFault(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof DomainError || at instanceof StepError) return at.code;
    const code = 'code' in at && typeof at.code === 'string' ? at.code : '';
    const known = systemFaults[code];
    if (known !== undefined) return known;
    if (/^(ERR_TLS|CERT_|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_VERIFY)/.test(code)) return 'tls_failed';
  }
  return 'network_error';
}
