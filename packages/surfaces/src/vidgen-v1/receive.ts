import { createWriteStream } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { ApiError, words } from './errors.ts';
import { maxFileBytes } from './schemas.ts';

export interface ReceivedFile {
  readonly path: string;
  readonly declaredType: string;
  readonly fileName: string;
}

export interface Submission {
  readonly image: ReceivedFile;
  readonly audio: ReceivedFile;
  readonly webhookUrl: string | null;
}

interface Slot {
  file: ReceivedFile | null;
  sizeBytes: number;
  isTooLarge: boolean;
  count: number;
}

const emptySlot = (): Slot => ({ file: null, sizeBytes: 0, isTooLarge: false, count: 0 });

/** Rest of a body that is read so that the client sees the answer; beyond it the connection is closed. */
const maxDrainedBytes = 256 * 1024 * 1024;

/**
 * Streams the form into `folder` with flat memory. The whole body is read before anything is refused, so that clients see the
 * answer; faults are reported in the contract's order: syntax, size, fields.
 */
export async function receiveSubmission(request: FastifyRequest, folder: string): Promise<Submission> {
  if (!request.isMultipart()) throw new ApiError(400, words.multipart);
  const slots = { image: emptySlot(), audio: emptySlot() };
  const unexpected: string[] = [];
  let webhookUrl: string | null = null;
  const budget = { left: maxDrainedBytes };
  try {
    for await (const part of request.parts({ limits: { fileSize: maxFileBytes, files: 1000, fields: 1000, parts: 2000 } })) {
      if (part.type === 'field') {
        if (part.fieldname === 'webhookUrl' && typeof part.value === 'string') webhookUrl = part.value;
        continue;
      }
      const slot = part.fieldname === 'image' || part.fieldname === 'audio' ? slots[part.fieldname] : null;
      if (!slot) unexpected.push(part.fieldname);
      else slot.count += 1;
      if (slot?.count !== 1) {
        await drain(part.file, budget);
        continue;
      }
      const target = path.join(folder, part.fieldname);
      await pipeline(part.file, createWriteStream(target));
      slot.sizeBytes = part.file.bytesRead;
      slot.isTooLarge = part.file.truncated;
      budget.left -= slot.sizeBytes;
      slot.file = { path: target, declaredType: part.mimetype, fileName: part.filename ?? '' };
    }
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError(400, words.multipart, { cause });
  }
  if (slots.image.isTooLarge || slots.audio.isTooLarge) throw new ApiError(413, words.tooLarge);
  return checkFields(slots, unexpected, webhookUrl);
}

function checkFields(slots: { image: Slot; audio: Slot }, unexpected: string[], webhookUrl: string | null): Submission {
  const { image, audio } = slots;
  if (!image.file || image.sizeBytes === 0) throw new ApiError(400, words.imageRequired);
  if (!audio.file || audio.sizeBytes === 0) throw new ApiError(400, words.audioRequired);
  if (image.count > 1) throw new ApiError(400, words.oneImage);
  if (audio.count > 1) throw new ApiError(400, words.oneAudio);
  if (unexpected[0] !== undefined) throw new ApiError(400, `Unexpected file field "${unexpected[0]}"`);
  return { image: image.file, audio: audio.file, webhookUrl };
}

async function drain(stream: Readable, budget: { left: number }): Promise<void> {
  for await (const chunk of stream) {
    budget.left -= Buffer.byteLength(chunk);
    if (budget.left < 0) throw new ApiError(413, words.tooLarge);
  }
}
