import { z } from 'zod';

/**
 * Neutral generative and media tasks: what a runner is asked to make.
 * Units: pixels, frames, seconds, ratios 0..1. Files are named by role and reach a runner as local paths.
 */
export const frameRateSchema = z.object({ numerator: z.int().positive(), denominator: z.int().positive() });
export const canvasSchema = z.object({ width: z.int().min(16).max(8192), height: z.int().min(16).max(8192) });

const clip = {
  model: z.string(),
  canvas: canvasSchema,
  frameRate: frameRateSchema,
  /** The file has exactly this many frames. */
  frameCount: z.int().min(1).max(100_000),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
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
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1),
    prompt: z.string(),
  }),
]);
export type FilmTask = z.infer<typeof filmTaskSchema>;
export type FilmTaskType = FilmTask['type'];

/** Sounds of what the prompt names, mixed to one track of exactly this length; where it names none that can be made: a quiet room and a warning. */
export const soundEffectTaskSchema = z.object({
  type: z.literal('sound-effect'),
  model: z.string(),
  prompt: z.string(),
  negativePrompt: z.string(),
  durationSeconds: z.number().positive().max(600),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
});

export const runnerTaskSchema = z.discriminatedUnion('type', [filmTaskSchema, soundEffectTaskSchema]);

export type RunnerTask = z.infer<typeof runnerTaskSchema>;
export type RunnerTaskType = RunnerTask['type'];
export type RunnerTaskOf<T extends RunnerTaskType> = Extract<RunnerTask, { type: T }>;

/** Roles under which a task's input files are handed over. */
export const taskInputRoles = ['image', 'lastImage', 'audio', 'video'] as const;
export type TaskInputRole = (typeof taskInputRoles)[number];

/** Kind of a runner: the real model, a real tool on any machine, or the CPU stand-in for a generative model. */
export const runnerKinds = ['model', 'tool', 'reference'] as const;
export type RunnerKind = (typeof runnerKinds)[number];
/** Name shown to callers, in `X-Polyreel-Runner`. */
export const runnerNames = ['comfyui', 'cpu', 'tool'] as const;
export type RunnerName = (typeof runnerNames)[number];
