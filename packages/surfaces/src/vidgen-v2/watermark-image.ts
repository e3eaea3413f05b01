import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Canvas, DomainError } from '@polyreel/core';
import { decodeDataUri, type MovedString } from '../json-body/index.ts';
import { ApiError } from '../shared/api-error.ts';
import { words } from './errors.ts';
import type { FrameSource } from './frames.ts';
import type { JsonObject } from './normalise-body.ts';
import { maxFramePixels, maxWatermarkBytes } from './schemas.ts';

/** A decodable PNG, on local disk. */
export interface WatermarkImage extends Canvas {
  readonly path: string;
  readonly mediaType: string;
}

const name = 'wm_image';
const tooLarge = (): ApiError =>
  new ApiError(413, words.tooLarge, { extras: { details: [`${name} has more than ${maxWatermarkBytes} bytes`] } });

/** The picture of a visible mark; a text says what is wrong with it. Null: none was sent. Throws 413 for one over the limit. */
export async function readWatermarkImage(fields: JsonObject, source: FrameSource): Promise<WatermarkImage | string | null> {
  const text = fields[name];
  if (typeof text !== 'string') return null;
  const decoded = source.parsed.moved.get(text) ?? (await keepShort(text, source));
  switch (decoded.kind) {
    case 'text':
      return `${name} must be a base64 data URI`;
    case 'fault':
      if (decoded.fault === 'too_large') throw tooLarge();
      return `${name} is not valid base64`;
    case 'file':
      if (decoded.sizeBytes > maxWatermarkBytes) throw tooLarge();
      return lookAt(decoded.path, source);
  }
}

async function keepShort(text: string, source: FrameSource): Promise<MovedString> {
  const decoded = decodeDataUri(text);
  if (decoded.kind !== 'bytes') return decoded;
  const folder = await source.scratch();
  const file = path.join(folder.path, name);
  await writeFile(file, decoded.bytes, { flag: 'wx' });
  return { kind: 'file', path: file, declaredType: decoded.declaredType, sizeBytes: decoded.bytes.byteLength };
}

/** The bytes are trusted, the declared type is not. */
async function lookAt(file: string, { inspector }: FrameSource): Promise<WatermarkImage | string> {
  const unreadable = `${name} is not a readable image`;
  const found = await inspector.identify(file);
  if (found.family !== 'image') return unreadable;
  if (found.mediaType !== 'image/png') return `${name} has unsupported type ${found.mediaType}`;
  try {
    const { mediaType, width, height } = await inspector.inspectImage(file);
    return width * height > maxFramePixels ? unreadable : { path: file, mediaType, width, height };
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'unsupported_media') return unreadable;
    throw error;
  }
}
