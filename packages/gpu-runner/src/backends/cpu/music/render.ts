import { createRandom, highPass, lowPass, type Random, sampleRate, whiteNoise } from '../sound/dsp.ts';
import type { PartName, Score, ScoreNote } from './compose.ts';
import { type DrumSound, makeDrum } from './drums.ts';
import { type InstrumentName, playNote } from './instruments.ts';
import { reverberate } from './reverb.ts';
import { hertzOf } from './theory.ts';

/** Two channels of equal length. */
export interface Stereo {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** A sung line, placed over the whole piece. */
export type Sing = (length: number) => Float32Array;

interface Desk extends Stereo {
  /** What goes to the room. */
  readonly send: Float32Array;
}

/** Linear level, share that goes to the room, place from -1 (left) to 1. */
interface Channel {
  readonly gain: number;
  readonly send: number;
  readonly pan: number;
}

const parts: Readonly<Record<PartName, Channel>> = {
  lead: { gain: 0.42, send: 0.7, pan: 0.12 },
  comp: { gain: 0.3, send: 0.45, pan: -0.22 },
  pad: { gain: 0.17, send: 0.6, pan: 0 },
  bass: { gain: 0.42, send: 0.05, pan: 0 },
};
const drums: Readonly<Record<DrumSound, Channel>> = {
  kick: { gain: 0.55, send: 0.03, pan: 0 },
  snare: { gain: 0.34, send: 0.25, pan: 0.04 },
  clap: { gain: 0.3, send: 0.3, pan: -0.05 },
  hat: { gain: 0.16, send: 0.05, pan: 0.3 },
  openHat: { gain: 0.13, send: 0.1, pan: 0.3 },
  ride: { gain: 0.14, send: 0.15, pan: -0.3 },
  crash: { gain: 0.16, send: 0.4, pan: -0.2 },
  rim: { gain: 0.3, send: 0.2, pan: -0.15 },
  tom: { gain: 0.35, send: 0.3, pan: 0.2 },
  timpani: { gain: 0.42, send: 0.5, pan: 0.1 },
  shaker: { gain: 0.13, send: 0.1, pan: -0.35 },
};
/** By ear and meter: what a note of peak 1 has to be turned to, so that all instruments stand alike. */
const balance: Partial<Record<InstrumentName, number>> = {
  distortedGuitar: 0.6,
  organ: 1.3,
  flute: 1.3,
  bell: 0.9,
  strings: 1.1,
  choir: 1.5,
};

/** Plays a score to exactly `length` samples; the last second dies away. */
export function render(
  score: Score,
  { length, seed, sing, onProgress }: { length: number; seed: number; sing?: Sing; onProgress: (ratio: number) => void },
): Stereo {
  const desk: Desk = { left: new Float32Array(length), right: new Float32Array(length), send: new Float32Array(length) };
  const random = createRandom(seed ^ 0x5bd1e995);
  playNotes(score, desk, random, onProgress);
  playDrums(score, desk, random);
  if (score.style.crackle > 0) addCrackle(desk, random, score.style.crackle);
  if (sing) place(desk, sing(length), 0, { gain: 0.5, send: 0.5, pan: 0 });
  onProgress(0.75);
  const [wetLeft, wetRight] = reverberate(highPass(desk.send, 180), 0.3 + 0.65 * score.style.space);
  onProgress(0.9);
  const wet = 0.35 + 1.1 * score.style.space;
  for (let at = 0; at < length; at += 1) {
    desk.left[at] = (desk.left[at] ?? 0) + wet * (wetLeft[at] ?? 0);
    desk.right[at] = (desk.right[at] ?? 0) + wet * (wetRight[at] ?? 0);
  }
  return finish(desk);
}

/** Equal notes are made once; a held pedal or a riff repeats them all the time. */
function playNotes(score: Score, desk: Desk, random: Random, onProgress: (ratio: number) => void): void {
  const { secondsPerBeat } = score.pulse;
  const made = new Map<string, Float32Array>();
  for (const [index, note] of score.notes.entries()) {
    const samples = remember(made, noteKey(note, index), () =>
      playNote(
        note.instrument,
        { midi: note.midi, seconds: note.beats * secondsPerBeat, strength: 0.8, brightness: score.style.brightness },
        random,
      ),
    );
    const channel = parts[note.part];
    const own = balance[note.instrument] ?? 1;
    // Chords stand wide: high notes to the right, low ones to the left.
    const pan = note.part === 'bass' ? 0 : channel.pan + (note.midi - 60) * 0.012;
    place(desk, samples, note.startBeat * secondsPerBeat, { ...channel, gain: channel.gain * own * (note.strength / 0.8), pan });
    if (index % 16 === 0) onProgress((0.6 * index) / score.notes.length);
  }
}

/** Two takes of each note, in turn: a machine gun is one sample again and again. */
const noteKey = ({ instrument, midi, beats }: ScoreNote, index: number): string =>
  `${instrument} ${midi} ${beats.toFixed(3)} ${index % 2}`;

function playDrums(score: Score, desk: Desk, random: Random): void {
  const made = new Map<string, Float32Array>();
  const setup = { kit: score.style.kit, tonicHz: hertzOf(36 + score.key.tonic) };
  for (const [index, hit] of score.hits.entries()) {
    const samples = remember(made, `${hit.sound} ${index % 3}`, () => makeDrum(hit.sound, setup, random));
    const channel = drums[hit.sound];
    place(desk, samples, hit.beat * score.pulse.secondsPerBeat, { ...channel, gain: channel.gain * hit.strength });
  }
}

function remember(made: Map<string, Float32Array>, key: string, make: () => Float32Array): Float32Array {
  const known = made.get(key);
  if (known) return known;
  const samples = make();
  made.set(key, samples);
  return samples;
}

function place(desk: Desk, samples: Float32Array, seconds: number, { gain, send, pan }: Channel): void {
  const start = Math.round(seconds * sampleRate);
  const angle = ((Math.max(-1, Math.min(1, pan)) + 1) * Math.PI) / 4;
  const [left, right, sent] = [gain * Math.cos(angle) * Math.SQRT2, gain * Math.sin(angle) * Math.SQRT2, gain * send];
  const count = Math.min(samples.length, desk.left.length - start);
  for (let at = 0; at < count; at += 1) {
    const sample = samples[at] ?? 0;
    const to = start + at;
    desk.left[to] = (desk.left[to] ?? 0) + sample * left;
    desk.right[to] = (desk.right[to] ?? 0) + sample * right;
    desk.send[to] = (desk.send[to] ?? 0) + sample * sent;
  }
}

function addCrackle(desk: Desk, random: Random, amount: number): void {
  const hiss = lowPass(highPass(whiteNoise(desk.left.length, random), 1200), 6000);
  for (let at = 0; at < hiss.length; at += 1) {
    const pop = random() < 9 / sampleRate ? (random() * 2 - 1) * 0.09 : 0;
    const sample = amount * (0.0022 * (hiss[at] ?? 0) + pop);
    desk.left[at] = (desk.left[at] ?? 0) + sample;
    desk.right[at] = (desk.right[at] ?? 0) + sample;
  }
}

/** Root mean square of a finished piece, and the level that no sample passes. */
const wantedRms = 0.13;
const ceiling = 0.84;
const knee = 0.55;

/** Level, soft ceiling, and an end that dies away instead of stopping. */
function finish({ left, right }: Stereo): Stereo {
  const length = left.length;
  highPass(left, 25);
  highPass(right, 25);
  let energy = 0;
  for (let at = 0; at < length; at += 1) energy += (left[at] ?? 0) ** 2 + (right[at] ?? 0) ** 2;
  const rms = Math.sqrt(energy / Math.max(1, 2 * length));
  const gain = rms < 1e-6 ? 1 : wantedRms / rms;
  const fade = Math.min(length * 0.25, 1.2 * sampleRate);
  const attack = Math.min(length * 0.05, 0.004 * sampleRate);
  for (const channel of [left, right])
    for (let at = 0; at < length; at += 1) {
      const ending = Math.min(1, (length - 1 - at) / fade);
      channel[at] = softened((channel[at] ?? 0) * gain) * Math.min(1, at / attack) * ending * ending * (3 - 2 * ending);
    }
  return { left, right };
}

function softened(sample: number): number {
  const size = Math.abs(sample);
  if (size <= knee) return sample;
  return Math.sign(sample) * (knee + (ceiling - knee) * Math.tanh((size - knee) / (ceiling - knee)));
}
