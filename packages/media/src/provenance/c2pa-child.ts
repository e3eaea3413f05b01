import { createPrivateKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { type ChildAnswer, type ChildRequest, childRequestSchema } from './child-protocol.ts';
import { type ClaimSigner, reservedBytes, signClaim } from './cose-sign.ts';
import { emptyDefinition, emptyFilm } from './empty-film.ts';
import { type LibrarySigned, signFilm } from './sign-film.ts';
import { requestTimeStamp } from './time-stamp.ts';
import { bytesBlob, loadC2pa, WasmBuilder, WasmReader, withFileBlob } from './wasm.ts';

/**
 * The process that signs and reads: the library may take much memory for a film and may die of a broken one, so it lives apart from the
 * worker, under limits. One request, one answer, then it ends.
 */
const signedSchema = z.object({ asset: z.instanceof(Uint8Array), manifest: z.instanceof(Uint8Array) });

type SignRequest = Extract<ChildRequest, { operation: 'sign' }>;

const sign = async (request: SignRequest): Promise<ChildAnswer> => {
  const began = performance.now();
  const { input, output, manifestOutput, mediaType, signer, timeStampUrl } = request;
  const credential: ClaimSigner = {
    algorithm: signer.algorithm,
    key: createPrivateKey(signer.privateKeyPem),
    chain: signer.chain.map((certificate) => Buffer.from(certificate, 'base64')),
  };
  const size = reservedBytes(credential, timeStampUrl !== null);
  const stamper = openStamper(timeStampUrl);
  const builder = await openBuilder(request);
  const signByLibrary = (blob: Blob, signOne: ClaimSigning) =>
    signBlob(builder, { algorithm: signer.algorithm, mediaType, blob, size, signOne });
  const signOne: ClaimSigning = (claim) => signClaim({ claim, credential, size, stamp: stamper.stamp });
  if (isFilm(request)) {
    const signSkeleton = (skeleton: Buffer, signature: Buffer) => signByLibrary(bytesBlob(skeleton), async () => signature);
    await signFilm({ input, output, manifestOutput, signatureBytes: size, signSkeleton, signClaim: signOne });
  } else {
    const { asset, manifest } = await withFileBlob(input, (blob) => signByLibrary(blob, signOne));
    if (output !== null) writeFileSync(output, asset);
    if (manifestOutput !== null) writeFileSync(manifestOutput, manifest);
  }
  const timeStampFault = stamper.fault();
  const isTimeStamped = timeStampUrl === null ? null : timeStampFault === null;
  return { outcome: 'signed', milliseconds: performance.now() - began, startMilliseconds: began, isTimeStamped, timeStampFault };
};

type ClaimSigning = (claim: Uint8Array) => Promise<Buffer>;

const openStamper = (url: string | null) => {
  let fault: string | null = null;
  return {
    fault: (): string | null => fault,
    async stamp(message: Uint8Array): Promise<Uint8Array | undefined> {
      if (url === null) return undefined;
      try {
        return await requestTimeStamp(url, message);
      } catch (error) {
        // A film without a time is worth more than none; the answer says that it has none.
        fault = reasonOf(error);
        return undefined;
      }
    },
  };
};

const isFilm = ({ mediaType }: SignRequest): boolean => mediaType === 'video/mp4';

// The library cannot check a signature that it did not make itself; the tests and `verify` read back what is written here.
const settings = JSON.stringify({ verify: { verify_after_sign: false } });

const openBuilder = async (request: SignRequest): Promise<WasmBuilder> => {
  const builder = WasmBuilder.fromJson(JSON.stringify(request.definition), settings);
  if (request.output === null) builder.setNoEmbed(true);
  for (const { definition, mediaType, path } of request.ingredients)
    await withFileBlob(path, (blob) => builder.addIngredientFromBlob(JSON.stringify(definition), mediaType, blob));
  return builder;
};

const signBlob = async (
  builder: WasmBuilder,
  work: { algorithm: string; mediaType: string; blob: Blob; size: number; signOne: ClaimSigning },
): Promise<LibrarySigned> => {
  const made: unknown = await builder.signAndGetManifestBytes(
    { alg: work.algorithm, reserveSize: work.size, sign: async (claim) => new Uint8Array(await work.signOne(claim)) },
    [],
    work.mediaType,
    work.blob,
  );
  return signedSchema.parse(made);
};

/**
 * The engine compiles each of the library's functions when it is first called. A film of nothing is signed before the first byte of the
 * asked one is read, so that what is compiled counts as the library's start: it costs the process no more than it must spend anyway.
 */
const warmUp = async (): Promise<void> => {
  const builder = WasmBuilder.fromJson(JSON.stringify(emptyDefinition), settings);
  const signature = Buffer.alloc(4096);
  const film = { mediaType: 'video/mp4', blob: bytesBlob(emptyFilm()) };
  await signBlob(builder, { ...film, algorithm: 'es256', size: signature.length, signOne: async () => signature });
};

const read = async (request: Extract<ChildRequest, { operation: 'read' }>): Promise<ChildAnswer> => {
  const { anchors } = request;
  const context = anchors.length === 0 ? null : JSON.stringify({ trust: { user_anchors: anchors.join('\n') } });
  try {
    const reader = await withFileBlob(request.input, (blob) => WasmReader.fromBlob(request.mediaType, blob, context));
    return { outcome: 'read', report: reader.json() };
  } catch (error) {
    if (/JumbfNotFound/.test(reasonOf(error))) return { outcome: 'read', report: null };
    throw error;
  }
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 2000);

const answer = async (): Promise<ChildAnswer> => {
  try {
    const request = childRequestSchema.parse(JSON.parse(await text(process.stdin)));
    const isReading = request.operation === 'read';
    loadC2pa({ hashesFilms: isReading });
    if (isReading) return await read(request);
    if (isFilm(request)) await warmUp();
    return await sign(request);
  } catch (error) {
    return { outcome: 'failed', reason: reasonOf(error) };
  }
};

process.stdout.write(JSON.stringify(await answer()));
