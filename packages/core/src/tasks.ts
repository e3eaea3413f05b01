import { z } from 'zod';

/**
 * Neutral generative and media tasks: what a runner is asked to make.
 * Units: pixels, frames, seconds, ratios 0..1. Files are named by role and reach a runner as local paths.
 */
export const frameRateSchema = z.object({ numerator: z.int().positive(), denominator: z.int().positive() });
export const canvasSchema = z.object({ width: z.int().min(16).max(8192), height: z.int().min(16).max(8192) });

const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

const clip = {
  model: z.string(),
  canvas: canvasSchema,
  frameRate: frameRateSchema,
  /** The file has exactly this many frames. */
  frameCount: z.int().min(1).max(100_000),
  seed,
  prompt: z.string(),
  negativePrompt: z.string(),
  /** Classifier-free guidance; absent: the model's own default. */
  guidance: z.number().min(0).max(100).optional(),
  /** Sampler steps; absent: the quality profile's. */
  samplerSteps: z.int().min(1).max(1000).optional(),
};

/** Tasks whose result is a silent film. */
export const filmTaskSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text-to-video'), ...clip }),
  /** Needs input `image`. */
  z.object({ type: z.literal('image-to-video'), ...clip }),
  /** Needs inputs `image` (first frame) and `lastImage`. */
  z.object({ type: z.literal('first-last-frame'), ...clip }),
  /**
   * Needs inputs `image` and `audio`. The result is silent and lasts as long as the audio, rounded to the nearest frame
   * (at least one); the caller joins the sound.
   */
  z.object({
    type: z.literal('talking-head'),
    model: z.string(),
    canvas: canvasSchema,
    frameRate: frameRateSchema,
    frameCount: z.int().min(1).max(1_000_000),
    seed,
    prompt: z.string(),
  }),
]);
export type FilmTask = z.infer<typeof filmTaskSchema>;
export type FilmTaskType = FilmTask['type'];

/** Tasks whose result is one sound file. */
export const soundTaskSchema = z.discriminatedUnion('type', [
  /** Sounds of what the prompt names, mixed to one track of exactly this length; where it names none that can be made: a quiet room and a warning. */
  z.object({
    type: z.literal('sound-effect'),
    model: z.string(),
    prompt: z.string(),
    negativePrompt: z.string(),
    durationSeconds: z.number().positive().max(600),
    seed,
  }),
  /** A piece of exactly this length in the given tempo and key. */
  z.object({
    type: z.literal('music'),
    model: z.string(),
    /** Style words, comma separated; empty: the runner chooses neutral ones. */
    tags: z.string(),
    /** Empty: no voice. */
    lyrics: z.string(),
    bpm: z.int().min(10).max(300),
    /** Tonic and mode, e.g. `Eb minor`. */
    keyscale: z.string(),
    durationSeconds: z.number().positive().max(600),
    seed,
  }),
  /** The text read aloud; as long as it takes. */
  z.object({
    type: z.literal('speech'),
    model: z.string(),
    text: z.string().min(1).max(100_000),
    /** Key of a voice in `voiceCatalog`. */
    voice: z.string(),
    /** 1: the voice's own pace. */
    speedRatio: z.number().min(0.25).max(4),
  }),
]);
export type SoundTask = z.infer<typeof soundTaskSchema>;

/** Tasks whose result is one picture. */
export const pictureTaskSchema = z.discriminatedUnion('type', [
  /** A PNG of exactly this size. Input `image`, where given, is changed as the prompt says. */
  z.object({
    type: z.literal('image'),
    model: z.string(),
    canvas: canvasSchema,
    seed,
    prompt: z.string(),
    negativePrompt: z.string(),
  }),
  /** Needs input `image`; an SVG of the same size. `detailRatio`: 0 few large shapes, 1 every edge. */
  z.object({ type: z.literal('vectorise'), model: z.string(), detailRatio: z.number().min(0).max(1) }),
  /** Needs input `image`; a PNG of exactly this size, larger than the input. */
  z.object({ type: z.literal('upscale-image'), model: z.string(), canvas: canvasSchema }),
  /** Needs input `image`; a PNG of the same size whose background is transparent. */
  z.object({ type: z.literal('cut-out-image'), model: z.string() }),
]);
export type PictureTask = z.infer<typeof pictureTaskSchema>;

const wholeFilm = {
  model: z.string(),
  canvas: canvasSchema,
  frameRate: frameRateSchema,
  frameCount: z.int().min(1).max(1_000_000),
};

/** Tasks that turn a film into another silent film. Need input `video`; sound is joined again by the caller. */
export const refineTaskSchema = z.discriminatedUnion('type', [
  /** The same frames at a larger size. */
  z.object({ type: z.literal('upscale-video'), ...wholeFilm }),
  /** The same time at another rate, new frames made between the given ones. */
  z.object({ type: z.literal('interpolate'), ...wholeFilm }),
  /** WebM (VP9) with alpha; the background is transparent. */
  z.object({ type: z.literal('cut-out-video'), ...wholeFilm }),
]);
export type RefineTask = z.infer<typeof refineTaskSchema>;

export const runnerTaskSchema = z.discriminatedUnion('type', [
  filmTaskSchema,
  soundTaskSchema,
  pictureTaskSchema,
  refineTaskSchema,
]);

export type RunnerTask = z.infer<typeof runnerTaskSchema>;
export type RunnerTaskType = RunnerTask['type'];
export type RunnerTaskOf<T extends RunnerTaskType> = Extract<RunnerTask, { type: T }>;

export const runnerTaskTypes = [
  'text-to-video',
  'image-to-video',
  'first-last-frame',
  'talking-head',
  'sound-effect',
  'music',
  'speech',
  'image',
  'vectorise',
  'upscale-image',
  'cut-out-image',
  'upscale-video',
  'interpolate',
  'cut-out-video',
] as const satisfies readonly RunnerTaskType[];

/** Roles under which a task's input files are handed over. */
export const taskInputRoles = ['image', 'lastImage', 'audio', 'video'] as const;
export type TaskInputRole = (typeof taskInputRoles)[number];

/** Kind of a runner: the real model, a real tool on any machine, or the CPU stand-in for a generative model. */
export const runnerKinds = ['model', 'tool', 'reference'] as const;
export type RunnerKind = (typeof runnerKinds)[number];
/** Name shown to callers, in `X-Polyreel-Runner`. */
export const runnerNames = ['comfyui', 'cpu', 'tool'] as const;
export type RunnerName = (typeof runnerNames)[number];
