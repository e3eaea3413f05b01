import { readFile } from 'node:fs/promises';
import type { Clock, ServerSecretStore } from '@polyreel/core';
import { z } from 'zod';
import { makeDevelopmentCredential } from './make-credential.ts';
import { type OpenCredential, openCredential } from './open-credential.ts';

/** Name of the development key pair among the server's secrets; also the context that it is sealed under. */
export const developmentCredentialName = 'c2pa-development-credential';

const credentialSchema = z.object({ chainPem: z.string(), privateKeyPem: z.string() });

export interface SigningSource {
  /** The operator's own certificate; null: the development one. */
  readonly files: { readonly certFile: string; readonly keyFile: string } | null;
  readonly secrets: ServerSecretStore;
  seal(text: string, context: string): string;
  open(sealed: string, context: string): string;
  readonly clock: Clock;
}

/**
 * What this server signs with: the operator's certificate, else a key pair that the first process makes and all others share through
 * the database, sealed. Throws when the certificate cannot be used: a server that was told to sign must not start without.
 */
export async function openSigning(source: SigningSource): Promise<OpenCredential> {
  const { files, secrets, seal, open, clock } = source;
  if (files !== null) {
    const [chainPem, privateKeyPem] = await Promise.all([readFile(files.certFile, 'utf8'), readFile(files.keyFile, 'utf8')]);
    return openCredential({ chainPem, privateKeyPem }, clock.now());
  }
  const sealed = await secrets.ensure(developmentCredentialName, async () =>
    seal(
      JSON.stringify(await makeDevelopmentCredential({ organisation: 'Polyreel', now: clock.now() })),
      developmentCredentialName,
    ),
  );
  return openCredential(credentialSchema.parse(JSON.parse(open(sealed, developmentCredentialName))), clock.now());
}
