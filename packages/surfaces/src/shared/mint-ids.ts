import { lowerAlphanumerics, randomText } from './random-text.ts';

type RandomBytes = (size: number) => Uint8Array;

/** `c` + 24 characters, the look of a cuid. */
export const mintCuid = (randomBytes: RandomBytes): string => `c${randomText(lowerAlphanumerics, 24, randomBytes)}`;

/** 0..2^32-1. */
export const mintSeed = (randomBytes: RandomBytes): number => Buffer.from(randomBytes(4)).readUInt32BE();
