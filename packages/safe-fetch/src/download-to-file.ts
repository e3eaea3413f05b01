import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '@polyreel/core';
import { plainFault } from './errors.ts';
import type { SafeFetch, SafeFetchOptions, SafeResponse } from './safe-fetch.ts';

export interface Download {
  readonly sizeBytes: number;
  /** As the server declares it: a hint, never to be trusted. */
  readonly declaredType: string | null;
  /** Of the last hop. */
  readonly url: string;
}

export type DownloadOptions = Omit<SafeFetchOptions, 'method' | 'body'>;

/**
 * Streams what a URL answers into a new file; memory does not grow with it. Throws as the fetch does, DomainError `http_<status>` for
 * an answer other than 2xx, `response_encoding` for one that is compressed. A failure leaves no file.
 */
export const downloadToFile = async (
  fetch: SafeFetch,
  url: string,
  path: string,
  options: DownloadOptions,
): Promise<Download> => {
  const response = await fetch(url, { ...options, method: 'GET' });
  await refuseBadAnswer(response);
  let sizeBytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of response.body) {
      sizeBytes += chunk.byteLength;
      yield chunk;
    }
  };
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  let isOurs = false;
  file.once('open', () => {
    isOurs = true;
  });
  try {
    await pipeline(Readable.from(counted(), { objectMode: false }), file);
  } catch (error) {
    if (isOurs) await rm(path, { force: true });
    throw error;
  }
  return { sizeBytes, declaredType: response.headers.get('content-type'), url: response.url };
};

/** The whole body in memory. For small answers: `maxBytes` bounds it. */
export const readBody = async (response: SafeResponse): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const refuseBadAnswer = async (response: SafeResponse): Promise<void> => {
  const encoding = response.headers.get('content-encoding');
  const isEncoded = encoding !== null && encoding.toLowerCase() !== 'identity';
  if (response.status >= 200 && response.status < 300 && !isEncoded) return;
  await dropBody(response);
  if (isEncoded) throw plainFault('response_encoding');
  const { status } = response;
  throw new DomainError(status >= 500 ? 'backend_unavailable' : 'invalid_request', `The server answered ${status}`, {
    code: `http_${status}`,
  });
};

/** Frees the connection of an answer that nobody wants. */
const dropBody = async (response: SafeResponse): Promise<void> => {
  const reader = response.body[Symbol.asyncIterator]();
  await reader.return?.();
};
