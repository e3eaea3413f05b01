import { type Random, sampleRate } from '../sound/dsp.ts';
import { hertzOf } from './theory.ts';

export interface PlayedNote {
  readonly midi: number;
  /** Held; what rings on afterwards is the instrument's own. */
  readonly seconds: number;
  /** 0..1. */
  readonly strength: number;
  /** 0 dark, 1 bright. */
  readonly brightness: number;
}

export const samplesOf = (seconds: number): number => Math.max(1, Math.round(seconds * sampleRate));

/** Sines that die away each at its own pace; what is struck or plucked. `ratio` of the note's pitch. */
interface Partial {
  readonly ratio: number;
  readonly gain: number;
  readonly ringSeconds: number;
}

export function struck(note: PlayedNote, partials: readonly Partial[], options: { damp: number; attack: number }): Float32Array {
  const pitch = hertzOf(note.midi);
  const longest = Math.max(...partials.map(({ ringSeconds }) => ringSeconds));
  const total = Math.min(note.seconds + options.damp * 5, longest * 6);
  const samples = new Float32Array(samplesOf(total));
  for (const { ratio, gain, ringSeconds } of partials) {
    const hertz = pitch * ratio;
    if (hertz > 15_000) continue;
    // A damped resonator: one multiplication pair a sample, no sine.
    const loss = Math.exp(-1 / (ringSeconds * sampleRate));
    const turn = (2 * Math.PI * hertz) / sampleRate;
    const [first, second] = [2 * loss * Math.cos(turn), -loss * loss];
    let [before, last] = [0, gain * Math.sin(turn)];
    for (let at = 1; at < samples.length; at += 1) {
      samples[at] = (samples[at] ?? 0) + last;
      const next = first * last + second * before;
      before = last;
      last = next;
    }
  }
  return envelope(samples, note.seconds, { attack: options.attack, release: options.damp });
}

/** Opens and closes a sound in place: linear attack, exponential release after `held`. */
export function envelope(
  samples: Float32Array,
  held: number,
  { attack, release }: { attack: number; release: number },
): Float32Array {
  const rise = attack * sampleRate;
  const end = held * sampleRate;
  const fall = Math.exp(-1 / (release * sampleRate));
  let level = 1;
  for (let at = 0; at < samples.length; at += 1) {
    if (at > end) level *= fall;
    samples[at] = (samples[at] ?? 0) * level * (at < rise ? at / rise : 1);
  }
  // What is left of the tail ends without a step.
  const last = Math.min(samples.length, 240);
  for (let at = 0; at < last; at += 1) {
    const place = samples.length - 1 - at;
    samples[place] = ((samples[place] ?? 0) * at) / last;
  }
  return samples;
}

/** A sawtooth without its harsh corner (PolyBLEP). */
function saw(phase: number, step: number): number {
  const value = 2 * phase - 1;
  if (phase < step) {
    const near = phase / step;
    return value - (near + near - near * near - 1);
  }
  if (phase > 1 - step) {
    const near = (phase - 1) / step;
    return value - (near * near + near + near + 1);
  }
  return value;
}

export interface Held {
  readonly voices: number;
  readonly detuneCents: number;
  readonly attack: number;
  readonly release: number;
  /** Of the filter, in multiples of the pitch, closed to opened. */
  readonly filter: readonly [number, number];
  readonly filterSeconds: number;
  readonly vibratoCents: number;
  /** Share of a square wave in the saw. */
  readonly square: number;
  readonly breath: number;
}

/** Sawtooths through a filter that opens: what is bowed, blown or driven by a synthesiser. */
export function held(note: PlayedNote, how: Held, random: Random): Float32Array {
  const samples = new Float32Array(samplesOf(note.seconds + how.release * 4));
  const pitch = hertzOf(note.midi);
  const detunes = Array.from({ length: how.voices }, (_, index) =>
    how.voices === 1 ? 0 : how.detuneCents * ((2 * index) / (how.voices - 1) - 1),
  );
  const phases = detunes.map(() => random());
  const steps = detunes.map((cents) => (pitch * 2 ** (cents / 1200)) / sampleRate);
  let [low, lower] = [0, 0];
  let weight = 0;
  let bend = 1;
  for (let at = 0; at < samples.length; at += 1) {
    if (at % 32 === 0) {
      const time = at / sampleRate;
      const opened = Math.min(1, time / how.filterSeconds);
      const cutoff = pitch * (how.filter[0] + (how.filter[1] - how.filter[0]) * opened * (0.4 + 0.6 * note.strength));
      weight = 1 - Math.exp((-2 * Math.PI * Math.min(cutoff, 16_000)) / sampleRate);
      const vibrato = how.vibratoCents * Math.min(1, Math.max(0, time - 0.15) / 0.4) * Math.sin(2 * Math.PI * 5.2 * time);
      bend = 2 ** (vibrato / 1200);
    }
    let sum = 0;
    for (let voice = 0; voice < phases.length; voice += 1) {
      const step = (steps[voice] ?? 0) * bend;
      let phase = (phases[voice] ?? 0) + step;
      if (phase >= 1) phase -= 1;
      phases[voice] = phase;
      const tooth = saw(phase, step);
      sum += how.square === 0 ? tooth : tooth - how.square * saw((phase + 0.5) % 1, step);
    }
    if (how.breath > 0) sum += how.breath * (random() * 2 - 1) * phases.length;
    low += weight * (sum - low);
    lower += weight * (low - lower);
    samples[at] = lower / Math.sqrt(phases.length);
  }
  return envelope(samples, note.seconds, how);
}

/** A string plucked (Karplus-Strong), tuned between samples by an all-pass. */
export function plucked(
  note: PlayedNote,
  options: { ringSeconds: number; softness: number; damp: number },
  random: Random,
): Float32Array {
  const pitch = hertzOf(note.midi);
  const samples = new Float32Array(samplesOf(Math.min(note.seconds + options.damp * 5, options.ringSeconds * 3)));
  const period = sampleRate / pitch - 0.5;
  const whole = Math.floor(period - 0.2);
  const rest = period - whole;
  const allPass = (1 - rest) / (1 + rest);
  const line = new Float32Array(Math.max(2, whole));
  let soft = 0;
  for (let at = 0; at < line.length; at += 1) {
    soft += (1 - options.softness) * (random() * 2 - 1 - soft);
    line[at] = soft;
  }
  const mean = line.reduce((sum, sample) => sum + sample, 0) / line.length;
  const peak = line.reduce((most, sample) => Math.max(most, Math.abs(sample - mean)), 1e-6);
  for (let at = 0; at < line.length; at += 1) line[at] = ((line[at] ?? 0) - mean) / peak;
  const loss = 0.001 ** (1 / (pitch * options.ringSeconds));
  let [place, before, allIn, allOut] = [0, 0, 0, 0];
  for (let at = 0; at < samples.length; at += 1) {
    const current = line[place] ?? 0;
    samples[at] = current;
    const filtered = loss * 0.5 * (current + before);
    before = current;
    allOut = allPass * (filtered - allOut) + allIn;
    allIn = filtered;
    line[place] = allOut;
    place = place + 1 === line.length ? 0 : place + 1;
  }
  return envelope(samples, note.seconds, { attack: 0.001, release: options.damp });
}

/** One sine that bends another: bells and electric pianos. */
export function modulated(
  note: PlayedNote,
  options: { ratio: number; depth: number; depthSeconds: number; ringSeconds: number; damp: number },
): Float32Array {
  const samples = new Float32Array(samplesOf(Math.min(note.seconds + options.damp * 5, options.ringSeconds * 5)));
  const turn = (2 * Math.PI * hertzOf(note.midi)) / sampleRate;
  const depthLoss = Math.exp(-1 / (options.depthSeconds * sampleRate));
  const loss = Math.exp(-1 / (options.ringSeconds * sampleRate));
  let [depth, level] = [options.depth * (0.4 + 0.6 * note.strength), 1];
  for (let at = 0; at < samples.length; at += 1) {
    samples[at] = level * Math.sin(turn * at + depth * Math.sin(turn * options.ratio * at));
    depth *= depthLoss;
    level *= loss;
  }
  return envelope(samples, note.seconds, { attack: 0.002, release: options.damp });
}

export const scaled = (samples: Float32Array, gain: number): Float32Array => {
  for (let at = 0; at < samples.length; at += 1) samples[at] = (samples[at] ?? 0) * gain;
  return samples;
};

export const lower = (semitones: number, note: PlayedNote): PlayedNote => ({ ...note, midi: note.midi - semitones });
export const onePole = (samples: Float32Array, hertz: number): Float32Array => {
  const weight = 1 - Math.exp((-2 * Math.PI * hertz) / sampleRate);
  let kept = 0;
  for (let at = 0; at < samples.length; at += 1) {
    kept += weight * ((samples[at] ?? 0) - kept);
    samples[at] = kept;
  }
  return samples;
};
export const added = (first: Float32Array, second: Float32Array, gain: number): Float32Array => {
  const sum = new Float32Array(Math.max(first.length, second.length));
  sum.set(first);
  for (let at = 0; at < second.length; at += 1) sum[at] = (sum[at] ?? 0) + gain * (second[at] ?? 0);
  return sum;
};

/** A band-pass of a mouth or a body, as a new sound. */
export function resonant(samples: Float32Array, hertz: number, widthHertz: number): Float32Array {
  const loss = Math.exp((-Math.PI * widthHertz) / sampleRate);
  const first = 2 * loss * Math.cos((2 * Math.PI * hertz) / sampleRate);
  const second = -loss * loss;
  const gain = (1 - loss) * 2;
  const made = new Float32Array(samples.length);
  let [before, last] = [0, 0];
  for (let at = 0; at < samples.length; at += 1) {
    const next = gain * (samples[at] ?? 0) + first * last + second * before;
    before = last;
    last = next;
    made[at] = next;
  }
  return made;
}
