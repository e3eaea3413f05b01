import { open, readFile, stat } from 'node:fs/promises';
import { readImageHeader } from '../image-header.ts';
import type { MediaKind } from '../media-kinds.ts';
import { svgSize } from './svg-size.ts';

export interface PictureSize {
  /** Upright. */
  readonly width: number;
  readonly height: number;
  readonly animation: { readonly durationSeconds: number; readonly frameCount: number } | null;
}

const MAX_ANIMATED_BYTES = 200_000_000;

/** Reads the size of a picture, and the run of an animated one, without decoding it. Undefined when it cannot be told. */
export const readPictureSize = async (path: string, kind: MediaKind): Promise<PictureSize | undefined> => {
  switch (kind) {
    case 'jpeg':
    case 'png':
    case 'webp': {
      const header = await readImageHeader(path);
      if (header === undefined) return undefined;
      const isTurned = header.orientation >= 5;
      const size = { width: isTurned ? header.height : header.width, height: isTurned ? header.width : header.height };
      return { ...size, animation: kind === 'webp' && header.isAnimated ? webpAnimation(await readWhole(path)) : null };
    }
    case 'gif':
      return parseGif(await readWhole(path));
    case 'bmp': {
      const head = await readHead(path, 26);
      return { width: Math.abs(head.readInt32LE(18)), height: Math.abs(head.readInt32LE(22)), animation: null };
    }
    case 'avif':
      return parseAvif(await readHead(path, 65_536));
    case 'svg': {
      const size = svgSize((await readHead(path, 200_000)).toString('utf8'));
      return { ...(size ?? { width: 300, height: 150 }), animation: null };
    }
    default:
      return undefined;
  }
};

const readWhole = async (path: string): Promise<Buffer> => {
  const { size } = await stat(path);
  return size > MAX_ANIMATED_BYTES ? Buffer.alloc(0) : readFile(path);
};

const readHead = async (path: string, bytes: number): Promise<Buffer> => {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

/** Browsers show frames without a delay, or with a very short one, for a tenth of a second. */
const frameSeconds = (hundredths: number): number => (hundredths <= 1 ? 0.1 : hundredths / 100);

export const parseGif = (bytes: Buffer): PictureSize | undefined => {
  if (bytes.length < 13) return undefined;
  const size = { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  let frameCount = 0;
  let durationSeconds = 0;
  let delay = 0;
  const tableBytes = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));
  let at = 13 + tableBytes(bytes[10] ?? 0);
  const skipBlocks = (): void => {
    for (let length = bytes[at]; length !== undefined && length > 0; length = bytes[at]) at += length + 1;
    at += 1;
  };
  while (at < bytes.length) {
    const mark = bytes[at];
    if (mark === 0x21) {
      if (bytes[at + 1] === 0xf9 && at + 6 <= bytes.length) delay = bytes.readUInt16LE(at + 4);
      at += 2;
      skipBlocks();
    } else if (mark === 0x2c) {
      frameCount += 1;
      durationSeconds += frameSeconds(delay);
      at += 10 + tableBytes(bytes[at + 9] ?? 0) + 1;
      skipBlocks();
    } else break;
  }
  if (frameCount === 0 || size.width === 0 || size.height === 0) return undefined;
  return { ...size, animation: frameCount > 1 ? { durationSeconds, frameCount } : null };
};

const webpAnimation = (bytes: Buffer): PictureSize['animation'] => {
  let frameCount = 0;
  let milliseconds = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    if (bytes.subarray(at, at + 4).toString('latin1') === 'ANMF' && at + 24 <= bytes.length) {
      frameCount += 1;
      const own = bytes.readUIntLE(at + 20, 3);
      milliseconds += own <= 10 ? 100 : own;
    }
    at += 8 + length + (length % 2);
  }
  return frameCount > 1 ? { durationSeconds: milliseconds / 1000, frameCount } : null;
};

/** The `ispe` property of the item; the largest, for there may be tiles and previews. */
const parseAvif = (head: Buffer): PictureSize | undefined => {
  let best: PictureSize | undefined;
  for (let at = head.indexOf('ispe'); at >= 0 && at + 16 <= head.length; at = head.indexOf('ispe', at + 4)) {
    const size = { width: head.readUInt32BE(at + 8), height: head.readUInt32BE(at + 12), animation: null };
    if (best === undefined || size.width * size.height > best.width * best.height) best = size;
  }
  return best !== undefined && best.width > 0 && best.height > 0 ? best : undefined;
};
