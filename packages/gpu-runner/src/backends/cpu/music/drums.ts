import { bandPass, highPass, lowPass, mixIn, type Random, sampleRate, shape, whiteNoise } from '../sound/dsp.ts';

export type DrumSound = 'kick' | 'snare' | 'clap' | 'hat' | 'openHat' | 'ride' | 'crash' | 'rim' | 'tom' | 'timpani' | 'shaker';
export type Kit = 'acoustic' | 'electronic' | 'soft' | 'orchestral';

const samplesOf = (seconds: number): number => Math.round(seconds * sampleRate);
const decay = (samples: Float32Array, seconds: number): Float32Array => shape(samples, (time) => Math.exp(-time / seconds));

/** A falling tone, the body of every drum with a skin. */
function skin(seconds: number, pitch: { from: number; to: number; fall: number }, ring: number): Float32Array {
  const samples = new Float32Array(samplesOf(seconds));
  let phase = 0;
  for (let at = 0; at < samples.length; at += 1) {
    const time = at / sampleRate;
    phase += (2 * Math.PI * (pitch.to + (pitch.from - pitch.to) * Math.exp(-time / pitch.fall))) / sampleRate;
    samples[at] = Math.sin(phase) * Math.exp(-time / ring);
  }
  return samples;
}

const noise = (seconds: number, random: Random): Float32Array => whiteNoise(samplesOf(seconds), random);

/** Six square waves at no simple ratio: the clang of cymbals. */
function metal(seconds: number, random: Random): Float32Array {
  const samples = new Float32Array(samplesOf(seconds));
  const rates = [205.3, 304.4, 369.6, 522.7, 800, 1204.4].map((hertz) => (hertz * 2 * (0.98 + 0.04 * random())) / sampleRate);
  for (let at = 0; at < samples.length; at += 1) {
    let sum = 0;
    for (const rate of rates) sum += (at * rate) % 1 < 0.5 ? 1 : -1;
    samples[at] = sum / 6;
  }
  return samples;
}

function cymbal(seconds: number, ring: number, low: number, random: Random): Float32Array {
  const samples = metal(seconds, random);
  mixIn(samples, noise(seconds, random), 0, 0.7);
  return decay(highPass(highPass(samples, low), low), ring);
}

/** One hit at full strength, peak about 1. Timpani are tuned to `tonicHz`. */
export function makeDrum(sound: DrumSound, { kit, tonicHz }: { kit: Kit; tonicHz: number }, random: Random): Float32Array {
  switch (sound) {
    case 'kick':
      return makeKick(kit, random);
    case 'snare':
      return makeSnare(kit, random);
    case 'clap': {
      const samples = new Float32Array(samplesOf(0.3));
      for (const [at, ring] of [
        [0, 0.006],
        [0.011, 0.006],
        [0.022, 0.006],
        [0.032, 0.08],
      ] as const)
        mixIn(samples, decay(bandPass(noise(0.25, random), 900, 3200), ring), at, 2.2);
      return samples;
    }
    case 'hat':
      return cymbal(0.09, kit === 'soft' ? 0.02 : 0.028, kit === 'electronic' ? 8000 : 7000, random);
    case 'openHat':
      return cymbal(0.5, 0.14, 6500, random);
    case 'ride':
      return cymbal(0.8, 0.22, 4200, random);
    case 'crash':
      return cymbal(2.6, 0.75, 3000, random);
    case 'rim':
      return decay(bandPass(noise(0.06, random), 1500, 2600), 0.012).map((sample) => sample * 3);
    case 'tom':
      return skin(0.6, { from: 190, to: 95, fall: 0.05 }, 0.16);
    case 'timpani':
      return makeTimpani(tonicHz, random);
    case 'shaker':
      return shape(highPass(noise(0.12, random), 5000), (time) => Math.sin((Math.PI * time) / 0.12) ** 2);
  }
}

function makeKick(kit: Kit, random: Random): Float32Array {
  const pitch =
    kit === 'electronic' ? { from: 190, to: 46, fall: 0.032 } : { from: 140, to: kit === 'soft' ? 58 : 52, fall: 0.024 };
  const body = skin(0.45, pitch, kit === 'electronic' ? 0.16 : 0.11);
  mixIn(body, decay(lowPass(noise(0.02, random), kit === 'soft' ? 900 : 3500), 0.004), 0, kit === 'soft' ? 0.3 : 0.7);
  return body.map((sample) => Math.tanh(sample * 1.5));
}

function makeSnare(kit: Kit, random: Random): Float32Array {
  const body = skin(0.25, { from: 260, to: 185, fall: 0.02 }, 0.055);
  const wires = decay(
    bandPass(noise(0.3, random), kit === 'soft' ? 900 : 1400, kit === 'soft' ? 4500 : 8500),
    kit === 'electronic' ? 0.09 : 0.07,
  );
  const samples = new Float32Array(samplesOf(0.3));
  mixIn(samples, body, 0, 0.55);
  mixIn(samples, wires, 0, 1.5);
  return samples.map((sample) => Math.tanh(sample));
}

function makeTimpani(tonicHz: number, random: Random): Float32Array {
  const body = skin(1.6, { from: tonicHz * 1.06, to: tonicHz, fall: 0.04 }, 0.4);
  mixIn(body, skin(1.2, { from: tonicHz * 1.55, to: tonicHz * 1.5, fall: 0.04 }, 0.25), 0, 0.4);
  mixIn(body, decay(lowPass(noise(0.05, random), 500), 0.015), 0, 1.5);
  return body;
}
