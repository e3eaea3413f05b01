import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Canvas, DomainError, type MediaInspector } from '@polyreel/core';
import { decodeDataUri, type MovedString } from '../json-body/index.ts';
import { ApiError } from '../shared/api-error.ts';
import type { ParsedJson, ScratchFolder } from '../surface.ts';
import { words } from './errors.ts';
import type { JsonObject } from './normalise-body.ts';
import { sceneObjects } from './read-generate.ts';
import { maxFrameBytes, maxFramePixels } from './schemas.ts';

export const frameNames = ['start_frame', 'end_frame'] as const;
export type FrameName = (typeof frameNames)[number];

/** A picture of a scene: decodable, on local disk. Size after EXIF rotation. */
export interface Frame extends Canvas {
  readonly sceneIndex: number;
  readonly name: FrameName;
  readonly path: string;
  readonly mediaType: string;
}

export interface FrameSource {
  readonly parsed: Pick<ParsedJson, 'moved'>;
  readonly inspector: MediaInspector;
  scratch(): Promise<ScratchFolder>;
}

const acceptedTypes: readonly string[] = ['image/png', 'image/jpeg', 'image/webp'];

/**
 * Brings every frame of the body to disk and looks at it. The bytes are trusted, the declared type is not. Throws 413 for a frame
 * over the limit, whatever else is wrong.
 */
export async function readFrames(fields: JsonObject, source: FrameSource): Promise<{ frames: Frame[]; faults: string[] }> {
  const stored: (StoredFrame | string)[] = [];
  for (const { index, scene } of sceneObjects(fields))
    for (const name of frameNames) {
      const text = scene[name];
      if (typeof text === 'string') stored.push(await storeFrame({ sceneIndex: index, name, text }, source));
    }
  const frames: Frame[] = [];
  const faults: string[] = [];
  for (const frame of stored) {
    const looked = typeof frame === 'string' ? frame : await lookAt(frame, source.inspector);
    if (typeof looked === 'string') faults.push(looked);
    else frames.push(looked);
  }
  return { frames, faults };
}

type StoredFrame = Pick<Frame, 'sceneIndex' | 'name' | 'path'> & { declaredType: string };

const placeOf = (frame: { sceneIndex: number; name: FrameName }): string => `scenes[${frame.sceneIndex}].${frame.name}`;

/** The frame as a file, or what is wrong with its data URI. */
async function storeFrame(
  frame: { sceneIndex: number; name: FrameName; text: string },
  source: FrameSource,
): Promise<StoredFrame | string> {
  const decoded = source.parsed.moved.get(frame.text) ?? (await keepShort(frame, source));
  switch (decoded.kind) {
    case 'file':
      return { sceneIndex: frame.sceneIndex, name: frame.name, path: decoded.path, declaredType: decoded.declaredType };
    case 'text':
      return `${placeOf(frame)} must be a base64 data URI`;
    case 'fault':
      if (decoded.fault === 'too_large') throw new ApiError(413, words.tooLarge, { extras: { details: [tooLargeText(frame)] } });
      return `${placeOf(frame)} is not valid base64`;
  }
}

const tooLargeText = (frame: { sceneIndex: number; name: FrameName }): string =>
  `${placeOf(frame)} has more than ${maxFrameBytes} bytes`;

/** A data URI that was short enough to stay in the body. */
async function keepShort(
  frame: { sceneIndex: number; name: FrameName; text: string },
  source: FrameSource,
): Promise<MovedString> {
  const decoded = decodeDataUri(frame.text);
  if (decoded.kind !== 'bytes') return decoded;
  const folder = await source.scratch();
  const filePath = path.join(folder.path, `scene-${frame.sceneIndex}-${frame.name}`);
  await writeFile(filePath, decoded.bytes, { flag: 'wx' });
  return { kind: 'file', path: filePath, declaredType: decoded.declaredType, sizeBytes: decoded.bytes.byteLength };
}

async function lookAt(frame: StoredFrame, inspector: MediaInspector): Promise<Frame | string> {
  const found = await inspector.identify(frame.path);
  const unreadable = `${placeOf(frame)} is not a readable image`;
  if (!acceptedTypes.includes(found.mediaType)) {
    const isDeclaredFine = frame.declaredType === '' || isAcceptedDeclaration(frame.declaredType);
    if (found.family !== 'image' && isDeclaredFine) return unreadable;
    return `${placeOf(frame)} has unsupported type ${found.family === 'image' ? found.mediaType : frame.declaredType.slice(0, 60)}`;
  }
  try {
    const { mediaType, width, height } = await inspector.inspectImage(frame.path);
    if (width * height > maxFramePixels) return unreadable;
    return { sceneIndex: frame.sceneIndex, name: frame.name, path: frame.path, mediaType, width, height };
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'unsupported_media') return unreadable;
    throw error;
  }
}

/** `image/jpg` is what many write. */
const isAcceptedDeclaration = (type: string): boolean => type === 'image/jpg' || acceptedTypes.includes(type);
