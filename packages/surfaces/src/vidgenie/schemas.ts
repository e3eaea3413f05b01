import { durationSetting, integerSetting, rateLimitsSetting, sizeSetting } from '@polyreel/core/settings';
import { z } from 'zod';

export const settingsSchema = z.object({
  VIDGENIE_EMAIL_VERIFICATION_TTL: durationSetting({
    description: 'How long a token that proves an e-mail address is good.',
    minSeconds: 1,
    maxSeconds: 30 * 86_400,
  }).default(86_400),
  VIDGENIE_ACCESS_TOKEN_TTL: durationSetting({
    description: 'How long an access token of `account.login` is good.',
    minSeconds: 1,
    maxSeconds: 30 * 86_400,
  }).default(3600),
  VIDGENIE_KEY_ROTATION_GRACE: durationSetting({
    description: 'How long a rotated API key works on.',
    minSeconds: 0,
    maxSeconds: 30 * 86_400,
  }).default(86_400),
  VIDGENIE_SECRET_OVERLAP: durationSetting({
    description: 'How long the webhook secret before the newest signs on.',
    minSeconds: 0,
    maxSeconds: 30 * 86_400,
  }).default(86_400),
  VIDGENIE_MAX_TEMPLATES: integerSetting({ description: 'Templates of one account.', min: 1, max: 1_000_000 }).default(1000),
  VIDGENIE_MAX_WEBHOOKS: integerSetting({ description: 'Webhooks of one account.', min: 1, max: 10_000 }).default(20),
  VIDGENIE_MAX_ASSET_BYTES: sizeSetting({ description: 'Largest file of `asset.upload`.', minBytes: 1 }).default(2 * 1024 ** 3),
  VIDGENIE_RATE_LIMITS: rateLimitsSetting({
    description:
      'Limits: `all` calls per key or access token, `public` calls without one per client address, `register` per client address.',
    defaults: {
      all: { limit: 600, windowSeconds: 60 },
      public: { limit: 60, windowSeconds: 60 },
      register: { limit: 20, windowSeconds: 3600 },
    },
  }),
});
export type Settings = z.infer<typeof settingsSchema>;

export const maxBodyBytes = 10 * 1024 * 1024;

const json = z.record(z.string(), z.unknown());
const metadata = json.refine((value) => JSON.stringify(value).length <= 16 * 1024, 'has more than 16 KB');
export const id = z.string().min(1).max(64);
export const limit = z.int().min(1).max(100).default(20);
export const cursor = z.string().min(1).max(512);
export const page = { limit, cursor: cursor.optional() };
export const password = z
  .string()
  .refine((text) => text.isWellFormed() && [...text].length >= 8 && [...text].length <= 128, 'must have 8 to 128 characters');
export const username = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{2,31}$/, 'must be 3 to 32 letters, digits, _ . -, beginning with a letter or digit');
export const email = z.email('must be an e-mail address').max(254);

/** What renders and templates have in common. */
const merge = z.union([z.array(z.strictObject({ find: z.string().min(1).max(128), replace: z.unknown() })).max(1000), json]);
export const renderCommon = {
  merge: merge.optional(),
  values: merge.optional(),
  callback: z.string().max(2048).optional(),
  metadata: metadata.optional(),
  idempotency_key: z.string().min(1).max(255).optional(),
  priority: z.int().min(-10).max(10).default(0),
  max_queue_seconds: z.int().min(1).max(604_800).optional(),
  dialect: z.enum(['shotstack', 'vidgenie']).optional(),
  strict: z.boolean().default(true),
  on_missing: z.enum(['error', 'keep', 'empty']).default('error'),
  dry_run: z.boolean().default(false),
};
export const renderInput = z.strictObject({
  timeline: json.optional(),
  output: json.optional(),
  template_id: id.optional(),
  template_version: z.int().min(1).optional(),
  ...renderCommon,
});
export type RenderInput = z.infer<typeof renderInput>;

export const renderStatuses = ['queued', 'fetching', 'generating', 'rendering', 'saving', 'done', 'failed', 'cancelled'] as const;
export type RenderStatus = (typeof renderStatuses)[number];

/** What a render keeps beside the neutral spec. */
export const clientRefSchema = z.object({
  templateId: z.string().nullable(),
  templateVersion: z.int().nullable(),
  output: json,
  metadata: json,
  width: z.int().nullable(),
  height: z.int().nullable(),
  durationSeconds: z.number().nullable(),
  /** For a repetition. */
  priority: z.int().default(0),
  maxQueueSeconds: z.int().nullable().default(null),
  /** Ids of assets that it names. */
  assets: z.array(z.string()),
});
export type ClientRef = z.infer<typeof clientRefSchema>;

export const templateBodySchema = z.object({
  timeline: json,
  output: json.nullable(),
  /** Defaults of placeholders. */
  defaults: json,
  dialect: z.enum(['shotstack', 'vidgenie']).nullable(),
});
export type TemplateBody = z.infer<typeof templateBodySchema>;

export const mergeValue = merge;
export const mergeObject = (value: z.infer<typeof merge> | undefined): Record<string, unknown> =>
  Array.isArray(value) ? Object.fromEntries(value.map(({ find, replace }) => [find.trim(), replace])) : (value ?? {});
export const plainObject = json;
export const metadataObject = metadata;

export const webhookEvents = ['render.done', 'render.failed', 'render.cancelled'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];
