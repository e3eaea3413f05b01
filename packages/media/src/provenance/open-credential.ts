import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { StepError } from '@polyreel/core';
import type { SignatureAlgorithm } from './cose-sign.ts';

/** What manifests are signed with. PEM texts: the chain begins with the signer's own certificate, the key is PKCS#8. */
export interface SigningCredential {
  readonly chainPem: string;
  readonly privateKeyPem: string;
}

export interface OpenCredential {
  readonly algorithm: SignatureAlgorithm;
  readonly key: KeyObject;
  /** DER, the signer's own first. */
  readonly chain: readonly Buffer[];
  /** Of the last certificate: what a reader must trust. */
  readonly anchorPem: string;
  readonly signer: X509Certificate;
}

const problem = (text: string, cause?: unknown): StepError =>
  new StepError({
    code: 'c2pa_credential',
    publicMessage: 'The film could not be signed',
    permanent: true,
    cause: new Error(`C2PA certificate: ${text}`, { cause }),
  });

/**
 * Reads a credential and checks what readers would refuse later: the key belongs to the first certificate, each certificate is issued by
 * the next, the kind of key is one of C2PA's, the signer's certificate is no authority, names an organisation and is valid `now`.
 * Throws a permanent StepError with the reason as its cause.
 */
export const openCredential = (credential: SigningCredential, now: Date): OpenCredential => {
  const pems = credential.chainPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const certificates = pems.map(readCertificate);
  const [signer] = certificates;
  if (signer === undefined) throw problem('the file holds no certificate');
  const key = readKey(credential.privateKeyPem);
  if (!signer.checkPrivateKey(key)) throw problem('the private key does not belong to the first certificate');
  for (const [index, certificate] of certificates.entries()) {
    const issuer = certificates[index + 1];
    if (issuer !== undefined && !certificate.checkIssued(issuer))
      throw problem(`certificate ${index + 1} of the chain is not issued by the next one`);
  }
  if (signer.ca) throw problem('the first certificate is an authority, not a signer');
  if (!/^O=./m.test(signer.subject)) throw problem('the subject names no organisation (O=)');
  const from = Date.parse(signer.validFrom);
  const until = Date.parse(signer.validTo);
  if (now.getTime() < from || now.getTime() > until) throw problem(`it is valid from ${signer.validFrom} to ${signer.validTo}`);
  const last = certificates.at(-1) ?? signer;
  return {
    algorithm: algorithmOf(key),
    key,
    chain: certificates.map((certificate) => certificate.raw),
    anchorPem: last.toString(),
    signer,
  };
};

const readCertificate = (pem: string): X509Certificate => {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw problem('a certificate of the chain cannot be read', cause);
  }
};

const readKey = (pem: string): KeyObject => {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw problem('the private key cannot be read', cause);
  }
};

const curves: Readonly<Record<string, SignatureAlgorithm>> = { prime256v1: 'es256', secp384r1: 'es384', secp521r1: 'es512' };

const algorithmOf = (key: KeyObject): SignatureAlgorithm => {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  const details = createPublicKey(key).asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) >= 2048) return 'ps256';
  const found = key.asymmetricKeyType === 'ec' ? curves[details?.namedCurve ?? ''] : undefined;
  if (found === undefined) throw problem('the key is none of P-256, P-384, P-521, Ed25519, RSA with 2048 bits or more');
  return found;
};
