import { lowerAlphanumerics, randomText } from './random-text.ts';

type RandomBytes = (size: number) => Uint8Array;

/** `c` + 24 characters, the look of a cuid. */
export const mintCuid = (randomBytes: RandomBytes): string => `c${randomText(lowerAlphanumerics, 24, randomBytes)}`;

/** `run_` + 24 characters. */
export const mintRunId = (randomBytes: RandomBytes): string => `run_${randomText(lowerAlphanumerics, 24, randomBytes)}`;

/** 20 characters; names the film of a run. */
export const mintGenId = (randomBytes: RandomBytes): string => randomText(lowerAlphanumerics, 20, randomBytes);

/** 0..2^32-1. */
export const mintSeed = (randomBytes: RandomBytes): number => Buffer.from(randomBytes(4)).readUInt32BE();
