import { createHash, type Hash } from 'node:crypto';
import { fstatSync, readSync, writeSync } from 'node:fs';

/** A top-level box of an MP4. */
export interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly headerBytes: number;
}

/** A box of the file to be written: its first bytes, then what it takes from the film as it lies on the disk. */
export interface FilmBox {
  readonly head: Buffer;
  readonly body: { readonly start: number; readonly end: number };
  /** Whether C2PA's hash of an MP4 counts it. */
  readonly isHashed: boolean;
}

/** Bytes from anywhere in a file. */
export type ReadAt = (offset: number, size: number) => Buffer;

export const readAtOf =
  (fd: number): ReadAt =>
  (offset, size) => {
    const bytes = Buffer.allocUnsafe(size);
    for (let filled = 0; filled < size; ) {
      const count = readSync(fd, bytes, filled, size - filled, offset + filled);
      if (count === 0) throw new Error('a file ended while it was read');
      filled += count;
    }
    return bytes;
  };

export const readFileBoxes = (fd: number): Box[] => readBoxes(readAtOf(fd), fstatSync(fd).size);

const readMemoryBoxes = (bytes: Buffer): Box[] =>
  readBoxes((offset, size) => bytes.subarray(offset, offset + size), bytes.length);

/** Throws unless the boxes fill the file to its last byte. */
const readBoxes = (readAt: ReadAt, size: number): Box[] => {
  const boxes: Box[] = [];
  for (let start = 0; start < size; ) {
    if (start + 8 > size) throw new Error(`an MP4 ends with ${size - start} bytes that are no box`);
    const head = readAt(start, Math.min(16, size - start));
    const said = head.readUInt32BE(0);
    const headerBytes = said === 1 ? 16 : 8;
    if (head.length < headerBytes) throw new Error(`the box at ${start} of an MP4 has no whole header`);
    const length = said === 1 ? Number(head.readBigUInt64BE(8)) : said === 0 ? size - start : said;
    const end = start + length;
    if (length < headerBytes || end > size) throw new Error(`the box at ${start} of an MP4 has an impossible size of ${length}`);
    boxes.push({ type: head.toString('latin1', 4, 8), start, end, headerBytes });
    start = end;
  }
  return boxes;
};

const manifestUuid = Buffer.from('d8fec3d61b0e483c92975828877ec481', 'hex');
const unhashedTypes: ReadonlySet<string> = new Set(['ftyp', 'mfra', 'free', 'skip']);

/** The library's own exclusions; that they still are is seen by its hash of the skeleton, which `signFilm` compares. */
const isHashed = (type: string, box: Buffer): boolean =>
  !unhashedTypes.has(type) && !(type === 'uuid' && box.subarray(8, 24).equals(manifestUuid));

/** Of what is coded, so much stays in a skeleton. */
const KEPT_BYTES = 64;

const keptOf = ({ start, end, headerBytes }: Box): number => Math.min(KEPT_BYTES, end - start - headerBytes);

/** The film with all but the first bytes of each `mdat` left out: all that a library must see to write a manifest into it. */
export const buildSkeleton = (boxes: readonly Box[], readAt: ReadAt): Buffer =>
  Buffer.concat(
    boxes.flatMap((box) => {
      if (box.type !== 'mdat') return [readAt(box.start, box.end - box.start)];
      const header = Buffer.from('\0\0\0\0mdat', 'latin1');
      header.writeUInt32BE(8 + keptOf(box));
      return [header, readAt(box.start + box.headerBytes, keptOf(box))];
    }),
  );

/** The boxes of a skeleton as they are, for its hash. */
export const boxesOfSkeleton = (skeleton: Buffer): FilmBox[] =>
  readMemoryBoxes(skeleton).map((box) => boxInMemory(skeleton, box));

const boxInMemory = (bytes: Buffer, { type, start, end }: Box): FilmBox => {
  const head = bytes.subarray(start, end);
  return { head, body: { start: 0, end: 0 }, isHashed: isHashed(type, head) };
};

/** The boxes of a signed skeleton, each `mdat` again the film's own. Throws where the two have not the same number of them. */
export const boxesOfFilm = (skeleton: Buffer, film: readonly Box[], readAt: ReadAt): FilmBox[] => {
  const coded = film.filter(({ type }) => type === 'mdat').values();
  const boxes = readMemoryBoxes(skeleton).map((box): FilmBox => {
    if (box.type !== 'mdat') return boxInMemory(skeleton, box);
    const { value } = coded.next();
    if (value === undefined) throw new Error('the signed film has more mdat boxes than the film');
    const bodyStart = value.start + value.headerBytes;
    return { head: readAt(value.start, value.headerBytes), body: { start: bodyStart, end: value.end }, isHashed: true };
  });
  if (coded.next().done !== true) throw new Error('the signed film has fewer mdat boxes than the film');
  return boxes;
};

const CHUNK_BYTES = 1024 * 1024;

/**
 * C2PA's hash of an MP4 (`c2pa.hash.bmff.v3` without a Merkle tree): SHA-256 over each box that counts, before it its offset in eight
 * bytes. The same pass writes the boxes to `output`, if there is one.
 */
export const hashBoxes = (boxes: readonly FilmBox[], film: number, output: number | null): Buffer => {
  const hash = createHash('sha256');
  let offset = 0;
  for (const box of boxes) {
    const length = box.head.length + box.body.end - box.body.start;
    if (box.isHashed) hash.update(bytesOf(offset)).update(box.head);
    if (output !== null) writeAll(output, box.head, offset);
    copyBody(box, { film, output, offset: offset + box.head.length, hash });
    offset += length;
  }
  return hash.digest();
};

const bytesOf = (offset: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(offset));
  return bytes;
};

const copyBody = ({ body, isHashed }: FilmBox, to: { film: number; output: number | null; offset: number; hash: Hash }): void => {
  const readAt = readAtOf(to.film);
  for (let start = body.start; start < body.end; start += CHUNK_BYTES) {
    const bytes = readAt(start, Math.min(CHUNK_BYTES, body.end - start));
    if (isHashed) to.hash.update(bytes);
    if (to.output !== null) writeAll(to.output, bytes, to.offset + start - body.start);
  }
};

/** A full disk is an error; a short write is gone on with. */
export const writeAll = (fd: number, bytes: Uint8Array, position: number): void => {
  for (let written = 0; written < bytes.length; )
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
};
