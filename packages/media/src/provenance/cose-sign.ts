import { constants, type KeyObject, sign } from 'node:crypto';
import { encodeCbor } from './cbor.ts';

/** Algorithms of C2PA by the kind of key. */
export type SignatureAlgorithm = 'es256' | 'es384' | 'es512' | 'ps256' | 'ed25519';

export interface ClaimSigner {
  readonly algorithm: SignatureAlgorithm;
  readonly key: KeyObject;
  /** DER, the signer's own first. */
  readonly chain: readonly Uint8Array[];
}

/** Numbers of the COSE registry, and how Node makes the signature. */
const algorithms = {
  es256: { cose: -7, digest: 'sha256' },
  es384: { cose: -35, digest: 'sha384' },
  es512: { cose: -36, digest: 'sha512' },
  ps256: { cose: -37, digest: 'sha256' },
  ed25519: { cose: -8, digest: null },
} as const satisfies Record<SignatureAlgorithm, { cose: number; digest: string | null }>;

/** Bytes that a signature over any claim with this credential may take, a time stamp included. */
export const reservedBytes = (credential: ClaimSigner, hasTimeStamp: boolean): number =>
  2048 + credential.chain.reduce((sum, certificate) => sum + certificate.length, 0) + (hasTimeStamp ? 16_384 : 0);

/**
 * A COSE_Sign1 over a claim, its chain in the protected header, padded to exactly `size` bytes. `stamp`: given the signature, answers an
 * RFC 3161 token that then stands beside it, or nothing.
 */
export const signClaim = async (options: {
  claim: Uint8Array;
  credential: ClaimSigner;
  size: number;
  stamp?: ((message: Uint8Array) => Promise<Uint8Array | undefined>) | undefined;
}): Promise<Buffer> => {
  const { claim, credential, size } = options;
  const { cose, digest } = algorithms[credential.algorithm];
  const header = encodeCbor({
    pairs: [
      [1, cose],
      [33, credential.chain.length === 1 ? (credential.chain[0] ?? null) : credential.chain],
    ],
  });
  const signed = encodeCbor(['Signature1', header, Buffer.alloc(0), claim]);
  const signature = sign(digest, signed, {
    key: credential.key,
    ...(credential.algorithm === 'ps256'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { dsaEncoding: 'ieee-p1363' as const }),
  });
  // The second form of C2PA time stamps: a countersignature over the signature itself, as a byte string.
  const countersigned = encodeCbor(['CounterSignature', header, Buffer.alloc(0), encodeCbor(signature)]);
  const token = await options.stamp?.(countersigned);
  const build = (padding: number): Buffer =>
    encodeCbor({
      tag: 18,
      value: [
        header,
        {
          pairs: [
            ...(token === undefined ? [] : [['sigTst2', { pairs: [['tstTokens', [{ pairs: [['val', token]] }]]] }] as const]),
            ['pad', Buffer.alloc(padding)],
          ],
        },
        null,
        signature,
      ],
    });
  return padTo(size, build);
};

/** The length of a length grows with it, so the fit is tried; where one padding alone cannot fit, the gap is an error, never a cut. */
const padTo = (size: number, build: (padding: number) => Buffer): Buffer => {
  const missing = size - build(0).length;
  for (let padding = Math.max(0, missing); padding >= Math.max(0, missing - 5); padding -= 1) {
    const built = build(padding);
    if (built.length === size) return built;
  }
  throw new Error(`a signature does not fit into ${size} bytes`);
};
