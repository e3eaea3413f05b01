/**
 * Functions whose last bit is the same on every machine, unlike Math.sin and its kind: made of + - * / alone. Everything between a
 * seed and a pixel uses these.
 */
const TURN = 6.283185307179586;

/** Error below 1e-9 for moderate angles, in radians. */
export const sine = (angle: number): number => {
  const turns = angle / TURN;
  let x = (turns - Math.floor(turns + 0.5)) * TURN; // -pi .. pi
  if (x > TURN / 4) x = TURN / 2 - x;
  else if (x < -TURN / 4) x = -TURN / 2 - x;
  const s = x * x;
  return x * (1 - (s / 6) * (1 - (s / 20) * (1 - (s / 42) * (1 - (s / 72) * (1 - (s / 110) * (1 - s / 156))))));
};

export const cosine = (angle: number): number => sine(angle + TURN / 4);

export const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

export const mix = (a: number, b: number, t: number): number => a + (b - a) * t;

/** e to the x. */
export const exponential = (x: number): number => {
  const halvings = 10;
  let term = 1;
  let sum = 1;
  const small = x / 2 ** halvings;
  for (let n = 1; n < 10; n += 1) {
    term *= small / n;
    sum += term;
  }
  for (let i = 0; i < halvings; i += 1) sum *= sum;
  return sum;
};

/** Random numbers in 0..1 from a 32-bit seed (mulberry32). */
export const createRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};
