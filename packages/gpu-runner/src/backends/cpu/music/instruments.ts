import { type Random, sampleRate } from '../sound/dsp.ts';
import { hertzOf } from './theory.ts';
import {
  added,
  envelope,
  type Held,
  held,
  lower,
  modulated,
  onePole,
  type PlayedNote,
  plucked,
  resonant,
  samplesOf,
  scaled,
  struck,
} from './voices.ts';

export type InstrumentName =
  | ('piano' | 'electricPiano' | 'guitar' | 'distortedGuitar' | 'pluck' | 'bell' | 'organ')
  | ('strings' | 'lowStrings' | 'synthPad' | 'choir' | 'flute' | 'sax' | 'brass' | 'synthLead')
  | ('electricBass' | 'uprightBass' | 'synthBass' | 'subBass');

/** One note in mono, its peak about its strength. Equal notes and streams give equal samples. */
export const playNote = (name: InstrumentName, note: PlayedNote, random: Random): Float32Array => players[name](note, random);

type Player = (note: PlayedNote, random: Random) => Float32Array;

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
          breath: 0.05,
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
