import { createRandom, type Random } from '../sound/dsp.ts';
import { accompany, bassLine, padChord } from './accompany.ts';
import type { DrumSound } from './drums.ts';
import { type Bar, buildForm, type Pulse, pulseOf } from './form.ts';
import type { InstrumentName } from './instruments.ts';
import { layMotif, makeMotif, type Motif } from './melody.ts';
import { drumBar, fill, swung } from './patterns.ts';
import { readStyle, type Style } from './style.ts';
import { bassNote, type Key, parseKey, voiceChord } from './theory.ts';

export type PartName = 'lead' | 'comp' | 'pad' | 'bass';

export interface ScoreNote {
  readonly part: PartName;
  readonly instrument: InstrumentName;
  readonly midi: number;
  readonly startBeat: number;
  readonly beats: number;
  readonly strength: number;
}

export interface ScoreHit {
  readonly sound: DrumSound;
  readonly beat: number;
  readonly strength: number;
}

/** A piece before anything sounds. Times are beats of `pulse`. */
export interface Score {
  readonly key: Key;
  readonly style: Style;
  readonly pulse: Pulse;
  readonly notes: readonly ScoreNote[];
  readonly hits: readonly ScoreHit[];
  /** Notes that are sung where there are words. */
  readonly melody: readonly ScoreNote[];
  /** Where the last chord is struck. */
  readonly lastBeat: number;
}

export interface Brief {
  readonly tags: string;
  readonly bpm: number;
  readonly keyscale: string;
  readonly seconds: number;
  readonly seed: number;
  readonly isSung: boolean;
}

/** The last chord rings at least so long. */
const ringSecondsMin = 1.4;

/** Writes a piece of about the length: its last chord is struck on a beat and has time to ring. Equal briefs give equal scores. */
export function compose(brief: Brief): Score {
  const key = parseKey(brief.keyscale);
  const style = readStyle(brief.tags);
  const pulse = pulseOf(brief.bpm, style);
  const random = createRandom(brief.seed);
  const beats = brief.seconds / pulse.secondsPerBeat;
  const ringBeats = Math.min(ringSecondsMin / pulse.secondsPerBeat, beats / 3);
  const lastBeat = Math.max(0, Math.floor(beats - ringBeats));
  const barCount = Math.max(1, Math.ceil(lastBeat / style.beatsPerBar));
  const bars = buildForm(barCount, { key, style, random });
  const writer = new Writer({ key, style, random, lastBeat, isSung: brief.isSung });
  for (const [index, bar] of bars.entries()) writer.writeBar(bar, index);
  writer.writeEnd(beats - lastBeat);
  return { key, style, pulse, lastBeat, ...writer.score() };
}

class Writer {
  readonly #context: { key: Key; style: Style; random: Random; lastBeat: number; isSung: boolean };
  readonly #notes: ScoreNote[] = [];
  readonly #hits: ScoreHit[] = [];
  readonly #melody: ScoreNote[] = [];
  readonly #motifs: Readonly<Record<'verse' | 'chorus' | 'answer', Motif>>;
  #voicing: number[] = [];
  #degree: number | undefined;

  constructor(context: { key: Key; style: Style; random: Random; lastBeat: number; isSung: boolean }) {
    this.#context = context;
    const { random, style } = context;
    const density = context.isSung ? Math.max(0.45, style.density) : style.density;
    const make = (more: number) => makeMotif(random, { density: Math.min(1, density + more), beatsPerBar: style.beatsPerBar });
    this.#motifs = { verse: make(0), chorus: make(0.1), answer: make(-0.1) };
  }

  score() {
    return { notes: this.#notes, hits: this.#hits, melody: this.#melody };
  }

  writeBar(bar: Bar, index: number): void {
    const { key, style } = this.#context;
    const start = index * style.beatsPerBar;
    this.#voicing = voiceChord(key, bar.chord, 58 + 6 * style.brightness, this.#voicing);
    const setting = { key, style, bar, start, voicing: this.#voicing, random: this.#context.random };
    this.#add(padChord(setting));
    if (bar.section !== 'intro' || style.pad === null || index % 2 === 1) this.#add(accompany(setting));
    if (bar.section !== 'intro' || style.drums === null) this.#add(bassLine(setting));
    this.#writeDrums(bar, start, index);
    this.#writeMelody(bar, start);
  }

  /** Everybody comes home on the tonic. */
  writeEnd(ringBeats: number): void {
    const { key, style, lastBeat } = this.#context;
    const chord = { degree: 0, isSeventh: false, isDominant: false };
    const voicing = voiceChord(key, chord, 58 + 6 * style.brightness, this.#voicing);
    const base = { startBeat: lastBeat, beats: ringBeats, strength: 0.85 };
    for (const [part, instrument] of [
      ['pad', style.pad],
      ['comp', style.comp],
    ] as const)
      if (instrument !== null)
        for (const midi of instrument === 'distortedGuitar' ? [40 + ((key.tonic - 4 + 12) % 12)] : voicing)
          this.#notes.push({ ...base, part, instrument, midi, strength: part === 'pad' ? 0.6 : 0.8 });
    if (style.bass !== null) this.#notes.push({ ...base, part: 'bass', instrument: style.bass, midi: bassNote(key.tonic) });
    const home = Math.round((72 - key.tonic) / 12) * 12 + key.tonic;
    const last: ScoreNote = {
      ...base,
      part: 'lead',
      instrument: style.lead ?? 'bell',
      midi: home,
      beats: Math.min(ringBeats, 3),
    };
    if (this.#context.isSung) this.#melody.push(last);
    else if (style.lead !== null) this.#notes.push(last);
    if (style.drums !== null)
      this.#hits.push(
        { sound: style.kit === 'orchestral' ? 'timpani' : 'kick', beat: lastBeat, strength: 0.9 },
        { sound: 'crash', beat: lastBeat, strength: 0.5 },
      );
  }

  #add(notes: readonly ScoreNote[]): void {
    const { lastBeat } = this.#context;
    for (const note of notes)
      if (note.startBeat < lastBeat) this.#notes.push({ ...note, beats: Math.min(note.beats, lastBeat - note.startBeat) });
  }

  #writeDrums(bar: Bar, start: number, index: number): void {
    const { style, lastBeat } = this.#context;
    if (style.drums === null) return;
    const isThin = bar.section === 'intro' || bar.section === 'bridge';
    const pattern = drumBar(style.drums, style.beatsPerBar);
    const kept = isThin ? pattern.filter(({ sound }) => sound !== 'snare' && sound !== 'kick' && sound !== 'clap') : pattern;
    const extra = style.extraDrums.flatMap((sound) =>
      Array.from({ length: style.beatsPerBar * (sound === 'shaker' ? 2 : 1) }, (_, at) => ({
        sound,
        beat: sound === 'shaker' ? at / 2 : at,
        strength: at % 2 === 1 ? 0.7 : 0.4,
      })),
    );
    const isFilled = bar.isTurn && style.kit !== 'orchestral' && style.drums !== 'swing' && bar.section !== 'outro';
    const hits = isFilled
      ? [...kept.filter(({ beat, sound }) => beat < style.beatsPerBar - 2 || sound === 'kick'), ...fill(style.beatsPerBar)]
      : kept;
    const isOpening = index > 0 && bar.phraseBar === 0 && bar.section === 'chorus';
    const all = [...hits, ...extra, ...(isOpening ? [{ sound: 'crash' as const, beat: 0, strength: 0.55 }] : [])];
    for (const hit of all) {
      const beat = start + swung(hit.beat, style.swing);
      if (beat < lastBeat) this.#hits.push({ ...hit, beat, strength: hit.strength * (0.6 + 0.4 * bar.energy) });
    }
  }

  #writeMelody(bar: Bar, start: number): void {
    const { key, style, lastBeat, isSung } = this.#context;
    if ((style.lead === null && !isSung) || bar.section === 'intro' || (bar.section === 'outro' && bar.phraseBar > 0)) return;
    // Two bars ask, two answer; the last of four rests on its note.
    const isChorus = bar.section === 'chorus';
    if (bar.phraseBar === 3 && !isSung && !isChorus) return;
    const motif = bar.phraseBar % 2 === 1 ? this.#motifs.answer : isChorus ? this.#motifs.chorus : this.#motifs.verse;
    const centre = isSung ? 62 : leadCentre(style) + (isChorus ? 3 : 0);
    const { notes, degree } = layMotif(motif, {
      key,
      chord: bar.chord,
      centre,
      from: this.#degree,
      isCadence: bar.phraseBar % 2 === 1,
    });
    this.#degree = degree;
    for (const note of notes) {
      const startBeat = start + swung(note.beat, style.swing);
      if (startBeat >= lastBeat) continue;
      const written: ScoreNote = {
        part: 'lead',
        instrument: style.lead ?? 'bell',
        midi: note.midi,
        startBeat,
        beats: Math.min(note.beats, lastBeat - startBeat),
        strength: note.strength * (0.75 + 0.25 * bar.energy),
      };
      (isSung ? this.#melody : this.#notes).push(written);
    }
  }
}

const leadCentre = ({ lead, brightness }: Style): number => {
  const base = lead === 'brass' || lead === 'sax' ? 64 : lead === 'bell' || lead === 'flute' ? 76 : 70;
  return base + Math.round(4 * (brightness - 0.5));
};
