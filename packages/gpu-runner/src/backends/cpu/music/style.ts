import type { PatternName, PluckPattern } from './patterns.ts';
import type { InstrumentName } from './instruments.ts';
import type { DrumSound } from './drums.ts';

/** How a piece sounds, read from its tags. Levels are linear, 0 silent. */
export interface Style {
  readonly drums: PatternName | null;
  /** Timbre of the drum kit. */
  readonly kit: 'acoustic' | 'electronic' | 'soft' | 'orchestral';
  readonly bass: InstrumentName | null;
  readonly bassPattern: 'root' | 'eighths' | 'walking' | 'offbeat' | 'pedal' | 'syncopated';
  readonly pad: InstrumentName | null;
  readonly comp: InstrumentName | null;
  readonly compPattern: PluckPattern;
  readonly lead: InstrumentName | null;
  /** 0 straight, 1/3 triplets. */
  readonly swing: number;
  /** Notes of the melody, 0 few, 1 many. */
  readonly density: number;
  /** 0 dark, 1 bright: filters and register. */
  readonly brightness: number;
  /** Reverberation, 0 dry, 1 a cathedral. */
  readonly space: number;
  readonly hasSevenths: boolean;
  readonly beatsPerBar: 3 | 4;
  /** Moving on after each bar or each second one. */
  readonly barsPerChord: 1 | 2;
  readonly mood: 'happy' | 'sad' | 'neutral' | 'dark' | 'epic';
  /** Continuous crackle of an old record. */
  readonly crackle: number;
  readonly extraDrums: readonly DrumSound[];
}

const neutral: Style = {
  drums: 'pop',
  kit: 'acoustic',
  bass: 'electricBass',
  bassPattern: 'eighths',
  pad: 'strings',
  comp: 'piano',
  compPattern: 'arpeggio',
  lead: 'bell',
  swing: 0,
  density: 0.5,
  brightness: 0.55,
  space: 0.35,
  hasSevenths: false,
  beatsPerBar: 4,
  barsPerChord: 1,
  mood: 'neutral',
  crackle: 0,
  extraDrums: [],
};

/** The first that is found sets the ground. */
const genres: readonly (readonly [RegExp, Partial<Style>])[] = [
  [
    /\b(?:ambient|drone|meditat\w*|new age|atmospher\w*|soundscape|sleep|space music)\b/,
    {
      drums: null,
      bass: 'subBass',
      bassPattern: 'pedal',
      pad: 'synthPad',
      comp: 'bell',
      compPattern: 'sparse',
      lead: null,
      density: 0.15,
      brightness: 0.35,
      space: 0.9,
      hasSevenths: true,
      barsPerChord: 2,
    },
  ],
  [
    /\b(?:lo-?fi|chillhop|chill ?hop|study beats)\b/,
    {
      drums: 'lofi',
      kit: 'soft',
      bass: 'uprightBass',
      bassPattern: 'syncopated',
      pad: null,
      comp: 'electricPiano',
      compPattern: 'block',
      lead: 'pluck',
      swing: 0.22,
      density: 0.35,
      brightness: 0.25,
      space: 0.3,
      hasSevenths: true,
      crackle: 1,
    },
  ],
  [
    /\b(?:jazz\w*|swing|bebop|big band|bossa\w*|blues)\b/,
    {
      drums: 'swing',
      kit: 'soft',
      bass: 'uprightBass',
      bassPattern: 'walking',
      pad: null,
      comp: 'piano',
      compPattern: 'offbeat',
      lead: 'sax',
      swing: 0.3,
      density: 0.7,
      brightness: 0.45,
      space: 0.3,
      hasSevenths: true,
    },
  ],
  [
    /\b(?:metal|punk|hardcore|grunge|hard rock|heavy)\b/,
    {
      drums: 'rock',
      bass: 'electricBass',
      bassPattern: 'eighths',
      pad: null,
      comp: 'distortedGuitar',
      compPattern: 'chug',
      lead: 'synthLead',
      density: 0.6,
      brightness: 0.8,
      space: 0.2,
    },
  ],
  [
    /\b(?:rock|indie|alternative|garage)\b/,
    {
      drums: 'rock',
      bass: 'electricBass',
      bassPattern: 'eighths',
      pad: 'organ',
      comp: 'distortedGuitar',
      compPattern: 'strum',
      lead: 'pluck',
      density: 0.5,
      brightness: 0.65,
      space: 0.25,
    },
  ],
  [
    /\b(?:trap|hip ?hop|rap|drill|boom ?bap|r&b|rnb)\b/,
    {
      drums: 'trap',
      kit: 'electronic',
      bass: 'subBass',
      bassPattern: 'syncopated',
      pad: 'synthPad',
      comp: 'pluck',
      compPattern: 'sparse',
      lead: 'bell',
      density: 0.4,
      brightness: 0.4,
      space: 0.4,
    },
  ],
  [
    /\b(?:electronic|electro|edm|techno|house|trance|dance|disco|synth ?wave|synth ?pop|retro ?wave|dubstep|drum (?:and|&|n) bass|dnb|cyberpunk|chiptune|8-?bit|club)\b/,
    {
      drums: 'fourOnFloor',
      kit: 'electronic',
      bass: 'synthBass',
      bassPattern: 'offbeat',
      pad: 'synthPad',
      comp: 'pluck',
      compPattern: 'arpeggio',
      lead: 'synthLead',
      density: 0.55,
      brightness: 0.75,
      space: 0.4,
    },
  ],
  [
    /\b(?:cinematic|trailer|epic|film score|soundtrack|movie|heroic|adventure)\b/,
    {
      drums: 'cinematic',
      kit: 'orchestral',
      bass: 'lowStrings',
      bassPattern: 'root',
      pad: 'strings',
      comp: 'strings',
      compPattern: 'ostinato',
      lead: 'brass',
      density: 0.35,
      brightness: 0.5,
      space: 0.65,
    },
  ],
  [
    /\b(?:orchestra\w*|classical|symphon\w*|baroque|string quartet|chamber|waltz)\b/,
    {
      drums: 'timpani',
      kit: 'orchestral',
      bass: 'lowStrings',
      bassPattern: 'root',
      pad: 'strings',
      comp: 'strings',
      compPattern: 'arpeggio',
      lead: 'flute',
      density: 0.5,
      brightness: 0.5,
      space: 0.6,
    },
  ],
  [
    /\b(?:acoustic|folk|country|singer[- ]songwriter|campfire|bluegrass|ukulele)\b/,
    {
      drums: 'brushes',
      kit: 'soft',
      bass: 'uprightBass',
      bassPattern: 'root',
      pad: null,
      comp: 'guitar',
      compPattern: 'strum',
      lead: 'flute',
      density: 0.4,
      brightness: 0.5,
      space: 0.25,
    },
  ],
  [
    /\b(?:pop|funk|soul|corporate|upbeat|reggae|latin)\b/,
    {
      drums: 'pop',
      bass: 'electricBass',
      bassPattern: 'syncopated',
      comp: 'electricPiano',
      compPattern: 'offbeat',
      lead: 'pluck',
      density: 0.55,
      brightness: 0.65,
      space: 0.3,
    },
  ],
  [
    /\b(?:solo piano|piano)\b/,
    {
      drums: null,
      bass: 'piano',
      bassPattern: 'root',
      pad: null,
      comp: 'piano',
      compPattern: 'arpeggio',
      lead: 'piano',
      density: 0.5,
      space: 0.45,
    },
  ],
  [
    /\b(?:lullaby|music box|gentle|calm|relax\w*|peaceful|soft)\b/,
    {
      drums: null,
      bass: 'uprightBass',
      bassPattern: 'root',
      pad: 'strings',
      comp: 'guitar',
      compPattern: 'arpeggio',
      lead: 'bell',
      density: 0.3,
      space: 0.5,
    },
  ],
];

/** Each that is found changes what the ground set. */
const touches: readonly (readonly [RegExp, (style: Style) => Partial<Style>])[] = [
  [
    /\b(?:happy|joyful|cheerful|uplifting|bright|fun|playful|positive)\b/,
    (style) => ({ mood: 'happy', density: style.density + 0.15, brightness: style.brightness + 0.15 }),
  ],
  [
    /\b(?:sad|melanchol\w*|somber|sombre|emotional|lonely|nostalgi\w*|heartbr\w*|grief)\b/,
    (style) => ({ mood: 'sad', density: style.density * 0.6, brightness: style.brightness * 0.7, space: style.space + 0.15 }),
  ],
  [
    /\b(?:dark|tense|tension|horror|scary|ominous|suspense\w*|thriller|sinister|mysterious)\b/,
    (style) => ({ mood: 'dark', density: style.density * 0.7, brightness: style.brightness * 0.5, space: style.space + 0.2 }),
  ],
  [/\b(?:epic|heroic|triumphant|powerful|dramatic|intense)\b/, (style) => ({ mood: 'epic', brightness: style.brightness + 0.1 })],
  [
    /\b(?:energetic|driving|fast|aggressive|upbeat)\b/,
    (style) => ({ density: style.density + 0.2, drums: style.drums ?? 'pop' }),
  ],
  [
    /\b(?:calm|gentle|soft|quiet|slow|relax\w*|peaceful|minimal\w*|sparse|dreamy)\b/,
    (style) => ({ density: style.density * 0.6, space: style.space + 0.15 }),
  ],
  [/\b(?:waltz|3\/4)\b/, () => ({ beatsPerBar: 3 })],
  [/\bpiano\b/, () => ({ comp: 'piano' })],
  [/\b(?:rhodes|electric piano)\b/, () => ({ comp: 'electricPiano' })],
  [
    /\b(?:acoustic guitar|guitars?|ukulele)\b/,
    (style) => ({ comp: style.comp === 'distortedGuitar' ? 'distortedGuitar' : 'guitar' }),
  ],
  [/\b(?:electric guitar|distorted)\b/, () => ({ comp: 'distortedGuitar' })],
  [/\b(?:strings|violins?|cellos?|viola)\b/, () => ({ pad: 'strings' })],
  [/\b(?:choir|choral|chant|vocal pad)\b/, () => ({ pad: 'choir' })],
  [/\borgan\b/, () => ({ pad: 'organ' })],
  [/\b(?:synth pad|pads)\b/, () => ({ pad: 'synthPad' })],
  [/\bflute\b/, () => ({ lead: 'flute' })],
  [/\b(?:brass|trumpets?|horns?|trombones?)\b/, () => ({ lead: 'brass' })],
  [/\b(?:sax|saxophone)\b/, () => ({ lead: 'sax' })],
  [/\b(?:bells?|music box|glockenspiel|celesta|chimes)\b/, () => ({ lead: 'bell' })],
  [/\b(?:synth(?:esi[sz]er)? lead|lead synth)\b/, () => ({ lead: 'synthLead' })],
  [/\bviolin (?:solo|lead)\b/, () => ({ lead: 'strings' })],
  [/\b(?:no drums|without drums|drumless|beatless|no percussion)\b/, () => ({ drums: null, extraDrums: [] })],
  [/\b(?:no bass|without bass)\b/, () => ({ bass: null })],
  [/\b(?:no melody|without melody|background|underscore)\b/, () => ({ lead: null })],
  [/\bshakers?\b/, (style) => ({ extraDrums: [...style.extraDrums, 'shaker'] })],
  [/\b(?:tambourine|claps?|handclaps?)\b/, (style) => ({ extraDrums: [...style.extraDrums, 'clap'] })],
];

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** Words that mean nothing here leave the style neutral. */
export function readStyle(tags: string): Style {
  const text = tags.toLowerCase().replace(/[^a-z0-9&/ -]+/g, ' ');
  const genre = genres.find(([words]) => words.test(text))?.[1] ?? {};
  let style: Style = { ...neutral, ...genre };
  for (const [words, change] of touches) if (words.test(text)) style = { ...style, ...change(style) };
  return { ...style, density: clamp(style.density), brightness: clamp(style.brightness), space: clamp(style.space) };
}
