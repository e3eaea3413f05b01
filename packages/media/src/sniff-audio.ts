import type { ByteSource } from './byte-source.ts';
import type { MediaKind } from './media-kinds.ts';

const ID3_SEARCH_BYTES = 64 * 1024;
/** Frames that must follow each other before bytes without a signature are believed. */
const FRAMES_WANTED = 3;

interface AudioFrame {
  readonly kind: 'mp3' | 'mp2' | 'aac';
  readonly lengthBytes: number;
  /** Equal in all frames of one stream. */
  readonly stream: string;
}

/** MP3, MP2 and AAC streams, with or without ID3 tags before them. FLAC behind an ID3 tag is known too. */
export const sniffMpegAudio = async (source: ByteSource, head: Buffer): Promise<MediaKind | undefined> => {
  let start = 0;
  let bytes = head;
  // Some writers put two tags.
  for (let tags = 0; tags < 4 && bytes.subarray(0, 3).toString('latin1') === 'ID3'; tags += 1) {
    start += id3Size(bytes);
    bytes = await source.read(start, ID3_SEARCH_BYTES);
  }
  if (start > 0 && bytes.subarray(0, 4).toString('latin1') === 'fLaC') return 'flac';
  const first = leadingZeros(bytes);
  if (start === 0) return kindOfFrames(bytes, first, source.size === bytes.length);
  // Behind a tag, padding of a wrong length is common: look a little further.
  for (let at = first; at < Math.min(bytes.length, first + 4096); at += 1) {
    const kind = kindOfFrames(bytes, at, start + bytes.length >= source.size);
    if (kind !== undefined) return kind;
  }
  return undefined;
};

const id3Size = (bytes: Buffer): number => {
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((bytes[at] ?? 0) & 0x7f), 0);
  const hasFooter = ((bytes[5] ?? 0) & 0x10) !== 0;
  return 10 + size + (hasFooter ? 10 : 0);
};

const leadingZeros = (bytes: Buffer): number => {
  let at = 0;
  while (at < bytes.length && bytes[at] === 0) at += 1;
  return at;
};

const kindOfFrames = (bytes: Buffer, start: number, endsWithFile: boolean): MediaKind | undefined => {
  const first = readFrame(bytes, start);
  if (first === undefined) return undefined;
  let at = start;
  for (let frames = 0; frames < FRAMES_WANTED; frames += 1) {
    const frame = readFrame(bytes, at);
    // A short file ends with its last frame, perhaps with a tag behind it.
    if (frame === undefined) {
      const isEnd = at === bytes.length || bytes.subarray(at, at + 3).toString('latin1') === 'TAG';
      return frames > 0 && endsWithFile && isEnd ? first.kind : undefined;
    }
    if (frame.stream !== first.stream) return undefined;
    at += frame.lengthBytes;
  }
  return first.kind;
};

const readFrame = (bytes: Buffer, at: number): AudioFrame | undefined => {
  if (at + 7 > bytes.length || bytes[at] !== 0xff) return undefined;
  const second = bytes[at + 1] ?? 0;
  return (second & 0xf6) === 0xf0 ? readAdtsFrame(bytes, at) : readMpegFrame(bytes, at);
};

/** ADTS: ISO/IEC 14496-3, 1.A.2. */
const readAdtsFrame = (bytes: Buffer, at: number): AudioFrame | undefined => {
  const rate = ((bytes[at + 2] ?? 0) >> 2) & 15;
  const lengthBytes = (((bytes[at + 3] ?? 0) & 3) << 11) | ((bytes[at + 4] ?? 0) << 3) | ((bytes[at + 5] ?? 0) >> 5);
  if (rate > 12 || lengthBytes < 7) return undefined;
  return { kind: 'aac', lengthBytes, stream: `aac ${rate}` };
};

const bitRates: Readonly<Record<string, readonly number[]>> = {
  'v1 l2': [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  'v1 l3': [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  v2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const sampleRates = [44100, 48000, 32000] as const;

/** MPEG audio header: ISO/IEC 11172-3, 2.4.2.3, and the 2.5 extension. Layer I is not read: nobody sends it. */
const readMpegFrame = (bytes: Buffer, at: number): AudioFrame | undefined => {
  const second = bytes[at + 1] ?? 0;
  const third = bytes[at + 2] ?? 0;
  if ((second & 0xe0) !== 0xe0) return undefined;
  const version = (second >> 3) & 3; // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
  const layer = (second >> 1) & 3; // 1: III, 2: II
  const sampleRate = sampleRates[(third >> 2) & 3];
  if (version === 1 || (layer !== 1 && layer !== 2) || sampleRate === undefined) return undefined;
  const table = version === 3 ? (layer === 1 ? 'v1 l3' : 'v1 l2') : 'v2';
  const bitRate = bitRates[table]?.[third >> 4];
  // 0 is "free format", which almost no decoder takes.
  if (bitRate === undefined || bitRate === 0) return undefined;
  const realRate = sampleRate / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const bytesFactor = version !== 3 && layer === 1 ? 72 : 144;
  const lengthBytes = Math.floor((bytesFactor * bitRate * 1000) / realRate) + ((third >> 1) & 1);
  return { kind: layer === 1 ? 'mp3' : 'mp2', lengthBytes, stream: `${version} ${layer} ${realRate}` };
};

/** Every stream of an Ogg file begins with a page of its own, all before any data; a picture stream makes it a film. */
export const sniffOgg = (head: Buffer): MediaKind | undefined => {
  let at = 0;
  let kind: MediaKind | undefined;
  while (head.subarray(at, at + 4).toString('latin1') === 'OggS' && ((head[at + 5] ?? 0) & 2) !== 0) {
    const segments = head[at + 26] ?? 0;
    const body = at + 27 + segments;
    const start = head.subarray(body, body + 8).toString('latin1');
    if (start.slice(1, 7) === 'theora' || start.startsWith('BBCD') || start.startsWith('\x01video')) return 'ogv';
    if (start.startsWith('\x01vorbis') || start === 'OpusHead' || start.startsWith('\x7fFLAC') || start === 'Speex   ')
      kind = 'ogg';
    at = body + head.subarray(at + 27, body).reduce((sum, length) => sum + length, 0);
  }
  return kind;
};
