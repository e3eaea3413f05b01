import { createRandom, mixIn, sampleRate } from '../sound/dsp.ts';
import type { Score, ScoreNote } from './compose.ts';
import type { Onset, Syllable, Vowel } from './lyrics.ts';
import { hertzOf } from './theory.ts';
import { resonant } from './voices.ts';

/** Centres of the first three bands of the mouth, in hertz, and their levels. */
const mouths: Readonly<Record<Vowel, readonly (readonly [hertz: number, width: number, gain: number])[]>> = {
  a: [
    [800, 90, 1],
    [1200, 100, 0.55],
    [2800, 150, 0.16],
  ],
  e: [
    [500, 80, 1],
    [1850, 110, 0.4],
    [2600, 150, 0.2],
  ],
  i: [
    [320, 70, 1],
    [2250, 120, 0.3],
    [3000, 160, 0.18],
  ],
  o: [
    [480, 80, 1],
    [850, 90, 0.5],
    [2650, 150, 0.08],
  ],
  u: [
    [350, 70, 1],
    [720, 90, 0.28],
    [2400, 150, 0.05],
  ],
};
const onsetSeconds: Readonly<Record<Onset, number>> = { none: 0, hiss: 0.09, burst: 0.035, hum: 0.06 };

/**
 * A voice that follows the melody on the vowels of the words, syllable by syllable, verse after verse. It sings, yet no word can be
 * understood: that needs a model.
 */
export function sing(score: Score, lines: readonly (readonly Syllable[])[], length: number, seed: number): Float32Array {
  const track = new Float32Array(length);
  const syllables = lines.flat();
  const random = createRandom(seed ^ 0x2c1b3c6d);
  for (const [index, note] of score.melody.entries()) {
    const syllable = syllables[index % syllables.length];
    if (!syllable) break;
    const seconds = note.beats * score.pulse.secondsPerBeat;
    mixIn(track, singNote(note, syllable, seconds, random), note.startBeat * score.pulse.secondsPerBeat, note.strength);
  }
  return track;
}

function singNote(note: ScoreNote, { vowel, onset }: Syllable, seconds: number, random: () => number): Float32Array {
  const total = Math.round((seconds + 0.12) * sampleRate);
  const source = new Float32Array(total);
  const pitch = hertzOf(note.midi);
  let phase = 0;
  let tilt = 0;
  for (let at = 0; at < total; at += 1) {
    const time = at / sampleRate;
    // Voices slide into their note and tremble once they hold it.
    const cents =
      -60 * Math.exp(-time / 0.035) + 28 * Math.min(1, Math.max(0, time - 0.25) / 0.3) * Math.sin(2 * Math.PI * 5.5 * time);
    phase += (pitch * 2 ** (cents / 1200)) / sampleRate;
    if (phase >= 1) phase -= 1;
    const pulse = phase < 0.6 ? Math.sin((Math.PI * phase) / 0.6) ** 2 - 0.3 : -0.3 * Math.exp(-(phase - 0.6) * 8);
    const slope = pulse - tilt;
    tilt = pulse;
    source[at] = slope * 14 + 0.02 * (random() * 2 - 1);
  }
  const voice = new Float32Array(total);
  for (const [hertz, width, gain] of mouths[vowel]) mixIn(voice, resonant(source, hertz, width), 0, gain * 2.2);
  const start = onsetSeconds[onset] * sampleRate;
  const [rise, fall] = [0.045 * sampleRate, 0.1 * sampleRate];
  for (let at = 0; at < total; at += 1) {
    const opening = Math.min(1, Math.max(0, at - start * 0.6) / rise);
    const closing = Math.min(1, (total - at) / fall);
    voice[at] = (voice[at] ?? 0) * opening * closing;
  }
  if (onset === 'hiss' || onset === 'burst') mixIn(voice, consonant(onset, random), 0, 0.16);
  return voice;
}

function consonant(onset: 'hiss' | 'burst', random: () => number): Float32Array {
  const length = Math.round(onsetSeconds[onset] * sampleRate);
  const noise = Float32Array.from({ length }, () => random() * 2 - 1);
  const shaped = resonant(noise, onset === 'hiss' ? 5200 : 2400, 1800);
  return shaped.map(
    (sample, at) => sample * (onset === 'hiss' ? Math.sin((Math.PI * at) / length) : Math.exp((-at / length) * 4)),
  );
}
