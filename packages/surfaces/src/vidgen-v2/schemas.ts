import { integerSetting, rateLimitsSetting, switchSetting, textSetting } from '@polyreel/core/settings';
import { z } from 'zod';
import { isStorableText } from '../shared/storable-text.ts';

export const settingsSchema = z.object({
  VIDGEN_V2_MAX_SCENES: integerSetting({
    description: 'Most scenes in one request; `models` reports it.',
    min: 1,
    max: 100,
  }).default(5),
  VIDGEN_V2_RATE_LIMITS: rateLimitsSetting({
    description: 'Limits per API key: `all` calls of this surface, `generate` for new jobs.',
    defaults: { all: { limit: 1200, windowSeconds: 60 }, generate: { limit: 120, windowSeconds: 60 } },
  }),
  VIDGEN_V2_WATERMARK: switchSetting({
    description: 'A visible mark on films of requests that say nothing of one.',
  }).default(false),
  VIDGEN_V2_WATERMARK_TEXT: textSetting({
    description: 'What a visible mark says where the request brings neither text nor picture.',
    rule: 'text of 1 to 200 characters',
    pattern: /\S/,
    lengthMax: 200,
  }).default('AI generated'),
  VIDGEN_V2_WATERMARK_INVISIBLE: switchSetting({
    description: 'An imperceptible mark in films of requests that say nothing of one.',
  }).default(true),
});
export type Settings = z.infer<typeof settingsSchema>;

export const maxBodyBytes = 100 * 1024 * 1024;
export const maxFrameBytes = 20 * 1024 * 1024;
export const maxFramePixels = 50_000_000;
export const maxWatermarkBytes = 5 * 1024 * 1024;
export const maxArea = 1920 * 1088;

export const actions = ['models', 'generate', 'status', 'optimize', 'random'] as const;
export type Action = (typeof actions)[number];

// Messages are predicates: the place of the value is put in front of them.
/** A string that was moved out of the body begins with NUL. */
const hasText = (lengthMax: number) => (text: string) => isStorableText(text) && [...text.trim()].length <= lengthMax;
const text = (lengthMax: number) =>
  z
    .string({ error: 'must be a string' })
    .refine(hasText(lengthMax), { error: `must be text of at most ${lengthMax} characters` });
const integer = (min: number, max: number) => {
  const error = `must be an integer between ${min} and ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const number = (min: number, max: number) => {
  const error = `must be a number between ${min} and ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
};
const boolean = z.boolean({ error: 'must be true or false' });
const side = z
  .int({ error: 'must be an integer between 64 and 1920' })
  .multipleOf(8, { error: 'must be divisible by 8' })
  .min(64, { error: 'must be between 64 and 1920' })
  .max(1920, { error: 'must be between 64 and 1920' });

/** Of one prompt, in characters. */
export const promptLengthMax = 4000;

export const promptSchema = z
  .string({ error: 'is required' })
  .refine((value) => value.trim() !== '', { error: 'is required' })
  .refine(hasText(promptLengthMax), { error: `must be text of at most ${promptLengthMax} characters` });

const frame = z.string({ error: 'must be a base64 data URI' });
const sceneSchema = z.object(
  { prompt: promptSchema, negative: text(4000).default(''), start_frame: frame.optional(), end_frame: frame.optional() },
  { error: 'must be an object' },
);

const notes = 'C C# Db D D# Eb E F F# Gb G G# Ab A A# Bb B'.split(' ');
const keyscales: ReadonlySet<string> = new Set(
  notes.flatMap((note) => ['major', 'minor'].map((mode) => `${note} ${mode}`.toLowerCase())),
);
const keyscale = z
  .string({ error: 'is not a known key' })
  .refine((value) => keyscales.has(value.trim().replace(/\s+/g, ' ').toLowerCase()), { error: 'is not a known key' });

const places: ReadonlySet<string> = new Set([
  ...['top', 'center', 'middle', 'bottom'].flatMap((row) =>
    ['left', 'center', 'middle', 'right', ''].map((column) => row + column),
  ),
  ...['left', 'right', 'tl', 'tc', 'tr', 'cl', 'c', 'cr', 'bl', 'bc', 'br'],
]);
/** `bottom-right`, `bottom_right`, `bottomRight` and `br` are one place. */
const position = z
  .string({ error: 'is not a known position' })
  .refine((value) => places.has(value.toLowerCase().replace(/[-_ ]/g, '')), { error: 'is not a known position' });

/** `wm_` keys of which the meaning is known; the public list is not. */
export const watermarkFields = {
  wm_enabled: boolean.optional(),
  wm_text: text(200).optional(),
  wm_image: z.string({ error: 'must be a base64 data URI' }).optional(),
  wm_position: position.optional(),
  wm_scale: number(0.01, 1).optional(),
  wm_opacity: number(0, 1).optional(),
  wm_margin: number(0, 0.5).optional(),
  wm_color: z
    .string({ error: 'must be a hex colour such as #ffffff' })
    .regex(/^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i, { error: 'must be a hex colour such as #ffffff' })
    .optional(),
  wm_invisible: boolean.optional(),
} as const;

/** A `generate` request after `normaliseBody`, without what needs the catalog or the bytes of a frame. */
export const generateSchema = z.object({
  scenes: z.array(sceneSchema, { error: 'array is required' }).min(1, { error: 'array is required' }),
  model: z.string({ error: 'must be a string' }).optional(),
  size: integer(720, 1280).default(720),
  width: side.default(832),
  height: side.default(480),
  upscale: boolean.default(false),
  optimize: boolean.default(false),
  music: z
    .object(
      {
        enabled: boolean.default(false),
        tags: text(512).default(''),
        lyrics: text(4000).default('[Inst]'),
        bpm: integer(10, 300).default(85),
        keyscale: keyscale.default('Eb minor'),
      },
      { error: 'must be an object' },
    )
    .prefault({}),
  fx_sound: z
    .object(
      { enabled: boolean.default(false), prompt: text(4000).default(''), negative_prompt: text(4000).default('') },
      { error: 'must be an object' },
    )
    .prefault({}),
  interpolate: boolean.optional(),
  seed: integer(0, 2 ** 32 - 1).optional(),
  ...watermarkFields,
  /** All `cs_` keys, known or not. */
  cs: z.record(z.string(), text(1000)),
});
export type GenerateRequest = z.infer<typeof generateSchema>;

export const modeWords = ['t2v', 'i2v', 'flf2v'] as const;
export type ModeWord = (typeof modeWords)[number];

export const randomSeedSchema = integer(0, 2 ** 32 - 1).optional();

/** Who rewrote the prompts: a language model or our own rules. */
const optimizer = z.enum(['llm', 'rules']);

/** What a job of this surface keeps beside the neutral spec. */
export const clientRefSchema = z.object({
  genId: z.string(),
  model: z.string(),
  seed: z.int(),
  optimizer: optimizer.optional(),
  /** Everything that was asked for has been judged. */
  isChecked: z.boolean().default(false),
});
export type ClientRef = z.infer<typeof clientRefSchema>;

// Answers. `error` never stands in one that is good: the document's Python asks whether the key is there.
export const modelsBodySchema = z.strictObject({
  models: z.record(
    z.string(),
    z.strictObject({ label: z.string(), modes: z.array(z.enum(modeWords)), fps: z.number(), scene_seconds: z.number() }),
  ),
  max_scenes: z.int(),
});
export type ModelsBody = z.infer<typeof modelsBodySchema>;

export const generateBodySchema = z.strictObject({
  id: z.string().regex(/^run_[a-z0-9]{24}$/),
  gen_id: z.string().regex(/^[a-z0-9]{20}$/),
  model: z.string(),
  scenes: z.array(z.strictObject({ prompt: z.string(), positive: z.string(), negative: z.string(), mode: z.enum(modeWords) })),
  /** Only where `optimize` was asked for. */
  optimizer: optimizer.optional(),
});
export type GenerateBody = z.infer<typeof generateBodySchema>;

export const optimizeBodySchema = z.strictObject({
  prompt: z.string(),
  optimized: z.string(),
  original: z.string(),
  negative: z.string(),
  model: z.string(),
  optimizer,
});
export type OptimizeBody = z.infer<typeof optimizeBodySchema>;

export const randomBodySchema = z.strictObject({ prompt: z.string(), seed: z.int() });
export type RandomBody = z.infer<typeof randomBodySchema>;

const image = z.strictObject({ url: z.url(), filename: z.string(), type: z.enum(['signed', 'thumbnail', 'manifest']) });
const unsafeBodySchema = z.strictObject({
  status: z.literal('COMPLETED'),
  compliance: z.literal('unsafe'),
  error: z.string(),
  meta: z.strictObject({
    id: z.string(),
    gen_id: z.string(),
    compliance: z.literal('unsafe'),
    compliance_checked: z.literal(true),
    fingerprint: z.null(),
    images: z.tuple([]),
  }),
});
export const statusBodySchema = z.union([
  z.strictObject({ status: z.literal('IN_QUEUE'), id: z.string(), queue_position: z.int().positive().optional() }),
  z.strictObject({
    status: z.literal('IN_PROGRESS'),
    id: z.string(),
    progress: z.int().min(0).max(99),
    scene: z.int().positive(),
    scenes_total: z.int().positive(),
  }),
  z.strictObject({
    status: z.literal('COMPLETED'),
    compliance: z.literal('safe'),
    meta: z.strictObject({
      id: z.string(),
      gen_id: z.string(),
      compliance: z.literal('safe'),
      /** Request and film were judged. */
      compliance_checked: z.boolean(),
      fingerprint: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .nullable(),
      c2pa: z.boolean(),
      /** Where the manifest is; only where there is one. */
      c2pa_manifest: z.enum(['embedded', 'sidecar']).optional(),
      seed: z.int(),
      images: z.array(image),
    }),
  }),
  unsafeBodySchema,
  z.strictObject({ status: z.literal('FAILED'), error: z.string(), id: z.string() }),
]);
export type StatusBody = z.infer<typeof statusBodySchema>;
