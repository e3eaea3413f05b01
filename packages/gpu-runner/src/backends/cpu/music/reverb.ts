import { sampleRate } from '../sound/dsp.ts';

// Freeverb's lengths, at 44.1 kHz; none divides another, so that no pitch stands out.
const combLengths = [1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617];
const allPassLengths = [556, 441, 341, 225];
const spread = 23;

/** The room around a mono sound, as two channels of the same length; `size` 0..1 is its echo time. */
export function reverberate(dry: Float32Array, size: number): readonly [Float32Array, Float32Array] {
  return [channel(dry, size, 0), channel(dry, size, spread)];
}

function channel(dry: Float32Array, size: number, offset: number): Float32Array {
  const wet = new Float32Array(dry.length);
  const feedback = 0.7 + 0.26 * size;
  const damping = 0.35 - 0.15 * size;
  for (const length of combLengths) comb(dry, wet, scaled(length + offset), feedback, damping);
  for (const length of allPassLengths) allPass(wet, scaled(length + offset));
  return wet;
}

const scaled = (length: number): number => Math.round((length * sampleRate) / 44_100);

function comb(dry: Float32Array, wet: Float32Array, length: number, feedback: number, damping: number): void {
  const line = new Float32Array(length);
  let place = 0;
  let kept = 0;
  for (let at = 0; at < dry.length; at += 1) {
    const out = line[place] ?? 0;
    kept = out * (1 - damping) + kept * damping;
    line[place] = (dry[at] ?? 0) * 0.03 + kept * feedback;
    wet[at] = (wet[at] ?? 0) + out;
    place = place + 1 === length ? 0 : place + 1;
  }
}

function allPass(wet: Float32Array, length: number): void {
  const line = new Float32Array(length);
  let place = 0;
  for (let at = 0; at < wet.length; at += 1) {
    const sample = wet[at] ?? 0;
    const out = line[place] ?? 0;
    line[place] = sample + out * 0.5;
    wet[at] = out - sample;
    place = place + 1 === length ? 0 : place + 1;
  }
}
