import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '@polyreel/core';
import type { FastifyRequest } from 'fastify';
import { decodeUtf8 } from '../json-body/index.ts';
import type { JsonBodyPool, ParsedJson, ScratchFolder } from '../surface.ts';

/** Bodies up to this are parsed where they arrive; larger ones go to disk and to the pool. */
export const inProcessBytesMax = 1024 * 1024;

export interface ReceiveOptions {
  readonly maxBodyBytes: number;
  readonly maxDataBytes: number;
  readonly jsonPool: JsonBodyPool;
  /** Called before a body is written to disk. */
  beforeSpill(): Promise<void>;
  scratch(): Promise<ScratchFolder>;
}

/**
 * Reads and parses a JSON body with flat memory. Throws SyntaxError for bad JSON and DomainError `too_large`, code
 * `body_too_large`: at once where the header announces it, else as soon as the limit is passed.
 */
export async function receiveJson(request: FastifyRequest, options: ReceiveOptions): Promise<ParsedJson> {
  try {
    return await receive(request, options);
  } catch (cause) {
    // The client broke off. Nobody hears the answer, but it is no fault of the server's.
    if (request.raw.destroyed && !request.raw.complete) throw new SyntaxError('the body broke off', { cause });
    throw cause;
  }
}

async function receive(request: FastifyRequest, options: ReceiveOptions): Promise<ParsedJson> {
  if (Number(request.headers['content-length'] ?? 0) > options.maxBodyBytes) throw tooLarge(options.maxBodyBytes);
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of request.raw.iterator({ destroyOnReturn: false })) {
    const bytes = bytesOf(chunk);
    held.push(bytes);
    heldBytes += bytes.byteLength;
    if (heldBytes > inProcessBytesMax) return receiveLarge(request, held, options);
  }
  return { value: parseJson(decodeUtf8(Buffer.concat(held))), moved: new Map() };
}

async function receiveLarge(request: FastifyRequest, held: readonly Uint8Array[], options: ReceiveOptions): Promise<ParsedJson> {
  await options.beforeSpill();
  const folder = await options.scratch();
  const bodyPath = path.join(folder.path, 'body');
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    const count = (chunk: Uint8Array): Uint8Array => {
      bytes += chunk.byteLength;
      if (bytes > options.maxBodyBytes) throw tooLarge(options.maxBodyBytes);
      return chunk;
    };
    for (const chunk of held) yield count(chunk);
    for await (const chunk of request.raw.iterator({ destroyOnReturn: false })) yield count(bytesOf(chunk));
  };
  await pipeline(chunks, createWriteStream(bodyPath, { flags: 'wx' }));
  const scanned = await options.jsonPool.scan({ bodyPath, scratchPath: folder.path, maxDataBytes: options.maxDataBytes });
  return { value: parseJson(scanned.text), moved: scanned.moved };
}

const parseJson = (text: string): unknown => JSON.parse(text);

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('the body stream has an encoding');
}

const tooLarge = (limit: number): DomainError =>
  new DomainError('too_large', `The body has more than ${limit} bytes`, { code: 'body_too_large' });
