import { StepError } from '@polyreel/core';

/** Tonic as semitones above C, and mode. */
export interface Key {
  readonly tonic: number;
  readonly mode: 'major' | 'minor';
}

const noteOf: Readonly<Record<string, number>> = { c: 0, d: 2, e: 4, f: 5, g: 7, a: 9, b: 11 };

/** `Eb minor`, `F# major`, in any case. Throws a permanent StepError for anything else. */
export function parseKey(keyscale: string): Key {
  const match = /^\s*([a-g])([#b]?)\s+(major|minor)\s*$/i.exec(keyscale);
  const note = noteOf[match?.[1]?.toLowerCase() ?? ''];
  if (!match || note === undefined)
    throw new StepError({ code: 'unknown_key', publicMessage: `${keyscale.slice(0, 40)} is not a known key`, permanent: true });
  const shift = match[2] === '#' ? 1 : match[2] === 'b' ? -1 : 0;
  return { tonic: (note + shift + 12) % 12, mode: match[3]?.toLowerCase() === 'minor' ? 'minor' : 'major' };
}

const scales = { major: [0, 2, 4, 5, 7, 9, 11], minor: [0, 2, 3, 5, 7, 8, 10] } as const;

/** Semitones above the tonic of a scale degree; 0 is the tonic, 7 the octave, -1 the degree below. */
export const degreeSemitones = ({ mode }: Key, degree: number): number => {
  const octave = Math.floor(degree / 7);
  return octave * 12 + (scales[mode][degree - octave * 7] ?? 0);
};

/** A chord by its root's degree. */
export interface Chord {
  readonly degree: number;
  /** Adds the seventh. */
  readonly isSeventh: boolean;
  /** Minor keys: the leading note in place of the seventh degree, for a dominant that wants home. */
  readonly isDominant: boolean;
}

/** Semitones above the tonic, root first. */
export function chordSemitones(key: Key, chord: Chord): number[] {
  const steps = chord.isSeventh ? [0, 2, 4, 6] : [0, 2, 4];
  return steps.map((step) => {
    const semitones = degreeSemitones(key, chord.degree + step);
    const isSeventhDegree = (chord.degree + step) % 7 === 6;
    return chord.isDominant && key.mode === 'minor' && isSeventhDegree ? semitones + 1 : semitones;
  });
}

/** The note of a pitch class that lies nearest to `near`, as a MIDI number. */
export function nearestNote(pitchClass: number, near: number): number {
  const base = Math.round((near - pitchClass) / 12) * 12 + pitchClass;
  return base;
}

/**
 * Close position: each voice takes the chord note nearest to where it was, so that chords flow into each other. As harmony is taught, the tonic
 * chord has its root twice and a dominant seventh goes without its fifth: a listener finds home by what sounds most.
 */
export function voiceChord(key: Key, chord: Chord, centre: number, previous: readonly number[]): number[] {
  const classes = chordSemitones(key, chord)
    .filter((_, index) => !(chord.isDominant && chord.isSeventh && index === 2))
    .map((semitones) => (key.tonic + semitones) % 12);
  const target = previous.length === 0 ? centre : previous.reduce((sum, note) => sum + note, 0) / previous.length;
  // The mean may wander; pull it back to the centre.
  const middle = target * 0.5 + centre * 0.5;
  const voices = classes.map((pitchClass, index) => nearestNote(pitchClass, middle + (index - 1) * 3.5));
  return (chord.degree === 0 ? doubleRoot(voices) : voices).toSorted((a, b) => a - b);
}

/** Adds the root, which comes first, an octave higher; an octave lower where it is the highest note already. */
const doubleRoot = ([root = 60, ...others]: readonly number[]): number[] => [
  ...[root, ...others],
  others.every((midi) => midi < root) ? root - 12 : root + 12,
];

export const hertzOf = (midi: number): number => 440 * 2 ** ((midi - 69) / 12);

/** E1 to D#2. */
export const bassNote = (pitchClass: number): number => 28 + ((pitchClass - 4 + 12) % 12);
