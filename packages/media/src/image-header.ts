import { type ByteSource, withByteSource } from './byte-source.ts';

/** Orientation as in EXIF tag 0x0112: how the stored picture must be turned to be seen upright. */
export type ImageOrientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

export interface ImageHeader {
  readonly kind: 'jpeg' | 'png' | 'webp';
  /** As stored, before orientation. */
  readonly width: number;
  readonly height: number;
  readonly orientation: ImageOrientation;
  readonly isAnimated: boolean;
  /** Whether the picture may be transparent anywhere. */
  readonly hasAlpha: boolean;
  readonly bitsPerChannel: 8 | 16;
}

/**
 * Reads size and orientation from the header alone: a few kilobytes, no decoding, so a picture of a billion pixels costs nothing.
 * Undefined when the header is broken or of another kind.
 */
export const readImageHeader = (path: string): Promise<ImageHeader | undefined> => withByteSource(path, parseImageHeader);

export const parseImageHeader = async (source: ByteSource): Promise<ImageHeader | undefined> => {
  const head = await source.read(0, 64);
  if (head.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n') return parsePng(source, head);
  if (head[0] === 0xff && head[1] === 0xd8) return parseJpeg(source);
  if (head.subarray(0, 4).toString('latin1') === 'RIFF' && head.subarray(8, 12).toString('latin1') === 'WEBP')
    return parseWebp(source);
  return undefined;
};

const MAX_CHUNKS = 4096;

const parsePng = async (source: ByteSource, head: Buffer): Promise<ImageHeader | undefined> => {
  if (head.length < 33 || head.subarray(12, 16).toString('latin1') !== 'IHDR') return undefined;
  let orientation: ImageOrientation = 1;
  let isAnimated = false;
  let hasAlpha = head[25] === 4 || head[25] === 6;
  let at = 33;
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks += 1) {
    const chunk = await source.read(at, 8);
    const name = chunk.subarray(4, 8).toString('latin1');
    if (chunk.length < 8 || name === 'IDAT' || name === 'IEND') break;
    const length = chunk.readUInt32BE(0);
    if (name === 'eXIf') orientation = parseExif(await source.read(at + 8, Math.min(length, 65_536))) ?? 1;
    if (name === 'acTL') isAnimated = true;
    if (name === 'tRNS') hasAlpha = true;
    at += 12 + length;
  }
  const size = { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
  return { kind: 'png', ...size, orientation, isAnimated, hasAlpha, bitsPerChannel: head[24] === 16 ? 16 : 8 };
};

const parseJpeg = async (source: ByteSource): Promise<ImageHeader | undefined> => {
  let orientation: ImageOrientation = 1;
  let at = 2;
  for (let segments = 0; segments < MAX_CHUNKS; segments += 1) {
    const segment = await source.read(at, 10);
    if (segment.length < 4 || segment[0] !== 0xff) return undefined;
    const marker = segment[1] ?? 0;
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    const length = segment.readUInt16BE(2);
    if (length < 2 || marker === 0xd9 || marker === 0xda) return undefined;
    if (isFrameMarker(marker)) {
      if (segment.length < 9) return undefined;
      return {
        kind: 'jpeg',
        width: segment.readUInt16BE(7),
        height: segment.readUInt16BE(5),
        orientation,
        isAnimated: false,
        hasAlpha: false,
        bitsPerChannel: 8,
      };
    }
    if (marker === 0xe1) {
      const body = await source.read(at + 4, length - 2);
      if (body.subarray(0, 6).toString('latin1') === 'Exif\0\0') orientation = parseExif(body.subarray(6)) ?? orientation;
    }
    at += 2 + length;
  }
  return undefined;
};

/** SOF0 to SOF15, without DHT (C4), JPG (C8) and DAC (CC). */
const isFrameMarker = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

const parseWebp = async (source: ByteSource): Promise<ImageHeader | undefined> => {
  const head = await source.read(12, 18);
  const first = head.subarray(0, 4).toString('latin1');
  if (first === 'VP8 ' && head.length >= 18 && head.subarray(11, 14).equals(Buffer.from([0x9d, 0x01, 0x2a]))) {
    const size = { width: head.readUInt16LE(14) & 0x3fff, height: head.readUInt16LE(16) & 0x3fff };
    return { kind: 'webp', ...size, orientation: 1, isAnimated: false, hasAlpha: false, bitsPerChannel: 8 };
  }
  if (first === 'VP8L' && head.length >= 13 && head[8] === 0x2f) {
    const bits = head.readUInt32LE(9);
    return {
      kind: 'webp',
      width: (bits & 0x3fff) + 1,
      height: ((bits >>> 14) & 0x3fff) + 1,
      orientation: 1,
      isAnimated: false,
      hasAlpha: ((bits >>> 28) & 1) === 1,
      bitsPerChannel: 8,
    };
  }
  if (first !== 'VP8X' || head.length < 18) return undefined;
  const flags = head[8] ?? 0;
  const orientation = (flags & 0x08) === 0 ? 1 : await findWebpOrientation(source);
  return {
    kind: 'webp',
    width: head.readUIntLE(12, 3) + 1,
    height: head.readUIntLE(15, 3) + 1,
    orientation,
    isAnimated: (flags & 0x02) !== 0,
    hasAlpha: (flags & 0x10) !== 0,
    bitsPerChannel: 8,
  };
};

const findWebpOrientation = async (source: ByteSource): Promise<ImageOrientation> => {
  let at = 12;
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks += 1) {
    const chunk = await source.read(at, 8);
    if (chunk.length < 8) return 1;
    const length = chunk.readUInt32LE(4);
    if (chunk.subarray(0, 4).toString('latin1') === 'EXIF') {
      const body = await source.read(at + 8, Math.min(length, 65_536));
      const start = body.subarray(0, 6).toString('latin1') === 'Exif\0\0' ? 6 : 0;
      return parseExif(body.subarray(start)) ?? 1;
    }
    at += 8 + length + (length % 2);
  }
  return 1;
};

const orientations = [1, 2, 3, 4, 5, 6, 7, 8] as const;

/** The orientation of the first directory of a TIFF structure. */
const parseExif = (tiff: Buffer): ImageOrientation | undefined => {
  if (tiff.length < 14) return undefined;
  const order = tiff.subarray(0, 2).toString('latin1');
  if (order !== 'II' && order !== 'MM') return undefined;
  const word = (at: number): number =>
    at + 2 > tiff.length ? 0 : order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at);
  const directory = order === 'II' ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  const count = Math.min(word(directory), 512);
  for (let entry = 0; entry < count; entry += 1) {
    const at = directory + 2 + entry * 12;
    if (word(at) === 0x0112) return orientations.find((value) => value === word(at + 8));
  }
  return undefined;
};
