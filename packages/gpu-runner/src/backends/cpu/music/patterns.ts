import type { DrumSound } from './drums.ts';

/** A hit within a bar: place in beats, strength 0..1. */
export interface Hit {
  readonly sound: DrumSound;
  readonly beat: number;
  readonly strength: number;
}

export type PatternName = 'pop' | 'rock' | 'fourOnFloor' | 'swing' | 'lofi' | 'trap' | 'cinematic' | 'timpani' | 'brushes';
/** How chords are broken up by the accompaniment. */
export type PluckPattern = 'block' | 'arpeggio' | 'strum' | 'offbeat' | 'chug' | 'sparse' | 'ostinato';

/** One character a sixteenth: `x` accent, `o` normal, `.` ghost, blank none. */
const grids: Readonly<Record<PatternName, Partial<Record<DrumSound, string>>>> = {
  pop: { kick: 'x     o x       ', snare: '    x       x   ', hat: 'x o x o x o x o ' },
  rock: { kick: 'x     o x o     ', snare: '    x       x   ', hat: 'x   o   x   o   ', openHat: '              . ' },
  fourOnFloor: { kick: 'x   x   x   x   ', clap: '    o       o   ', hat: '. . . . . . . . ', openHat: '  o   o   o   o ' },
  swing: { ride: 'x   o  oo   o  o', hat: '    o       o   ', kick: '.       .       ', rim: '          .     ' },
  lofi: { kick: 'x      .  o     ', snare: '    o       o  .', hat: 'o . o . o . o . ' },
  trap: { kick: 'x     o   o     ', clap: '        x       ', hat: 'o.o.o.oooo.o.o..', rim: '      .       . ' },
  cinematic: { timpani: 'x     . x   . . ', tom: 'x  o  o x  o  o ', crash: '' },
  timpani: { timpani: 'x       o       ' },
  brushes: { kick: 'x       .       ', shaker: 'o . o . o . o . ', rim: '    o       o   ' },
};
const strengths: Readonly<Record<string, number>> = { x: 1, o: 0.72, '.': 0.4 };

/** Hits of a whole bar of `beatsPerBar` quarters. */
export function drumBar(name: PatternName, beatsPerBar: number): Hit[] {
  return Object.entries(grids[name]).flatMap(([sound, grid]) =>
    [...grid].flatMap((mark, index) => {
      const strength = strengths[mark];
      return strength === undefined || index / 4 >= beatsPerBar ? [] : [{ sound: drumSoundOf(sound), beat: index / 4, strength }];
    }),
  );
}

const names = [
  'kick',
  'snare',
  'clap',
  'hat',
  'openHat',
  'ride',
  'crash',
  'rim',
  'tom',
  'timpani',
  'shaker',
] as const satisfies readonly DrumSound[];
const drumSoundOf = (name: string): DrumSound => {
  const found = names.find((known) => known === name);
  if (found === undefined) throw new RangeError(`unknown drum ${name}`);
  return found;
};

/** A run into the next section: sixteenths over the last two beats. */
export const fill = (beatsPerBar: number): Hit[] =>
  Array.from({ length: 8 }, (_, index) => ({
    sound: index < 4 ? ('snare' as const) : ('tom' as const),
    beat: beatsPerBar - 2 + index / 4,
    strength: 0.45 + 0.06 * index,
  }));

/** Off-beat eighths come late. */
export function swung(beat: number, swing: number): number {
  const within = beat - Math.floor(beat);
  return within >= 0.5 ? beat + (within === 0.5 ? swing * 0.5 : swing * 0.25) : beat;
}
