import type { RoundTripOptions } from '../src/conformance/round-trip.ts';

const mebibyte = 1024 * 1024;

/** 50 MB in every run, 500 MB at full scale; the same bound for both. */
export const roundTripOptions = (testScale: number): RoundTripOptions => ({
  largeBytes: (testScale >= 1 ? 500 : 50) * mebibyte,
  growthBytesMax: 40 * mebibyte,
});
