import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../shared/api-error.ts';
import { words } from './errors.ts';
import { maxFileBytes, maxFormBytes } from './schemas.ts';

export interface ReceivedFile {
  readonly path: string;
  readonly declaredType: string;
}

export interface Submission {
  readonly image: ReceivedFile;
  readonly audio: ReceivedFile;
  /** As sent; null: absent. */
  readonly webhookUrl: string | null;
}

interface Slot {
  file: ReceivedFile | null;
  sizeBytes: number;
  isTooLarge: boolean;
  count: number;
}

interface Form {
  readonly slots: { readonly image: Slot; readonly audio: Slot };
  readonly unexpected: string[];
  webhookUrl: string | null;
}

const emptySlot = (): Slot => ({ file: null, sizeBytes: 0, isTooLarge: false, count: 0 });

/** Text fields stay in memory, so they are few and short; a `webhookUrl` may have 2,048 characters. */
const limits = { fileSize: maxFileBytes, files: 100, fields: 100, fieldSize: 16 * 1024, parts: 200 } as const;

/**
 * Streams the form into `folder` with flat memory. The whole body is read before anything is refused, so that clients see the
 * answer; faults are reported in the contract's order: syntax, size, fields.
 */
export async function receiveSubmission(request: FastifyRequest, folder: string): Promise<Submission> {
  if (!request.isMultipart()) throw new ApiError(400, words.multipart);
  if (Number(request.headers['content-length'] ?? 0) > maxFormBytes) throw new ApiError(413, words.tooLarge);
  const form: Form = { slots: { image: emptySlot(), audio: emptySlot() }, unexpected: [], webhookUrl: null };
  try {
    await readParts(request, folder, form);
  } catch (cause) {
    throw isOurFault(cause) ? cause : new ApiError(400, words.multipart, { cause });
  }
  return checkForm(form);
}

async function readParts(request: FastifyRequest, folder: string, form: Form): Promise<void> {
  const parts = request.parts({ limits });
  let bytes = 0;
  request.raw.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes > maxFormBytes) request.raw.destroy();
  });
  for await (const part of parts) {
    if (part.type === 'file') await receiveFile(part, folder, form);
    else if (part.fieldname === 'webhookUrl') form.webhookUrl = typeof part.value === 'string' ? part.value : 'not a text';
  }
}

async function receiveFile(part: MultipartFile, folder: string, form: Form): Promise<void> {
  const name = part.fieldname;
  const slot = name === 'image' || name === 'audio' ? form.slots[name] : null;
  if (!slot) form.unexpected.push(name);
  else slot.count += 1;
  if (slot?.count !== 1) {
    part.file.resume();
    return;
  }
  const target = path.join(folder, name);
  await pipeline(part.file, createWriteStream(target, { flags: 'wx' }));
  slot.sizeBytes = part.file.bytesRead;
  slot.isTooLarge = part.file.truncated;
  slot.file = { path: target, declaredType: part.mimetype };
}

/** A disk that is full is not a malformed body. */
const isOurFault = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && (error.syscall === 'open' || error.syscall === 'write');

function checkForm({ slots: { image, audio }, unexpected, webhookUrl }: Form): Submission {
  if (image.isTooLarge || audio.isTooLarge) throw new ApiError(413, words.tooLarge);
  if (!image.file || image.sizeBytes === 0) throw new ApiError(400, words.imageRequired);
  if (!audio.file || audio.sizeBytes === 0) throw new ApiError(400, words.audioRequired);
  if (image.count > 1) throw new ApiError(400, words.oneImage);
  if (audio.count > 1) throw new ApiError(400, words.oneAudio);
  if (unexpected[0] !== undefined) throw new ApiError(400, `Unexpected file field "${unexpected[0].slice(0, 100)}"`);
  return { image: image.file, audio: audio.file, webhookUrl };
}
