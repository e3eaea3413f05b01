import { type ByteSource, withByteSource } from './byte-source.ts';
import { type MediaKind, type Sniffed, sniffedAs } from './media-kinds.ts';
import { sniffMpegAudio, sniffOgg } from './sniff-audio.ts';
import { sniffText } from './sniff-text.ts';

const HEAD_BYTES = 64 * 1024;

/**
 * Tells what a file is by its content: never by its name or a declared type. Reads at most a few hundred kilobytes.
 * A compressed stream without a signature (MP3, AAC) is believed only when several frames follow each other.
 */
export const sniffFile = (path: string): Promise<Sniffed> => withByteSource(path, sniffSource);

export const sniffSource = async (source: ByteSource): Promise<Sniffed> => {
  const head = await source.read(0, HEAD_BYTES);
  if (head.length === 0) return sniffedAs('empty');
  const kind =
    sniffSignature(head) ??
    sniffIsoMedia(head) ??
    sniffEbml(head) ??
    sniffOgg(head) ??
    (await sniffMpegAudio(source, head)) ??
    sniffText(head);
  return sniffedAs(kind ?? 'unknown');
};

const startsWith = (head: Buffer, bytes: readonly number[], at = 0): boolean =>
  bytes.every((byte, index) => head[at + index] === byte);
const hasTag = (head: Buffer, tag: string, at: number): boolean => head.subarray(at, at + tag.length).toString('latin1') === tag;

const signatures: readonly (readonly [MediaKind, (head: Buffer) => boolean])[] = [
  ['jpeg', (head) => startsWith(head, [0xff, 0xd8, 0xff])],
  ['png', (head) => startsWith(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ['webp', (head) => hasTag(head, 'RIFF', 0) && hasTag(head, 'WEBP', 8)],
  ['wav', (head) => (hasTag(head, 'RIFF', 0) || hasTag(head, 'RF64', 0)) && hasTag(head, 'WAVE', 8)],
  ['avi', (head) => hasTag(head, 'RIFF', 0) && hasTag(head, 'AVI ', 8)],
  ['gif', (head) => hasTag(head, 'GIF87a', 0) || hasTag(head, 'GIF89a', 0)],
  // A bitmap's reserved words are zero; "BM" alone would claim any text that begins so.
  ['bmp', (head) => hasTag(head, 'BM', 0) && startsWith(head, [0, 0, 0, 0], 6)],
  ['tiff', (head) => startsWith(head, [0x49, 0x49, 0x2a, 0]) || startsWith(head, [0x4d, 0x4d, 0, 0x2a])],
  ['flac', (head) => hasTag(head, 'fLaC', 0)],
  ['aiff', (head) => hasTag(head, 'FORM', 0) && (hasTag(head, 'AIFF', 8) || hasTag(head, 'AIFC', 8))],
  ['amr', (head) => hasTag(head, '#!AMR', 0)],
  ['midi', (head) => hasTag(head, 'MThd', 0)],
  ['flv', (head) => startsWith(head, [0x46, 0x4c, 0x56, 1])],
  ['mpegts', (head) => head.length >= 376 && head[0] === 0x47 && head[188] === 0x47 && (head.length < 565 || head[376] === 0x47)],
  ['mpegps', (head) => startsWith(head, [0, 0, 1, 0xba])],
  ['pdf', (head) => head.subarray(0, 1024).includes('%PDF-')],
  ['zip', (head) => startsWith(head, [0x50, 0x4b, 3, 4]) || startsWith(head, [0x50, 0x4b, 5, 6])],
  ['gzip', (head) => startsWith(head, [0x1f, 0x8b, 8])],
];

const sniffSignature = (head: Buffer): MediaKind | undefined => signatures.find(([, matches]) => matches(head))?.[0];

const imageBrands: Readonly<Record<string, MediaKind>> = {
  heic: 'heic',
  heix: 'heic',
  heim: 'heic',
  heis: 'heic',
  hevc: 'heic',
  hevx: 'heic',
  mif1: 'heic',
  msf1: 'heic',
  avif: 'avif',
  avis: 'avif',
};
const audioBrands = new Set(['M4A ', 'M4B ', 'M4P ', 'F4A ', 'F4B ']);
/** First atoms of QuickTime files older than `ftyp`. */
const quickTimeAtoms = new Set(['moov', 'mdat', 'wide', 'pnot', 'skip', 'free']);

const sniffIsoMedia = (head: Buffer): MediaKind | undefined => {
  const atom = head.subarray(4, 8).toString('latin1');
  if (atom === 'ftyp') {
    const brand = head.subarray(8, 12).toString('latin1');
    // `mif1` is the general brand of still pictures; the compatible brands say which.
    const size = Math.min(head.readUInt32BE(0), 256);
    if (brand === 'mif1' && head.subarray(16, size).includes('avif')) return 'avif';
    const image = imageBrands[brand];
    if (image !== undefined) return image;
    if (audioBrands.has(brand)) return 'm4a';
    return brand === 'qt  ' ? 'mov' : 'mp4';
  }
  return head.length >= 16 && quickTimeAtoms.has(atom) && head.readUInt32BE(0) < 0x8000_0000 ? 'mov' : undefined;
};

const sniffEbml = (head: Buffer): MediaKind | undefined => {
  if (!startsWith(head, [0x1a, 0x45, 0xdf, 0xa3])) return undefined;
  // The document type is the element 0x4282 of the first header.
  const at = head.subarray(0, 256).indexOf(Buffer.from([0x42, 0x82]));
  const type = at < 0 ? '' : head.subarray(at + 3, at + 11).toString('latin1');
  if (type.startsWith('webm')) return 'webm';
  return type.startsWith('matroska') ? 'mkv' : undefined;
};
