import type { Random } from '../sound/dsp.ts';
import type { Style } from './style.ts';
import type { Chord, Key } from './theory.ts';

export type SectionName = 'intro' | 'verse' | 'chorus' | 'bridge' | 'outro';

export interface Bar {
  readonly section: SectionName;
  /** 0..1: how many play, and how loudly. */
  readonly energy: number;
  readonly chord: Chord;
  /** The last of its section: the place for a fill. */
  readonly isTurn: boolean;
  /** Place within the four-bar phrase. */
  readonly phraseBar: number;
}

/** The pulse that is played: the asked tempo, doubled or halved until people would tap it. */
export interface Pulse {
  readonly beatsPerMinute: number;
  readonly secondsPerBeat: number;
}

export function pulseOf(bpm: number, { drums }: Pick<Style, 'drums'>): Pulse {
  // A beat to nod to is slow.
  const most = drums === 'lofi' ? 120 : 210;
  let beatsPerMinute = bpm;
  while (beatsPerMinute < 55) beatsPerMinute *= 2;
  while (beatsPerMinute > most) beatsPerMinute /= 2;
  return { beatsPerMinute, secondsPerBeat: 60 / beatsPerMinute };
}

/** Degrees of four bars; every one begins at home. */
const progressions: Readonly<Record<Key['mode'], Readonly<Record<Style['mood'], readonly (readonly number[])[]>>>> = {
  major: {
    neutral: [
      [0, 3, 0, 4],
      [0, 5, 3, 0],
      [0, 4, 3, 0],
      [0, 3, 4, 0],
    ],
    happy: [
      [0, 3, 4, 0],
      [0, 0, 3, 4],
      [0, 3, 0, 4],
    ],
    sad: [
      [0, 5, 3, 0],
      [0, 2, 3, 0],
      [0, 5, 0, 3],
    ],
    dark: [
      [0, 3, 0, 0],
      [0, 1, 0, 3],
    ],
    epic: [
      [0, 4, 3, 0],
      [0, 3, 0, 4],
      [0, 5, 3, 0],
    ],
  },
  // The tonic comes back before the relative major can take over.
  minor: {
    neutral: [
      [0, 5, 3, 4],
      [0, 3, 0, 4],
      [0, 5, 0, 4],
      [0, 6, 5, 0],
    ],
    happy: [
      [0, 3, 0, 4],
      [0, 5, 0, 4],
      [0, 3, 4, 0],
    ],
    sad: [
      [0, 3, 5, 4],
      [0, 5, 3, 0],
      [0, 3, 0, 4],
    ],
    dark: [
      [0, 5, 0, 4],
      [0, 0, 5, 4],
      [0, 3, 0, 4],
    ],
    epic: [
      [0, 5, 0, 4],
      [0, 5, 3, 4],
      [0, 3, 5, 0],
    ],
  },
};
const jazz: Readonly<Record<Key['mode'], readonly (readonly number[])[]>> = {
  major: [
    [0, 5, 1, 4],
    [0, 3, 0, 4],
    [0, 1, 4, 0],
  ],
  minor: [
    [0, 3, 0, 4],
    [0, 5, 3, 4],
    [0, 0, 3, 4],
  ],
};

const plans: readonly (readonly [barsMin: number, sections: readonly SectionName[]])[] = [
  [28, ['intro', 'verse', 'chorus', 'verse', 'chorus', 'bridge', 'chorus', 'outro']],
  [16, ['intro', 'verse', 'chorus', 'verse', 'chorus', 'outro']],
  [10, ['intro', 'verse', 'chorus', 'outro']],
  [5, ['verse', 'chorus']],
  [0, ['chorus']],
];
const energies: Readonly<Record<SectionName, number>> = { intro: 0.45, verse: 0.7, chorus: 1, bridge: 0.55, outro: 0.5 };

const pick = <T>(from: readonly T[], random: Random): T | undefined => from[Math.floor(random() * from.length)];

/** `count` bars before the last chord. A section is a multiple of four bars where there is room; the same sections have the same chords. */
export function buildForm(count: number, { key, style, random }: { key: Key; style: Style; random: Random }): Bar[] {
  const sections = plans.find(([barsMin]) => count >= barsMin)?.[1] ?? ['chorus'];
  const choices = style.hasSevenths && style.swing > 0.25 ? jazz[key.mode] : progressions[key.mode][style.mood];
  // A short piece has no time to come home twice.
  const verse = count < 8 ? [0, 3, 0, 4] : (pick(choices, random) ?? [0, 3, 4, 0]);
  const others = choices.filter((progression) => progression !== verse);
  const chorus = count < 8 ? verse : (pick(others, random) ?? verse);
  const bridge = key.mode === 'major' ? [3, 0, 1, 4] : [3, 0, 5, 4];
  const lengths = shareBars(count, sections);
  const bars: Bar[] = [];
  for (const [index, section] of sections.entries()) {
    const degrees = section === 'bridge' ? bridge : section === 'chorus' ? chorus : verse;
    const length = lengths[index] ?? 0;
    for (let at = 0; at < length; at += 1) {
      const degree = degrees[Math.floor(at / style.barsPerChord) % degrees.length] ?? 0;
      const isTurn = at === length - 1;
      bars.push({
        section,
        energy: energies[section] * (count < 5 ? 0.95 : 1),
        chord: chordOn(degree, style),
        isTurn,
        phraseBar: at % 4,
      });
    }
  }
  return settle(bars, style);
}

/**
 * The piece begins at home, and the chord before the last one wants to go there. A dominant that only another dominant follows gives way to the
 * subdominant: two in a row become a home of their own.
 */
function settle(bars: Bar[], style: Style): Bar[] {
  const last = bars.length - 1;
  const degreeAt = (index: number): number | undefined => {
    if (index === 0) return 0;
    return index === last ? (style.mood === 'dark' ? 3 : 4) : bars[index]?.chord.degree;
  };
  return bars.map((bar, index) => {
    const degree = degreeAt(index) ?? 0;
    const isRepeated = degree === 4 && degreeAt(index + 1) === 4;
    return { ...bar, chord: chordOn(isRepeated ? 3 : degree, style) };
  });
}

/** The dominant always has its seventh: the one note that no other key close by has. */
const chordOn = (degree: number, { hasSevenths }: Style): Chord => ({
  degree,
  isSeventh: degree === 4 || (hasSevenths && degree !== 0),
  isDominant: degree === 4,
});

/** Four bars to an intro or outro, the rest shared by fours, what is left over to the last chorus. */
function shareBars(count: number, sections: readonly SectionName[]): number[] {
  const lengths = sections.map((section) =>
    section === 'intro' || section === 'outro' ? Math.min(4, Math.floor(count / 6)) : 0,
  );
  const grows = sections.flatMap((section, index) => (section === 'intro' || section === 'outro' ? [] : [index]));
  let left = count - lengths.reduce((sum, length) => sum + length, 0);
  for (let turn = 0; left >= 4; turn += 1) {
    const index = grows[turn % grows.length] ?? 0;
    lengths[index] = (lengths[index] ?? 0) + 4;
    left -= 4;
  }
  const last = grows.at(-1) ?? 0;
  lengths[last] = (lengths[last] ?? 0) + left;
  return lengths;
}
