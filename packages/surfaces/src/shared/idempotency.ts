import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Idempotency, JobView, Principal, StoredAnswer } from '@polyreel/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SurfaceDeps } from '../surface.ts';
import { ApiError } from './api-error.ts';
import { setJobHeaders } from './response-headers.ts';

/** A repeated request stands for the first one for so long. */
const ttlSeconds = 24 * 3600;
const keyLengthMax = 255;

/** The caller's `Idempotency-Key`, bound to method and path; null: none was sent. Throws 400 for one that is no key. */
export function readIdempotencyKey(request: FastifyRequest): string | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const key = typeof header === 'string' ? header.trim() : '';
  if (key === '' || key.length > keyLengthMax || !/^[\x20-\x7e]+$/.test(key))
    throw new ApiError(400, `Idempotency-Key must be 1 to ${keyLengthMax} printable ASCII characters`);
  return `${request.method} ${request.url.split('?', 1)[0]} ${key}`;
}

/** What a request means: its parsed fields, and the hashes of its files by name. */
export interface RequestPrint {
  readonly fields: unknown;
  readonly files: Readonly<Record<string, string>>;
}

/** Null without a key. The print is SHA-256 over the fields in order of name and the files' hashes, never over raw bytes. */
export const idempotencyOf = (key: string | null, print: RequestPrint): Idempotency | null =>
  key === null ? null : { key, fingerprint: fingerprintOf(print), ttlSeconds };

export const fingerprintOf = ({ fields, files }: RequestPrint): string =>
  createHash('sha256').update(canonicalJson({ fields, files })).digest('hex');

/** Lower-case hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** JSON with the names of every object in order, and without those that are undefined. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`);
  return `{${members.join(',')}}`;
}

/** To be asked before every state check: the job of an equal request that came before. DomainError `idempotency_mismatch`. */
export const findReplay = async (
  deps: Pick<SurfaceDeps, 'engine'>,
  query: { principal: Principal; surface: string; idempotency: Idempotency | null },
): Promise<JobView | null> =>
  query.idempotency === null ? null : deps.engine.findReplay({ ...query, idempotency: query.idempotency });

/** A submit that was accepted: the first time, or again. */
export interface Submitted {
  readonly job: JobView;
  readonly isReplay: boolean;
  readonly answer: StoredAnswer;
}

/** What is stored with the key and sent: the same bytes now and later. */
export const answerOf = (status: number, body: unknown): StoredAnswer => ({ status, body: JSON.stringify(body) });

export const withAnswer = (idempotency: Idempotency | null, answer: StoredAnswer): Idempotency | null =>
  idempotency && { ...idempotency, answer };

/** A job that was there before answers for itself; the answer given is for one of an older server, which kept none. */
export const replayed = (job: JobView, answer: StoredAnswer): Submitted => ({
  ...{ job, isReplay: true },
  answer: job.storedAnswer ?? answer,
});

/** The payload to return: it goes out once the handler is through, when nothing of the request is left on disk. */
export function setSubmitted(reply: FastifyReply, { job, isReplay, answer }: Submitted): string {
  setJobHeaders(reply, job);
  setReplayHeader(reply, isReplay);
  reply.status(answer.status).type('application/json; charset=utf-8');
  return answer.body;
}

export const setReplayHeader = (reply: FastifyReply, isReplay: boolean): void => {
  if (isReplay) reply.header('Idempotency-Replayed', 'true');
};
