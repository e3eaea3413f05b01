import type { Random } from '../sound/dsp.ts';
import type { ScoreNote } from './compose.ts';
import type { Bar } from './form.ts';
import { type PluckPattern, swung } from './patterns.ts';
import type { Style } from './style.ts';
import { bassNote, chordSemitones, degreeSemitones, type Key } from './theory.ts';

/** A bar to be filled. */
export interface Setting {
  readonly key: Key;
  readonly style: Style;
  readonly bar: Bar;
  /** Beat at which the bar begins. */
  readonly start: number;
  readonly voicing: readonly number[];
  readonly random: Random;
}

/** Held through the bar. */
export function padChord({ style, bar, start, voicing }: Setting): ScoreNote[] {
  const { pad } = style;
  if (pad === null) return [];
  const strength = 0.5 + 0.15 * bar.energy;
  return voicing.map((midi) => ({ part: 'pad', instrument: pad, midi, startBeat: start, beats: style.beatsPerBar, strength }));
}

interface Stroke {
  readonly beat: number;
  readonly beats: number;
  /** Places in the chord, low to high; undefined: all of it. */
  readonly voice?: number;
  readonly strength: number;
}

const eighths = (count: number, make: (index: number) => Stroke): Stroke[] =>
  Array.from({ length: count }, (_, index) => make(index));

const strokes: Readonly<Record<PluckPattern, (beatsPerBar: number, energy: number) => Stroke[]>> = {
  block: (bar) => [
    { beat: 0, beats: 1.4, strength: 0.75 },
    { beat: 1.5, beats: bar - 1.7, strength: 0.6 },
  ],
  arpeggio: (bar, energy) =>
    eighths(bar * 2, (index) => ({
      beat: index / 2,
      beats: 0.9,
      voice: [0, 1, 2, 3, 2, 1, 0, 1][index % 8] ?? 0,
      strength: index % 4 === 0 ? 0.75 : 0.45 + 0.15 * energy,
    })),
  strum: (bar) =>
    [0, 1, 1.5, 2.5, 3]
      .filter((beat) => beat < bar)
      .map((beat) => ({ beat, beats: 0.9, strength: beat === 0 ? 0.8 : Number.isInteger(beat) ? 0.65 : 0.5 })),
  offbeat: (bar) =>
    eighths(bar, (index) => ({ beat: index + 0.5, beats: 0.35, strength: index % 2 === 1 ? 0.7 : 0.5 })).filter(
      (_, index) => index % 2 === 1 || bar === 4,
    ),
  chug: (bar) =>
    eighths(bar * 2, (index) => ({
      beat: index / 2,
      beats: index % 4 === 3 ? 0.48 : 0.32,
      strength: index % 4 === 0 ? 0.95 : 0.75,
    })),
  sparse: (bar) =>
    [0, 1.5, 3]
      .filter((beat) => beat < bar)
      .map((beat, index) => ({ beat, beats: 2, voice: 2 + index, strength: 0.55 - 0.08 * index })),
  ostinato: (bar, energy) =>
    eighths(bar * 2, (index) => ({
      beat: index / 2,
      beats: 0.34,
      voice: [0, 0, 2, 0, 1, 0, 2, 0][index % 8] ?? 0,
      strength: (index % 4 === 0 ? 0.8 : 0.5) * (0.6 + 0.4 * energy),
    })),
};

/** The chord broken up as the style does it. */
export function accompany({ key, style, bar, start, voicing }: Setting): ScoreNote[] {
  const { comp } = style;
  if (comp === null) return [];
  const notes = comp === 'distortedGuitar' ? [40 + ((chordRoot(key, bar) - 4 + 12) % 12)] : voicing;
  return strokes[style.compPattern](style.beatsPerBar, bar.energy).flatMap(({ beat, beats, voice, strength }) => {
    const startBeat = start + swung(beat, style.swing);
    const place = (midi: number, late: number): ScoreNote => ({
      part: 'comp',
      instrument: comp,
      midi,
      startBeat: startBeat + late,
      beats,
      strength: strength * (0.7 + 0.3 * bar.energy),
    });
    if (voice !== undefined) {
      const midi = notes[voice % notes.length] ?? 60;
      return [place(midi + (voice >= notes.length ? 12 : 0), 0)];
    }
    // A strum takes its time from string to string.
    const lag = comp === 'guitar' ? 0.018 : 0;
    return notes.map((midi, index) => place(midi, index * lag));
  });
}

const chordRoot = (key: Key, bar: Bar): number => (key.tonic + degreeSemitones(key, bar.chord.degree) + 120) % 12;

type BassStep = readonly [beat: number, beats: number, semitones: number, strength: number];

export function bassLine({ key, style, bar, start, random }: Setting): ScoreNote[] {
  const { bass } = style;
  if (bass === null) return [];
  const isPedal = style.bassPattern === 'pedal';
  const root = bassNote(isPedal && bar.phraseBar % 2 === 0 ? key.tonic : chordRoot(key, bar)) + (bass === 'piano' ? 12 : 0);
  const [first = 0, third = 0, fifth = 7] = chordSemitones(key, bar.chord);
  // At home the bass answers with the octave: the fifth is the next key's home.
  const upper = bar.chord.degree === 0 ? 12 : fifth - first;
  const steps = bassSteps(style, { third: third - first, fifth: fifth - first, upper, random });
  return steps.map(([beat, beats, semitones, strength]) => ({
    ...{ part: 'bass', instrument: bass, midi: root + semitones, startBeat: start + swung(beat, style.swing), beats },
    strength: strength * (0.75 + 0.25 * bar.energy),
  }));
}

interface BassTones {
  readonly third: number;
  readonly fifth: number;
  readonly upper: number;
  readonly random: Random;
}

function bassSteps(style: Style, { third, fifth, upper, random }: BassTones): BassStep[] {
  const bar = style.beatsPerBar;
  switch (style.bassPattern) {
    case 'eighths':
      return Array.from({ length: bar * 2 }, (_, index) => [index / 2, 0.45, 0, index % 2 === 0 ? 0.85 : 0.65] as const);
    case 'walking': {
      const walk = [0, third, fifth, random() < 0.5 ? third : 12];
      return Array.from({ length: bar }, (_, index) => [index, 0.9, walk[index] ?? 0, index === 0 ? 0.85 : 0.72] as const);
    }
    case 'offbeat':
      return Array.from({ length: bar }, (_, index) => [index + 0.5, 0.42, 0, 0.85] as const);
    case 'syncopated':
      return [
        [0, 0.9, 0, 0.9],
        [1.5, 0.45, 0, 0.7],
        [2, 0.8, upper, 0.65],
        [3.5, 0.4, 0, 0.6],
      ].flatMap(([beat = 0, beats = 0, semitones = 0, strength = 0]) =>
        beat < bar ? [[beat, beats, semitones, strength] as const] : [],
      );
    case 'pedal':
      return [[0, bar, 0, 0.75]];
    case 'root':
      return bar === 3
        ? [[0, 2.8, 0, 0.85]]
        : [
            [0, 1.9, 0, 0.85],
            [2, 1.9, 0, 0.65],
          ];
  }
}
