import { rm, stat } from 'node:fs/promises';
import { StepError } from '@polyreel/core';
import { buildManifest, type ManifestFacts } from './manifest.ts';
import type { OpenCredential } from './open-credential.ts';
import { runC2paChild } from './run-child.ts';

/** A picture that went into the work. */
export interface Ingredient {
  readonly label: string;
  readonly title: string;
  readonly mediaType: string;
  readonly path: string;
}

export interface SignMediaOptions {
  readonly input: string;
  /** `video/mp4`, `image/jpeg`, `image/png`. */
  readonly mediaType: string;
  /** Another file than `input`. */
  readonly output: string;
  readonly facts: Omit<ManifestFacts, 'ingredientLabels'>;
  readonly ingredients: readonly Ingredient[];
  readonly credential: OpenCredential;
  readonly timeStampUrl?: string | null;
  /** Larger files are left as they are, and `output` gets the manifest alone. */
  readonly embedBytesMax: number;
  readonly signal: AbortSignal;
}

export interface SignedMedia {
  /** What `output` holds: the signed file, or a manifest to be kept beside the unchanged one. */
  readonly form: 'embedded' | 'sidecar';
  /** Of signing, and before it of starting the process that signs. */
  readonly milliseconds: number;
  readonly startMilliseconds: number;
  /** Null: none was asked for. */
  readonly isTimeStamped: boolean | null;
  readonly timeStampFault: string | null;
}

/** Larger films could be signed, but hardly be read: the library then works on the whole film, in 32-bit memory. */
export const SIGNED_BYTES_MAX = 500_000_000;

/**
 * Signs a file after everything else was done to it; nothing may touch a signed file. Throws StepError: `c2pa_too_large` for a file that
 * cannot be signed at all. A failure leaves no output.
 */
export const signMedia = async (options: SignMediaOptions): Promise<SignedMedia> => {
  const { input, output, ingredients, credential } = options;
  const { size } = await stat(input);
  if (size > SIGNED_BYTES_MAX)
    throw new StepError({
      code: 'c2pa_too_large',
      publicMessage: `A film of ${size} bytes cannot be signed; the most is ${SIGNED_BYTES_MAX}`,
      permanent: true,
    });
  const isEmbedded = size <= options.embedBytesMax;
  const definition = JSON.stringify(buildManifest({ ...options.facts, ingredientLabels: ingredients.map(({ label }) => label) }));
  try {
    const answer = await runC2paChild(
      {
        operation: 'sign',
        mediaType: options.mediaType,
        input,
        output: isEmbedded ? output : null,
        manifestOutput: isEmbedded ? null : output,
        definition: JSON.parse(definition),
        ingredients: ingredients.map(({ label, title, mediaType, path }) => ({
          definition: { title, label, instance_id: label, relationship: 'inputTo' },
          mediaType,
          path,
        })),
        signer: {
          algorithm: credential.algorithm,
          privateKeyPem: credential.key.export({ type: 'pkcs8', format: 'pem' }).toString(),
          chain: credential.chain.map((certificate) => certificate.toString('base64')),
        },
        timeStampUrl: options.timeStampUrl ?? null,
      },
      // Of a film only what is not coded goes through the library, and that is small.
      { fileBytes: options.mediaType === 'video/mp4' ? 0 : size, signal: options.signal },
    );
    if (answer.outcome !== 'signed') throw new Error('the signing process answered another question');
    const { outcome: _outcome, ...rest } = answer;
    return { form: isEmbedded ? 'embedded' : 'sidecar', ...rest };
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
};
