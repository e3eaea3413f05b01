import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../shared/api-error.ts';
import { badParameters, words } from './errors.ts';

export interface ReceivedImage {
  readonly path: string;
  readonly sizeBytes: number;
  readonly isTooLarge: boolean;
}

/** A form as it was sent; nothing in it has been judged. */
export interface ReceivedForm {
  /** Text fields in order; a name may stand more than once. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  readonly image: ReceivedImage | null;
  /** Parts named `image` that hold a file. */
  readonly imageCount: number;
}

/** Room for the text fields beside the picture. */
const formSlackBytes = 2 * 1024 * 1024;
const fieldBytesMax = 64 * 1024;

export const maxFormBytes = (maxImageBytes: number): number => maxImageBytes + formSlackBytes;

/**
 * Streams the form into `folder` with flat memory. Throws 413 for a body beyond the hard limit, as soon as it is known, and 400 for
 * a body that holds no form: without one there is no image.
 */
export async function receiveForm(request: FastifyRequest, folder: string, maxImageBytes: number): Promise<ReceivedForm> {
  if (Number(request.headers['content-length'] ?? 0) > maxFormBytes(maxImageBytes)) throw new ApiError(413, words.tooLarge);
  if (!request.isMultipart()) throw new ApiError(400, words.noImage);
  const stop = new AbortController();
  const tooLarge = new Promise<never>((_resolve, reject) => {
    let bytes = 0;
    request.raw.on('data', (chunk: Uint8Array) => {
      bytes += chunk.byteLength;
      if (bytes <= maxFormBytes(maxImageBytes)) return;
      request.raw.unpipe();
      reject(new ApiError(413, words.tooLarge));
    });
  });
  const form = readParts(request, { folder, maxImageBytes, signal: stop.signal });
  // Whichever loses the race is heard by nobody else.
  tooLarge.catch(() => undefined);
  form.catch(() => undefined);
  try {
    return await Promise.race([form, tooLarge]);
  } catch (cause) {
    stop.abort();
    throw cause instanceof ApiError || isOurFault(cause) ? cause : badParameters(['the body is not valid multipart/form-data']);
  }
}

interface ReadOptions {
  readonly folder: string;
  readonly maxImageBytes: number;
  readonly signal: AbortSignal;
}

async function readParts(request: FastifyRequest, options: ReadOptions): Promise<ReceivedForm> {
  const texts = new Map<string, string[]>();
  let image: ReceivedImage | null = null;
  let imageCount = 0;
  const limits = { fileSize: options.maxImageBytes, files: 20, fields: 200, fieldSize: fieldBytesMax, parts: 220 };
  const parts = request.parts({
    limits,
    // A picture without a file name is a picture all the same; curl and browsers send names, other clients forget them.
    isPartAFile: (_name, contentType, fileName) =>
      fileName !== undefined || contentType === 'application/octet-stream' || /^image\//.test(contentType ?? ''),
  });
  for await (const part of parts) {
    if (part.type === 'field') {
      const value = typeof part.value === 'string' ? part.value : '';
      texts.set(part.fieldname, [...(texts.get(part.fieldname) ?? []), value]);
      continue;
    }
    if (part.fieldname === 'image') imageCount += 1;
    if (part.fieldname === 'image' && imageCount === 1) image = await storeImage(part, options);
    else part.file.resume();
  }
  return { texts, image, imageCount };
}

async function storeImage(part: MultipartFile, { folder, signal }: ReadOptions): Promise<ReceivedImage> {
  const target = path.join(folder, 'image');
  await pipeline(part.file, createWriteStream(target, { flags: 'wx' }), { signal });
  return { path: target, sizeBytes: part.file.bytesRead, isTooLarge: part.file.truncated };
}

/** A disk that is full is not a malformed body. */
const isOurFault = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && (error.syscall === 'open' || error.syscall === 'write');
