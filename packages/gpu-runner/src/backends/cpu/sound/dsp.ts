/** Samples a second of everything that is synthesised. */
export const sampleRate = 48_000;

/** Numbers in 0..1 that are equal for equal seeds. */
export type Random = () => number;

/** mulberry32: small, fast, and good enough for noise. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** White noise in -1..1. */
export function whiteNoise(length: number, random: Random): Float32Array {
  const samples = new Float32Array(length);
  for (let at = 0; at < length; at += 1) samples[at] = random() * 2 - 1;
  return samples;
}

/** One-pole low-pass, in place. */
export function lowPass(samples: Float32Array, cutoffHz: number): Float32Array {
  const weight = 1 - Math.exp((-2 * Math.PI * cutoffHz) / sampleRate);
  let held = 0;
  for (let at = 0; at < samples.length; at += 1) {
    held += weight * ((samples[at] ?? 0) - held);
    samples[at] = held;
  }
  return samples;
}

/** One-pole high-pass, in place. */
export function highPass(samples: Float32Array, cutoffHz: number): Float32Array {
  const weight = 1 - Math.exp((-2 * Math.PI * cutoffHz) / sampleRate);
  let held = 0;
  for (let at = 0; at < samples.length; at += 1) {
    const sample = samples[at] ?? 0;
    held += weight * (sample - held);
    samples[at] = sample - held;
  }
  return samples;
}

export const bandPass = (samples: Float32Array, lowHz: number, highHz: number): Float32Array =>
  highPass(lowPass(lowPass(samples, highHz), highHz), lowHz);

/** Multiplies by a slow curve; `seconds` counts from the start. In place. */
export function shape(samples: Float32Array, gain: (seconds: number) => number): Float32Array {
  for (let at = 0; at < samples.length; at += 1) samples[at] = (samples[at] ?? 0) * gain(at / sampleRate);
  return samples;
}

/** Adds `part` from `startSeconds` on; what reaches beyond the end is dropped. */
export function mixIn(target: Float32Array, part: Float32Array, startSeconds: number, gain: number): void {
  const start = Math.max(0, Math.round(startSeconds * sampleRate));
  const count = Math.min(part.length, target.length - start);
  for (let at = 0; at < count; at += 1) target[start + at] = (target[start + at] ?? 0) + (part[at] ?? 0) * gain;
}

/** Scales so that the root mean square is `level`; silence stays. In place. */
export function toLevel(samples: Float32Array, level: number): Float32Array {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const rms = Math.sqrt(energy / Math.max(1, samples.length));
  return rms < 1e-9 ? samples : shape(samples, () => level / rms);
}

/** A smooth wander in 0..1, about `perSecond` turns a second. */
export function createWander(random: Random, perSecond: number): (seconds: number) => number {
  const points = Array.from({ length: 64 }, random);
  return (seconds) => {
    const place = seconds * perSecond;
    const index = Math.floor(place);
    const ratio = place - index;
    const weight = ratio * ratio * (3 - 2 * ratio);
    const [from, to] = [points[index % 64] ?? 0, points[(index + 1) % 64] ?? 0];
    return from + (to - from) * weight;
  };
}
