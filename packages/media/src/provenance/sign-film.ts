import { createHash } from 'node:crypto';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import {
  boxesOfFilm,
  boxesOfSkeleton,
  buildSkeleton,
  type FilmBox,
  hashBoxes,
  readAtOf,
  readFileBoxes,
  writeAll,
} from './bmff.ts';
import { findManifestParts } from './jumbf.ts';

/** What the library makes of a film: the film with its manifest inside, and the manifest by itself. */
export interface LibrarySigned {
  readonly asset: Uint8Array;
  readonly manifest: Uint8Array;
}

export interface SignFilmOptions {
  readonly input: string;
  /** The signed copy; null: none. */
  readonly output: string | null;
  readonly manifestOutput: string | null;
  /** Bytes of a signature. */
  readonly signatureBytes: number;
  /** Lets the library sign an MP4 in memory, whatever the signature it is given. */
  signSkeleton(skeleton: Buffer, signature: Buffer): Promise<LibrarySigned>;
  /** Answers exactly `signatureBytes`. */
  signClaim(claim: Buffer): Promise<Uint8Array>;
}

/**
 * Signs an MP4 whose bytes never go through the library, which would copy all of them into its memory several times and hash them in
 * WebAssembly, six times slower than the processor can. The library signs a skeleton, the film without what is coded in it; then the
 * skeleton's hash is exchanged for the film's in the manifest, and all that follows from it: the assertion's hash in the claim, and the
 * signature over the claim. Nothing changes its length. That hash is computed here; each time it is first computed for the skeleton, and
 * must be what the library says it is, so a library that begins to hash otherwise ends in an error and never in a wrong signature.
 */
export const signFilm = async (options: SignFilmOptions): Promise<void> => {
  const film = openSync(options.input, 'r');
  const output = options.output === null ? null : openSync(options.output, 'w');
  try {
    const readAt = readAtOf(film);
    const boxes = readFileBoxes(film);
    const signed = await options.signSkeleton(buildSkeleton(boxes, readAt), Buffer.alloc(options.signatureBytes));
    const [asset, manifest] = [bufferOf(signed.asset), bufferOf(signed.manifest)];
    const whole = boxesOfFilm(asset, boxes, readAt);
    const hashes = { skeleton: hashBoxes(boxesOfSkeleton(asset), film, null), film: hashBoxes(whole, film, output) };
    const place = output === null ? null : placeOf(whole, manifest);
    await rebind(manifest, hashes, options);
    if (output !== null && place !== null) writeAll(output, manifest, place);
    if (options.manifestOutput !== null) writeFileSync(options.manifestOutput, manifest);
  } finally {
    closeSync(film);
    if (output !== null) closeSync(output);
  }
};

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Of the manifest in the file. */
const placeOf = (boxes: readonly FilmBox[], manifest: Buffer): number => {
  let offset = 0;
  for (const { head, body } of boxes) {
    const place = head.indexOf(manifest);
    if (place !== -1) return offset + place;
    offset += head.length + body.end - body.start;
  }
  throw new Error('the library did not write the manifest into the film');
};

const rebind = async (
  manifest: Buffer,
  hashes: { skeleton: Buffer; film: Buffer },
  { signClaim, signatureBytes }: SignFilmOptions,
): Promise<void> => {
  const { bmffHash, claim, signature } = findManifestParts(manifest);
  const before = sha256(bmffHash);
  replaceOnce(bmffHash, hashes.skeleton, hashes.film);
  replaceOnce(claim, before, sha256(bmffHash));
  const made = await signClaim(claim);
  if (made.length !== signatureBytes || signature.length !== signatureBytes)
    throw new Error(`a signature of ${made.length} bytes does not fit into the ${signature.length} of the manifest`);
  signature.set(made);
};

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

const replaceOnce = (bytes: Buffer, from: Buffer, to: Buffer): void => {
  const place = bytes.indexOf(from);
  if (place === -1 || bytes.indexOf(from, place + 1) !== -1) throw new Error('the library hashes otherwise than was expected');
  bytes.set(to, place);
};
