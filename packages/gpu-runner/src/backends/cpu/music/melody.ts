import type { Random } from '../sound/dsp.ts';
import { degreeSemitones, type Chord, type Key } from './theory.ts';

export interface MelodyNote {
  /** Within the bar. */
  readonly beat: number;
  readonly beats: number;
  readonly midi: number;
  readonly strength: number;
}

/** A rhythm and a shape, told apart from the chords they are laid over, so that a listener knows it again. */
export interface Motif {
  readonly steps: readonly { readonly beat: number; readonly beats: number; readonly move: number }[];
}

/** One bar of rhythm: eighths, joined until the density is right. */
export function makeMotif(random: Random, { density, beatsPerBar }: { density: number; beatsPerBar: number }): Motif {
  const slots = beatsPerBar * 2;
  const starts = [0];
  for (let slot = 1; slot < slots; slot += 1) {
    const weight = slot % 2 === 0 ? 0.95 : 0.5;
    if (random() < density * weight + 0.08) starts.push(slot);
  }
  const moves = [0, 1, 1, -1, -1, 2, -2, 3, -3];
  const steps = starts.map((slot, index) => {
    const next = starts[index + 1] ?? slots;
    const isLast = index === starts.length - 1;
    return {
      beat: slot / 2,
      beats: Math.min((next - slot) / 2, isLast ? 2 : 1.5) * 0.92,
      move: index === 0 ? 0 : (moves[Math.floor(random() * moves.length)] ?? 1),
    };
  });
  return { steps };
}

export interface MelodyContext {
  readonly key: Key;
  readonly chord: Chord;
  /** MIDI number about which the melody moves. */
  readonly centre: number;
  /** Last note, as a scale degree above the tonic; undefined at the start. */
  readonly from: number | undefined;
  /** Ends on a note of the chord, held. */
  readonly isCadence: boolean;
}

/** Lays a motif over a chord: on the beat its notes belong to the chord, between they walk the scale. */
export function layMotif(motif: Motif, context: MelodyContext): { notes: MelodyNote[]; degree: number } {
  const { key, chord, centre } = context;
  const chordDegrees = restingDegrees(chord);
  // Degrees are counted from the tonic nearest to the centre.
  const home = Math.round((centre - key.tonic) / 12) * 12 + key.tonic;
  let degree = context.from ?? nearest(chordDegrees, 2);
  const notes = motif.steps.map(({ beat, beats, move }, index): MelodyNote => {
    degree += move;
    if (degree > 8) degree -= 4;
    if (degree < -4) degree += 4;
    const isStrong = Number.isInteger(beat) && beat % 2 === 0;
    const isEnd = context.isCadence && index === motif.steps.length - 1;
    if (isEnd && chordDegrees.some((step) => step % 7 === 0)) degree = nearest([0], degree);
    else if (isStrong || isEnd) degree = nearest(chordDegrees, degree);
    return {
      beat,
      beats: isEnd ? Math.max(beats, 1.5) : beats,
      midi: home + melodySemitones(key, chord, degree),
      strength: isStrong ? 0.9 : 0.72,
    };
  });
  return { notes, degree };
}

/**
 * Notes to rest on. The melody dwells neither on the roots of the dominant and the subdominant, each the home of a neighbouring key, nor on the
 * leading note: it walks through them.
 */
function restingDegrees({ degree, isDominant }: Chord): number[] {
  if (degree === 0) return [0, 2];
  if (isDominant) return [8, 10];
  return degree === 3 ? [5, 7] : [degree, degree + 2, degree + 4];
}

/** In minor the dominant's leading note is the melody's too: the natural seventh would rub against it. */
const melodySemitones = (key: Key, { isDominant }: Chord, degree: number): number =>
  degreeSemitones(key, degree) + (isDominant && key.mode === 'minor' && ((degree % 7) + 7) % 7 === 6 ? 1 : 0);

/** The degree nearest to `wanted` of those given, in any octave. */
function nearest(degrees: readonly number[], wanted: number): number {
  let best = wanted;
  let distance = Number.POSITIVE_INFINITY;
  for (const degree of degrees)
    for (const octave of [-14, -7, 0, 7, 14])
      if (Math.abs(degree + octave - wanted) < distance) {
        best = degree + octave;
        distance = Math.abs(degree + octave - wanted);
      }
  return best;
}
