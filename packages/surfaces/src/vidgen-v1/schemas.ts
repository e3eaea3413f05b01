import { choiceSetting, durationSetting, rateLimitsSetting } from '@polyreel/core/settings';
import { z } from 'zod';

export const settingsSchema = z.object({
  VIDGEN_V1_ACTIVE_JOB_SCOPE: choiceSetting({
    description: 'Who may have one active job: each API key, or each account.',
    values: ['key', 'account'],
  }).default('key'),
  VIDGEN_V1_RATE_LIMITS: rateLimitsSetting({
    description: 'Limits per client address: `all` calls of this surface, `submit` for new jobs.',
    defaults: { all: { limit: 600, windowSeconds: 60 }, submit: { limit: 30, windowSeconds: 60 } },
  }),
  VIDGEN_V1_MAX_AUDIO_SECONDS: durationSetting({
    description: 'Longest voice that is accepted.',
    minSeconds: 1,
    maxSeconds: 86_400,
  }).default(600),
});
export type Settings = z.infer<typeof settingsSchema>;

export const statusWords = ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export const statusWordSchema = z.enum(statusWords);
export type StatusWord = z.infer<typeof statusWordSchema>;

/** Answer of `GET /api/status/:jobId` and body of the webhook. */
export const statusBodySchema = z.strictObject({
  jobId: z.string(),
  status: statusWordSchema,
  progress: z.int().min(0).max(100),
  outputVideo: z.string().nullable(),
  outputShareLink: z.string().nullable(),
  errorMessage: z.string().nullable(),
  createdAt: z.iso.datetime({ precision: 3 }),
  updatedAt: z.iso.datetime({ precision: 3 }),
});
export type StatusBody = z.infer<typeof statusBodySchema>;

export const listedJobSchema = z.strictObject({
  id: z.string(),
  status: statusWordSchema,
  outputVideo: z.string().nullable(),
  outputShareLink: z.string().nullable(),
  errorMessage: z.string().nullable(),
  retries: z.int().nonnegative(),
  createdAt: z.iso.datetime({ precision: 3 }),
  updatedAt: z.iso.datetime({ precision: 3 }),
  webhookUrl: z.string().nullable(),
});

export const listBodySchema = z.strictObject({
  jobs: z.array(listedJobSchema),
  pagination: z.strictObject({ limit: z.int(), nextCursor: z.string().nullable(), hasNextPage: z.boolean() }),
});
export type ListBody = z.infer<typeof listBodySchema>;

export const maxFileBytes = 50 * 1024 * 1024;
/** Two files and some room: a form with more is read this far, so that the client sees the answer, and no further. */
export const maxFormBytes = 256 * 1024 * 1024;

/** What a job of this surface keeps beside the neutral spec. */
export const clientRefSchema = z.object({ webhookUrl: z.string().nullable() });
