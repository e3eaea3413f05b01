import { createPrivateKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { type ChildAnswer, type ChildRequest, childRequestSchema } from './child-protocol.ts';
import { type ClaimSigner, reservedBytes, signClaim } from './cose-sign.ts';
import { requestTimeStamp } from './time-stamp.ts';
import { loadC2pa, WasmBuilder, WasmReader, withFileBlob } from './wasm.ts';

/**
 * The process that signs and reads: the library holds whole films in memory and may die of a broken one, so it lives apart from the
 * worker, under limits. One request, one answer, then it ends.
 */
const startedAt = performance.now();

const signedSchema = z.object({ asset: z.instanceof(Uint8Array), manifest: z.instanceof(Uint8Array) });

const sign = async (request: Extract<ChildRequest, { operation: 'sign' }>): Promise<ChildAnswer> => {
  const startMilliseconds = performance.now() - startedAt;
  const { signer, timeStampUrl } = request;
  const credential: ClaimSigner = {
    algorithm: signer.algorithm,
    key: createPrivateKey(signer.privateKeyPem),
    chain: signer.chain.map((certificate) => Buffer.from(certificate, 'base64')),
  };
  const reserveSize = reservedBytes(credential, timeStampUrl !== null);
  let timeStampFault: string | null = null;
  const stamp = async (message: Uint8Array): Promise<Uint8Array | undefined> => {
    if (timeStampUrl === null) return undefined;
    try {
      return await requestTimeStamp(timeStampUrl, message);
    } catch (error) {
      // A film without a time is worth more than none; the answer says that it has none.
      timeStampFault = reasonOf(error);
      return undefined;
    }
  };
  // The library cannot check a signature that it did not make itself; the tests and `verify` read back what is written here.
  const builder = WasmBuilder.fromJson(
    JSON.stringify(request.definition),
    JSON.stringify({ verify: { verify_after_sign: false } }),
  );
  if (request.output === null) builder.setNoEmbed(true);
  for (const { definition, mediaType, path } of request.ingredients)
    await withFileBlob(path, (blob) => builder.addIngredientFromBlob(JSON.stringify(definition), mediaType, blob));
  const began = performance.now();
  const made: unknown = await withFileBlob(request.input, (blob) =>
    builder.signAndGetManifestBytes(
      {
        alg: credential.algorithm,
        reserveSize,
        sign: async (claim) => new Uint8Array(await signClaim({ claim, credential, size: reserveSize, stamp })),
      },
      [],
      request.mediaType,
      blob,
    ),
  );
  const milliseconds = performance.now() - began;
  const { asset, manifest } = signedSchema.parse(made);
  if (request.output !== null) writeFileSync(request.output, asset);
  if (request.manifestOutput !== null) writeFileSync(request.manifestOutput, manifest);
  const isTimeStamped = timeStampUrl === null ? null : timeStampFault === null;
  return { outcome: 'signed', milliseconds, startMilliseconds, isTimeStamped, timeStampFault };
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
    loadC2pa();
    return request.operation === 'sign' ? await sign(request) : await read(request);
  } catch (error) {
    return { outcome: 'failed', reason: reasonOf(error) };
  }
};

process.stdout.write(JSON.stringify(await answer()));
