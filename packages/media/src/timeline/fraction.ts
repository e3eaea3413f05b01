import type { FrameRate } from '@polyreel/core';
import type { Fraction } from './scene-graph.ts';

/** Exact time: big integers, reduced, denominator above 0. Never compared as decimals. */
export interface Exact {
  readonly n: bigint;
  readonly d: bigint;
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
const abs = (value: bigint): bigint => (value < 0n ? -value : value);

export const exact = (n: bigint, d = 1n): Exact => {
  if (d === 0n) throw new RangeError('a fraction has denominator 0');
  const sign = d < 0n ? -1n : 1n;
  const divisor = gcd(abs(n), abs(d)) || 1n;
  return { n: (sign * n) / divisor, d: (sign * d) / divisor };
};

export const ZERO = exact(0n);
export const ONE = exact(1n);

const MICRO = 1_000_000n;

/** A decimal of the edit, to the microsecond: 0.1 is one tenth, not the nearest double. */
export const fromDecimal = (value: number): Exact => exact(BigInt(Math.round(value * 1e6)), MICRO);

export const add = (a: Exact, b: Exact): Exact => exact(a.n * b.d + b.n * a.d, a.d * b.d);
export const subtract = (a: Exact, b: Exact): Exact => exact(a.n * b.d - b.n * a.d, a.d * b.d);
export const multiply = (a: Exact, b: Exact): Exact => exact(a.n * b.n, a.d * b.d);
export const divide = (a: Exact, b: Exact): Exact => exact(a.n * b.d, a.d * b.n);
export const compare = (a: Exact, b: Exact): number => {
  const difference = a.n * b.d - b.n * a.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};
export const least = (a: Exact, b: Exact): Exact => (compare(a, b) <= 0 ? a : b);
export const greatest = (a: Exact, b: Exact): Exact => (compare(a, b) >= 0 ? a : b);
export const toNumber = (value: Exact): number => {
  const whole = value.n / value.d;
  return Number(whole) + Number(value.n - whole * value.d) / Number(value.d);
};

const rateOf = (rate: FrameRate): Exact => exact(BigInt(rate.numerator), BigInt(rate.denominator));

/** The first frame at or after a time: n / rate >= time. */
export const frameAtOrAfter = (time: Exact, rate: FrameRate): number => {
  const frames = multiply(time, rateOf(rate));
  const floor = frames.n / frames.d - (frames.n < 0n && frames.n % frames.d !== 0n ? 1n : 0n);
  return Number(floor * frames.d === frames.n ? floor : floor + 1n);
};

/** Whole frames nearest to a length, halves up. */
export const roundFrames = (length: Exact, rate: FrameRate): number => {
  const frames = multiply(length, rateOf(rate));
  return Number((2n * frames.n + frames.d) / (2n * frames.d));
};

export const timeOfFrame = (frame: number, rate: FrameRate): Exact => divide(exact(BigInt(frame)), rateOf(rate));

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** As JSON. A fraction beyond safe integers, which only odd speeds over hours give, is brought to the nanosecond. */
export const toFraction = (value: Exact): Fraction => {
  if (abs(value.n) <= MAX_SAFE && value.d <= MAX_SAFE) return { numerator: Number(value.n), denominator: Number(value.d) };
  const fine = 1_000_000_000n;
  const rounded = exact((value.n * fine) / value.d, fine);
  return { numerator: Number(rounded.n), denominator: Number(rounded.d) };
};

export const fromFraction = (value: Fraction): Exact => exact(BigInt(value.numerator), BigInt(value.denominator));
