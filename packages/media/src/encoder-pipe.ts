import type { Writable } from 'node:stream';
import { StepError } from '@polyreel/core';

/** A program that takes frames on its standard input, and how it ends. */
export interface EncoderPipe {
  readonly stdin: Writable | null;
  readonly finished: Promise<unknown>;
}

/** Waits until the pipe has taken the bytes. An encoder that has ended explains itself through `finished`. */
export const writeToEncoder = async ({ stdin, finished }: EncoderPipe, bytes: Uint8Array): Promise<void> => {
  const written = new Promise<boolean>((resolve) => {
    if (stdin === null || stdin.destroyed) resolve(false);
    else stdin.write(bytes, (error) => resolve(error === undefined || error === null));
  });
  if (await written) return;
  await finished;
  throw encoderMisuse('the encoder ended before the film was complete');
};

/** A fault of our own: what the caller of an encoder must not do. */
export const encoderMisuse = (detail: string): StepError =>
  new StepError({
    code: 'encoder_misuse',
    publicMessage: 'The film could not be encoded',
    permanent: true,
    cause: new Error(detail),
  });
