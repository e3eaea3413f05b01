import { webcrypto } from 'node:crypto';
// The certificate library looks its parts up by decorators.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { SigningCredential } from './open-credential.ts';

const dayMs = 86_400_000;
const validityDays = 3650;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * A fresh authority and a signer under it, good for ten years: what a server signs with until its operator brings a certificate.
 * Readers call it untrusted unless they are given its authority, the last certificate of the chain.
 */
export const makeDevelopmentCredential = async (options: { organisation: string; now: Date }): Promise<SigningCredential> => {
  x509.cryptoProvider.set(webcrypto);
  const validity = {
    notBefore: new Date(options.now.getTime() - dayMs),
    notAfter: new Date(options.now.getTime() + validityDays * dayMs),
  };
  const [authorityKeys, signerKeys] = await Promise.all([
    webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']),
    webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']),
  ]);
  const organisation = { O: [options.organisation] };
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: new x509.Name([organisation, { CN: [`${options.organisation} development authority`] }]).toString(),
    keys: authorityKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const signer = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: new x509.Name([organisation, { CN: [`${options.organisation} development signer`] }]).toString(),
    issuer: authority.subject,
    publicKey: signerKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      // C2PA wants a named purpose, and this is the one that all validators know.
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.emailProtection], true),
      await x509.SubjectKeyIdentifierExtension.create(signerKeys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', signerKeys.privateKey)).toString('base64');
  return {
    chainPem: [signer, authority].map((certificate) => `${certificate.toString('pem').trim()}\n`).join(''),
    privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${(pkcs8.match(/.{1,64}/g) ?? []).join('\n')}\n-----END PRIVATE KEY-----\n`,
  };
};
