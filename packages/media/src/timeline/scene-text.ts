import type { Gradient, Rgba } from './scene-graph.ts';

/** The face of a run of text. `family` may be unknown: the back end substitutes and warns. */
export interface TextFont {
  readonly family: string;
  /** Pixels. */
  readonly size: number;
  /** 1..1000. */
  readonly weight: number;
  readonly isItalic: boolean;
  /** Holds the font's opacity. */
  readonly color: Rgba;
  /** Behind the letters of the run, line by line. */
  readonly background: Rgba | null;
}

/** Lies outside the letter: drawn before the fill at twice the width, joins round. */
export interface TextStroke {
  readonly width: number;
  readonly color: Rgba;
}

export interface TextShadow {
  readonly x: number;
  readonly y: number;
  /** CSS blur radius: sigma is half of it. */
  readonly blur: number;
  readonly color: Rgba;
}

export type TextDecoration = 'none' | 'underline' | 'line-through';

export interface Padding {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** How a paragraph looks; shared by texts and captions. */
export interface TextStyle {
  readonly font: TextFont;
  /** Pixels between letters and between words, beside the font's own. */
  readonly letterSpacing: number;
  readonly wordSpacing: number;
  /** Times the font size. */
  readonly lineHeight: number;
  readonly decoration: TextDecoration;
  /** Paints the letters instead of the colour, over the box of the laid-out paragraph. */
  readonly gradient: Gradient | null;
  readonly stroke: TextStroke | null;
  readonly shadow: TextShadow | null;
  readonly align: { readonly horizontal: 'left' | 'center' | 'right'; readonly vertical: 'top' | 'middle' | 'bottom' };
  /** `auto`: by the first strong letter. */
  readonly direction: 'ltr' | 'rtl' | 'auto';
  /** Between the box and the text. */
  readonly padding: Padding;
  /** `wraps`: hugs the text (each side grown by `padding`); otherwise it fills the box. */
  readonly background: {
    readonly color: Rgba;
    readonly cornerRadius: number;
    readonly wraps: boolean;
    readonly padding: number;
  } | null;
  /** Around the background (or the box without one), inside its edge. */
  readonly border: { readonly width: number; readonly color: Rgba; readonly radius: number } | null;
}

/** A stretch of text that differs from the paragraph's style. Null: as the paragraph. Line breaks are `\n`. */
export interface TextRun {
  readonly text: string;
  readonly weight: number | null;
  readonly isItalic: boolean | null;
  readonly color: Rgba | null;
  readonly decoration: TextDecoration | null;
}

/** What a text does while it enters (or leaves: the same, run backwards at the end of the layer). */
export interface TextAnimation {
  readonly preset: 'fadeIn' | 'slideIn' | 'typewriter' | 'ascend' | 'shift' | 'movingLetters';
  readonly durationSeconds: number;
  /** What appears at a time. */
  readonly unit: 'character' | 'word';
  /** Where it moves to. */
  readonly direction: 'left' | 'right' | 'up' | 'down';
}

/** A cue on screen. Times count from the layer's start; trim and speed are applied; cues rise and do not overlap. */
export interface CaptionCue {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** At least one. Line breaks of the file, and those by `maxWordsPerLine`, are in `endsLine`. */
  readonly words: readonly CaptionWord[];
}

export interface CaptionWord {
  readonly text: string;
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly endsLine: boolean;
}

/** The look of the word being spoken; null keeps what the paragraph has. */
export interface ActiveWordStyle {
  readonly font: Partial<TextFont>;
  readonly decoration: TextDecoration | null;
  /** `none` takes the paragraph's away. */
  readonly stroke: TextStroke | 'none' | null;
  readonly shadow: TextShadow | 'none' | null;
}
