import { z } from 'zod';
import { canvasSchema, frameRateSchema, soundTaskSchema } from '../tasks.ts';

const file = z.object({ fileId: z.string() });
const seconds = z.number().nonnegative();

/** What is seen. `picture`: one that is drawn, after `image` where given; `clip`: a drawn opening frame that is then set in motion. */
export const storyVisualSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('picture'),
    model: z.string(),
    canvas: canvasSchema,
    prompt: z.string(),
    image: file.optional(),
  }),
  z.object({
    type: z.literal('clip'),
    pictureModel: z.string(),
    model: z.string(),
    canvas: canvasSchema,
    frameRate: frameRateSchema,
    frameCount: z.int().min(1).max(100_000),
    prompt: z.string(),
    image: file.optional(),
  }),
  z.object({ type: z.literal('file'), file, family: z.enum(['image', 'video']) }),
]);
export type StoryVisual = z.infer<typeof storyVisualSchema>;

export const timedWordSchema = z.object({ text: z.string(), startSeconds: seconds, endSeconds: seconds });
export type TimedWord = z.infer<typeof timedWordSchema>;

/** One thing that is said or shown, in order. */
export const storyBeatSchema = z.object({
  /** Spoken to the letter; empty: silent. */
  text: z.string(),
  /** Shown from the start of this beat to that of the next one with another visual. */
  visual: z.int().nonnegative(),
  /** Silence after it. */
  pauseSeconds: seconds,
  /** Of a silent beat. */
  seconds: z.number().positive().optional(),
  /** Of a beat that lies in the recording: when each word is said. */
  words: z.array(timedWordSchema).min(1).optional(),
});
export type StoryBeat = z.infer<typeof storyBeatSchema>;

const color = z.string().regex(/^#[0-9a-f]{6}$/);

/** Pixels are those of a film whose shorter side has 1080. */
export const captionLookSchema = z.object({
  fontFamily: z.string().optional(),
  fontPixels: z.number().min(1).max(500),
  fontWeight: z.int().min(100).max(900),
  color,
  align: z.enum(['left', 'center', 'right']),
  position: z.enum(['top', 'middle', 'bottom']),
  stroke: z.object({ color, pixels: z.number().min(0).max(100) }).nullable(),
  /** `word`: only behind the word that is being said. */
  ground: z
    .object({
      form: z.enum(['box', 'lines', 'word']),
      color,
      opacityRatio: z.number().min(0).max(1),
      cornerRatio: z.number().min(0).max(1),
    })
    .nullable(),
  /** Of the word that is being said; null: as the others. */
  spokenColor: color.nullable(),
  spokenStrokeColor: color.nullable(),
  /** Words that were said keep that colour. */
  keepsSpokenColor: z.boolean(),
});
export type CaptionLook = z.infer<typeof captionLookSchema>;

export const storyTransitions = ['dynamic', 'none', 'fade', 'rise', 'pan', 'pop', 'wipe'] as const;
export const storyCorners = ['topLeft', 'top', 'topRight', 'bottomLeft', 'bottom', 'bottomRight'] as const;

/** How the parts become a film. */
export const storyLookSchema = z.object({
  /** Null: none. */
  captions: captionLookSchema.nullable(),
  /** From one visual to the next. */
  transition: z.enum(storyTransitions),
  /** Stills move slowly. */
  isZooming: z.boolean(),
  logo: z.object({ file, corner: z.enum(storyCorners), widthRatio: z.number().min(0.01).max(1) }).optional(),
});
export type StoryLook = z.infer<typeof storyLookSchema>;

const musicTask = soundTaskSchema.options[1];

/** A film told in beats: what is said, what is seen meanwhile, what lies under it. */
export const storySchema = z.object({
  title: z.string().min(1).max(200),
  beats: z.array(storyBeatSchema).min(1).max(2000),
  visuals: z.array(storyVisualSchema).min(1).max(2000),
  /** Who says the beats; absent: nobody. */
  narration: z.object({ model: z.string(), voice: z.string(), speedRatio: z.number().min(0.25).max(4) }).optional(),
  /** A voice that was recorded, under the whole film, which lasts as long; instead of `narration`. */
  recording: z.object({ file, seconds: z.number().positive() }).optional(),
  /** Shown instead of the beats' visuals for a time of the film. */
  inserts: z.array(z.object({ startSeconds: seconds, endSeconds: seconds, visual: z.int().nonnegative() })).max(2000),
  /** A bed under the voice, turned down while that is heard; played again where the film is longer. */
  music: z
    .object({
      source: z.union([z.object({ task: musicTask }), z.object({ file })]),
      volumeRatio: z.number().min(0).max(1),
    })
    .optional(),
  /** Before the first beat, and after the last one. */
  leadSeconds: seconds,
  tailSeconds: seconds,
  look: storyLookSchema,
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
});
export type Story = z.infer<typeof storySchema>;

/** Names of the parts that are made for a story: keys of steps, and names of files without extension. */
export const storyParts = {
  voice: (beat: number): string => `voice-${beat + 1}`,
  visual: (visual: number): string => `visual-${visual + 1}`,
  music: 'music',
} as const;

/** A part that was made. */
export interface StoryPart {
  readonly fileId: string;
  /** Of a sound or clip. */
  readonly durationSeconds?: number | undefined;
}

/** Names of all parts that are made. */
export const partNames = ({ beats, visuals, narration, music }: Story): string[] => [
  ...(narration ? beats.flatMap(({ text }, index) => (text === '' ? [] : [storyParts.voice(index)])) : []),
  ...visuals.flatMap(({ type }, index) => (type === 'file' ? [] : [storyParts.visual(index)])),
  ...(music && 'task' in music.source ? [storyParts.music] : []),
];

/** The words that a film was made of: what is said, or else what was to be seen. */
export function storyText({ beats, visuals }: Story): string {
  const said = beats.map(({ text }) => text).filter((text) => text !== '');
  const seen = visuals.flatMap((visual) => (visual.type === 'file' ? [] : [visual.prompt]));
  return (said.length > 0 ? said : seen).join(' ');
}
