import { sampleRate } from '../sound/dsp.ts';

/** Measures of finished music, made for tests: they know nothing of how it was composed. */

/** Mean of neighbours, `factor` samples to one. */
function decimate(samples: Float32Array, factor: number): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / factor) }, (_, at) => {
    let sum = 0;
    for (let part = 0; part < factor; part += 1) sum += samples[at * factor + part] ?? 0;
    return sum / factor;
  });
}

/** Magnitudes of the lower half of the spectrum, Hann window. The size is a power of two. */
export function spectrum(samples: Float32Array, start: number, size: number): Float32Array {
  const real = new Float32Array(size);
  const imaginary = new Float32Array(size);
  const bits = Math.log2(size);
  for (let at = 0; at < size; at += 1) {
    let reversed = 0;
    for (let bit = 0; bit < bits; bit += 1) reversed |= ((at >> bit) & 1) << (bits - 1 - bit);
    real[reversed] = (samples[start + at] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * at) / size));
  }
  for (let half = 1; half < size; half *= 2)
    for (let offset = 0; offset < half; offset += 1) {
      const [cos, sin] = [Math.cos((-Math.PI * offset) / half), Math.sin((-Math.PI * offset) / half)];
      for (let at = offset; at < size; at += 2 * half) {
        const [re, im] = [real[at + half] ?? 0, imaginary[at + half] ?? 0];
        const [turnedRe, turnedIm] = [re * cos - im * sin, re * sin + im * cos];
        const [ownRe, ownIm] = [real[at] ?? 0, imaginary[at] ?? 0];
        real[at + half] = ownRe - turnedRe;
        imaginary[at + half] = ownIm - turnedIm;
        real[at] = ownRe + turnedRe;
        imaginary[at] = ownIm + turnedIm;
      }
    }
  return Float32Array.from({ length: size / 2 }, (_, at) => Math.hypot(real[at] ?? 0, imaginary[at] ?? 0));
}

const fluxRate = sampleRate / 2 / 256;

/** How much louder each part of the spectrum gets, 94 times a second. */
function onsets(samples: Float32Array): Float32Array {
  const half = decimate(samples, 2);
  const frames = Math.max(0, Math.floor((half.length - 1024) / 256));
  let before: Float32Array | undefined;
  const flux = Float32Array.from({ length: frames }, (_, frame) => {
    const now = spectrum(half, frame * 256, 1024).map((magnitude) => Math.log1p(8 * magnitude));
    let sum = 0;
    if (before) for (let bin = 1; bin < now.length; bin += 1) sum += Math.max(0, (now[bin] ?? 0) - (before[bin] ?? 0));
    before = now;
    return sum;
  });
  const mean = flux.reduce((sum, value) => sum + value, 0) / Math.max(1, frames);
  return flux.map((value) => value - mean);
}

/** Autocorrelation of the onsets over eight beats, for a tempo. */
function pulseStrength(flux: Float32Array, bpm: number): number {
  const period = (60 / bpm) * fluxRate;
  let strength = 0;
  let count = 0;
  for (let beat = 1; beat <= 8 && beat * period < flux.length * 0.6; beat += 1) {
    const lag = Math.floor(beat * period);
    const ratio = beat * period - lag;
    let sum = 0;
    for (let at = 0; at + lag + 1 < flux.length; at += 1)
      sum += (flux[at] ?? 0) * ((1 - ratio) * (flux[at + lag] ?? 0) + ratio * (flux[at + lag + 1] ?? 0));
    strength += sum / (flux.length - lag);
    count += 1;
  }
  return count === 0 ? 0 : strength / count;
}

/** The tempo between 60 and 200 that the onsets repeat at best. */
export function measureTempo(samples: Float32Array): number {
  const flux = onsets(samples);
  let best = { bpm: 0, strength: Number.NEGATIVE_INFINITY };
  for (let bpm = 55; bpm <= 210; bpm += 0.25) {
    const strength = pulseStrength(flux, bpm);
    if (strength > best.strength) best = { bpm, strength };
  }
  return best.bpm;
}

/** Krumhansl and Kessler: how well each note fits a key, tonic first. */
const profiles = {
  major: [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
  minor: [6.33, 2.68, 3.52, 5.38, 2.6, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
} as const;

/** Energy of each of the twelve notes. */
export function chroma(samples: Float32Array): number[] {
  const slow = decimate(samples, 4);
  const size = 16_384;
  const energies = Array.from({ length: 12 }, () => 0);
  for (let start = 0; start + size <= slow.length; start += size / 2) {
    const magnitudes = spectrum(slow, start, size);
    for (let bin = 2; bin < magnitudes.length; bin += 1) {
      const hertz = (bin * (sampleRate / 4)) / size;
      if (hertz < 60 || hertz > 1000) continue;
      const note = Math.round(69 + 12 * Math.log2(hertz / 440)) % 12;
      energies[note] = (energies[note] ?? 0) + Math.sqrt(magnitudes[bin] ?? 0);
    }
  }
  return energies;
}

/** The likeliest key, as its tonic above C and its mode. */
export function measureKey(samples: Float32Array): { tonic: number; mode: 'major' | 'minor' } {
  const energies = chroma(samples);
  let best: { tonic: number; mode: 'major' | 'minor'; fit: number } = { tonic: 0, mode: 'major', fit: -2 };
  for (const mode of ['major', 'minor'] as const)
    for (let tonic = 0; tonic < 12; tonic += 1) {
      const fit = correlation(
        energies,
        energies.map((_, note) => profiles[mode][(note - tonic + 12) % 12] ?? 0),
      );
      if (fit > best.fit) best = { tonic, mode, fit };
    }
  return { tonic: best.tonic, mode: best.mode };
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, ownA, ownB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const [x, y] = [value - meanA, (b[index] ?? 0) - meanB];
    both += x * y;
    ownA += x * x;
    ownB += y * y;
  }
  return both / Math.sqrt(ownA * ownB || 1);
}

/** Frequency below which half of the spectrum lies. */
export function measureBrightness(samples: Float32Array): number {
  const size = 4096;
  const sums = new Float64Array(size / 2);
  for (let start = 0; start + size <= samples.length; start += size * 2)
    for (const [bin, magnitude] of spectrum(samples, start, size).entries()) sums[bin] = (sums[bin] ?? 0) + magnitude;
  const total = sums.reduce((sum, value) => sum + value, 0);
  let passed = 0;
  const bin = sums.findIndex((value) => {
    passed += value;
    return passed >= total / 2;
  });
  return (bin * sampleRate) / size;
}

/** Onsets a second that stand out. */
export function measureDensity(samples: Float32Array): number {
  const flux = onsets(samples);
  const deviation = Math.sqrt(flux.reduce((sum, value) => sum + value * value, 0) / Math.max(1, flux.length));
  let count = 0;
  for (let at = 1; at + 1 < flux.length; at += 1) {
    const value = flux[at] ?? 0;
    if (value > deviation && value >= (flux[at - 1] ?? 0) && value > (flux[at + 1] ?? 0)) count += 1;
  }
  return count / (samples.length / sampleRate);
}
