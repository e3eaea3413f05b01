import { type Random, sampleRate } from '../sound/dsp.ts';
import { hertzOf } from './theory.ts';

export type InstrumentName =
  | ('piano' | 'electricPiano' | 'guitar' | 'distortedGuitar' | 'pluck' | 'bell' | 'organ')
  | ('strings' | 'lowStrings' | 'synthPad' | 'choir' | 'flute' | 'sax' | 'brass' | 'synthLead')
  | ('electricBass' | 'uprightBass' | 'synthBass' | 'subBass');

export interface PlayedNote {
  readonly midi: number;
  /** Held; what rings on afterwards is the instrument's own. */
  readonly seconds: number;
  /** 0..1. */
  readonly strength: number;
  /** 0 dark, 1 bright. */
  readonly brightness: number;
}

/** One note in mono, its peak about its strength. Equal notes and streams give equal samples. */
export const playNote = (name: InstrumentName, note: PlayedNote, random: Random): Float32Array => players[name](note, random);

type Player = (note: PlayedNote, random: Random) => Float32Array;

const samplesOf = (seconds: number): number => Math.max(1, Math.round(seconds * sampleRate));

/** Sines that die away each at its own pace; what is struck or plucked. `ratio` of the note's pitch. */
interface Partial {
  readonly ratio: number;
  readonly gain: number;
  readonly ringSeconds: number;
}

function struck(note: PlayedNote, partials: readonly Partial[], options: { damp: number; attack: number }): Float32Array {
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
function envelope(samples: Float32Array, held: number, { attack, release }: { attack: number; release: number }): Float32Array {
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

interface Held {
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
function held(note: PlayedNote, how: Held, random: Random): Float32Array {
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
function plucked(
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
function modulated(
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

const scaled = (samples: Float32Array, gain: number): Float32Array => {
  for (let at = 0; at < samples.length; at += 1) samples[at] = (samples[at] ?? 0) * gain;
  return samples;
};

const lower = (semitones: number, note: PlayedNote): PlayedNote => ({ ...note, midi: note.midi - semitones });
const onePole = (samples: Float32Array, hertz: number): Float32Array => {
  const weight = 1 - Math.exp((-2 * Math.PI * hertz) / sampleRate);
  let kept = 0;
  for (let at = 0; at < samples.length; at += 1) {
    kept += weight * ((samples[at] ?? 0) - kept);
    samples[at] = kept;
  }
  return samples;
};
const added = (first: Float32Array, second: Float32Array, gain: number): Float32Array => {
  const sum = new Float32Array(Math.max(first.length, second.length));
  sum.set(first);
  for (let at = 0; at < second.length; at += 1) sum[at] = (sum[at] ?? 0) + gain * (second[at] ?? 0);
  return sum;
};

const bow: Held = {
  voices: 4,
  detuneCents: 9,
  attack: 0.12,
  release: 0.22,
  filter: [2, 7],
  filterSeconds: 0.35,
  vibratoCents: 9,
  square: 0,
  breath: 0.02,
};

const players: Readonly<Record<InstrumentName, Player>> = {
  piano(note) {
    const pitch = hertzOf(note.midi);
    const ring = 3.6 * (220 / pitch) ** 0.6;
    const partials = Array.from({ length: 9 }, (_, index) => {
      const order = index + 1;
      // Strings are stiff: their partials lie a little too high.
      const ratio = order * Math.sqrt(1 + 0.00035 * order * order);
      const gain = (order === 1 ? 1 : 0.75 / order ** (1.75 - 0.9 * note.brightness * note.strength)) * 0.55;
      return { ratio, gain, ringSeconds: ring / (1 + 0.45 * index) };
    });
    return scaled(struck(note, partials, { damp: 0.09, attack: 0.003 }), 0.55 * note.strength);
  },
  electricPiano: (note) =>
    scaled(
      added(
        modulated(note, { ratio: 1, depth: 1.1, depthSeconds: 0.5, ringSeconds: 1.5, damp: 0.1 }),
        modulated(note, { ratio: 14, depth: 0.5, depthSeconds: 0.06, ringSeconds: 0.25, damp: 0.05 }),
        0.18,
      ),
      0.5 * note.strength,
    ),
  guitar: (note, random) => scaled(plucked(note, { ringSeconds: 2.6, softness: 0.45, damp: 0.12 }, random), 0.6 * note.strength),
  distortedGuitar(note, random) {
    const how: Held = {
      voices: 2,
      detuneCents: 6,
      attack: 0.004,
      release: 0.05,
      filter: [14, 9],
      filterSeconds: 0.3,
      vibratoCents: 0,
      square: 0.3,
      breath: 0,
    };
    // Root, fifth and octave only: a third under this much drive growls.
    const power = added(held(lower(0, note), how, random), held(lower(-7, note), how, random), 0.9);
    for (let at = 0; at < power.length; at += 1) power[at] = Math.tanh((power[at] ?? 0) * 5);
    return scaled(onePole(onePole(power, 3800), 4500), 0.34 * note.strength);
  },
  pluck: (note, random) =>
    scaled(plucked(note, { ringSeconds: 0.9 + note.brightness, softness: 0.25, damp: 0.08 }, random), 0.6 * note.strength),
  bell: (note) =>
    scaled(modulated(note, { ratio: 3.5, depth: 1.4, depthSeconds: 0.35, ringSeconds: 1.1, damp: 0.6 }), 0.42 * note.strength),
  organ(note) {
    const samples = new Float32Array(samplesOf(note.seconds + 0.15));
    const turn = (2 * Math.PI * hertzOf(note.midi)) / sampleRate;
    for (let at = 0; at < samples.length; at += 1)
      samples[at] =
        Math.sin(turn * at) + 0.6 * Math.sin(2 * turn * at) + 0.25 * Math.sin(3 * turn * at) + 0.3 * Math.sin(0.5 * turn * at);
    return scaled(envelope(samples, note.seconds, { attack: 0.015, release: 0.03 }), 0.26 * note.strength);
  },
  strings: (note, random) => scaled(held(note, { ...bow, filter: [2, 4 + 5 * note.brightness] }, random), 0.42 * note.strength),
  lowStrings: (note, random) =>
    scaled(held(note, { ...bow, voices: 3, attack: 0.07, filter: [3, 9] }, random), 0.5 * note.strength),
  synthPad: (note, random) =>
    scaled(
      held(
        note,
        {
          voices: 5,
          detuneCents: 14,
          attack: Math.min(0.7, note.seconds * 0.3),
          release: 0.5,
          filter: [1.5, 2.5 + 5 * note.brightness],
          filterSeconds: Math.max(0.6, note.seconds * 0.7),
          vibratoCents: 0,
          square: 0,
          breath: 0,
        },
        random,
      ),
      0.42 * note.strength,
    ),
  choir(note, random) {
    const body = held(
      note,
      { ...bow, voices: 4, detuneCents: 13, attack: 0.25, release: 0.35, filter: [3, 8], vibratoCents: 14, breath: 0.06 },
      random,
    );
    // "Ah": two bands of a mouth that is open.
    const [low, high] = [resonant(body, 700, 110), resonant(body, 1150, 130)];
    return scaled(added(added(low, high, 0.6), onePole(body, 500), 0.25), 0.5 * note.strength);
  },
  flute: (note, random) =>
    scaled(
      held(
        note,
        {
          voices: 1,
          detuneCents: 0,
          attack: 0.06,
          release: 0.08,
          filter: [0.9, 1.6],
          filterSeconds: 0.1,
          vibratoCents: 16,
          square: 0.6,
          breath: 0.12,
        },
        random,
      ),
      0.9 * note.strength,
    ),
  sax: (note, random) =>
    scaled(
      held(
        note,
        {
          voices: 1,
          detuneCents: 0,
          attack: 0.035,
          release: 0.07,
          filter: [1.6, 4.5],
          filterSeconds: 0.12,
          vibratoCents: 18,
          square: 0.85,
          breath: 0.08,
        },
        random,
      ),
      0.55 * note.strength,
    ),
  brass: (note, random) =>
    scaled(
      held(
        note,
        {
          voices: 3,
          detuneCents: 7,
          attack: 0.06,
          release: 0.12,
          filter: [1, 6.5],
          filterSeconds: 0.16,
          vibratoCents: 6,
          square: 0,
          breath: 0.02,
        },
        random,
      ),
      0.5 * note.strength,
    ),
  synthLead: (note, random) =>
    scaled(
      held(
        note,
        {
          voices: 3,
          detuneCents: 10,
          attack: 0.008,
          release: 0.12,
          filter: [4, 6 + 6 * note.brightness],
          filterSeconds: 0.2,
          vibratoCents: 10,
          square: 0.2,
          breath: 0,
        },
        random,
      ),
      0.36 * note.strength,
    ),
  electricBass: (note, random) =>
    scaled(
      added(
        onePole(plucked(note, { ringSeconds: 1.8, softness: 0.6, damp: 0.05 }, random), 1400),
        struck(note, [{ ratio: 1, gain: 1, ringSeconds: 0.7 }], { damp: 0.05, attack: 0.004 }),
        0.6,
      ),
      0.75 * note.strength,
    ),
  uprightBass: (note, random) =>
    scaled(
      added(
        onePole(plucked(note, { ringSeconds: 0.9, softness: 0.8, damp: 0.08 }, random), 700),
        struck(
          note,
          [
            { ratio: 1, gain: 1, ringSeconds: 0.45 },
            { ratio: 2, gain: 0.3, ringSeconds: 0.25 },
          ],
          { damp: 0.08, attack: 0.006 },
        ),
        0.75,
      ),
      0.85 * note.strength,
    ),
  synthBass: (note, random) =>
    scaled(
      held(
        note,
        {
          voices: 2,
          detuneCents: 5,
          attack: 0.003,
          release: 0.04,
          filter: [14, 3 + 4 * note.brightness],
          filterSeconds: 0.16,
          vibratoCents: 0,
          square: 0.5,
          breath: 0,
        },
        random,
      ),
      0.6 * note.strength,
    ),
  subBass: (note) =>
    scaled(
      struck(
        note,
        [
          { ratio: 1, gain: 1, ringSeconds: 6 },
          { ratio: 2, gain: 0.22, ringSeconds: 4 },
          { ratio: 3, gain: 0.06, ringSeconds: 3 },
        ],
        { damp: 0.09, attack: 0.02 },
      ),
      0.75 * note.strength,
    ),
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
