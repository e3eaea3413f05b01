import { rateLimitsSetting, setting, sizeSetting, switchSetting } from '@polyreel/core/settings';
import { z } from 'zod';

export const modelNames = ['wan2.1', 'veo3.1'] as const;
export type ModelName = (typeof modelNames)[number];

/** What `credits_remaining` shows where there is no ceiling: clients expect a number. */
export const unlimitedCreditsShown = 1000;

const creditsMax = 1_000_000_000;

/** Undefined for text that is no price list. Models that are not named keep their price. */
function parsePrices(text: string): Record<ModelName, number> | undefined {
  const prices: Record<ModelName, number> = { 'wan2.1': 1, 'veo3.1': 1 };
  const seen = new Set<string>();
  for (const item of text.split(',')) {
    const match = /^([\w.]+)=(\d{1,6})$/.exec(item.trim());
    const model = modelNames.find((name) => name === match?.[1]);
    if (model === undefined || seen.has(model)) return undefined;
    seen.add(model);
    prices[model] = Number(match?.[2]);
  }
  return prices;
}

export const settingsSchema = z.object({
  VIVIDFLOW_MONTHLY_CREDITS: setting<number | 'unlimited'>(
    {
      description: 'Credits of an account in each calendar month (UTC).',
      rule: `a whole number from 0 to ${creditsMax}, or unlimited`,
    },
    (text) => {
      if (text === 'unlimited') return text;
      return /^\d{1,10}$/.test(text) && Number(text) <= creditsMax ? Number(text) : undefined;
    },
  ).default(1000),
  VIVIDFLOW_PRICES: setting(
    {
      description: 'Credits that one job of a model costs: taken at acceptance, given back when the job fails or is cancelled.',
      defaultText: 'wan2.1=1,veo3.1=1',
      rule: `a comma list of MODEL=CREDITS, where MODEL is one of ${modelNames.join(', ')}`,
    },
    parsePrices,
  ).default({ 'wan2.1': 1, 'veo3.1': 1 }),
  VIVIDFLOW_RATE_LIMITS: rateLimitsSetting({
    description: 'Limits per API key: `hour` and `day` for new jobs, `all` for every call of this surface.',
    defaults: { all: null, hour: { limit: 500, windowSeconds: 3600 }, day: { limit: 2000, windowSeconds: 86_400 } },
  }),
  VIVIDFLOW_MAX_IMAGE_BYTES: sizeSetting({
    description: 'Largest picture that is accepted.',
    minBytes: 1024,
    maxBytes: 256 * 1024 * 1024,
  }).default(10 * 1024 * 1024),
  VIVIDFLOW_REQUIRE_APPROVAL: switchSetting({
    description: 'Only admins and keys that name this surface in their list of surfaces may call it; others get 403.',
  }).default(false),
  VIVIDFLOW_QUERY_KEY: switchSetting({
    description: 'Accept `?api_key=` on GET /api/v1/status, as later revisions of the document do. Proxies may log it.',
  }).default(false),
});
export type Settings = z.infer<typeof settingsSchema>;

export const acceptedSchema = z.strictObject({
  message: z.literal('Generation job accepted.'),
  job_id: z.uuidv4(),
  status: z.literal('queued'),
  model: z.enum(modelNames),
  /** The model that really makes the film. */
  engine_model: z.string(),
  /** With `enhance_prompt`: the better words, and who found them. */
  enhanced_prompt: z.string().optional(),
  enhanced_by: z.enum(['llm', 'rules']).optional(),
  /** Seconds. */
  estimated_wait_time: z.int().nonnegative(),
  request_id: z.string().regex(/^[0-9a-f]{8}$/),
});
export type AcceptedBody = z.infer<typeof acceptedSchema>;

export const stateWords = ['queued', 'processing', 'completed', 'failed', 'cancelled'] as const;
const statusBase = {
  job_id: z.uuidv4(),
  state: z.enum(stateWords),
  progress: z.int().min(0).max(100),
  created_at: z.iso.datetime({ precision: 3 }),
  updated_at: z.iso.datetime({ precision: 3 }),
};
/** `error` and `video_url` are absent, never null, where they say nothing. */
export const statusBodySchema = z.discriminatedUnion('status', [
  z.strictObject({ ...statusBase, status: z.literal('PROCESSING'), queue_position: z.int().positive().optional() }),
  z.strictObject({
    ...statusBase,
    status: z.literal('COMPLETED'),
    video_url: z.url(),
    result_url: z.url(),
    /** Seconds. */
    metrics: z.strictObject({
      generation_time: z.number().nonnegative(),
      spin_up_time: z.number().nonnegative(),
      total_time: z.number().nonnegative(),
    }),
  }),
  z.strictObject({
    ...statusBase,
    status: z.literal('FAILED'),
    error: z.string(),
    error_message: z.string(),
    error_type: z.literal('RAI_FILTER').optional(),
  }),
]);
export type StatusBody = z.infer<typeof statusBodySchema>;

export const historyBodySchema = z.array(
  z.strictObject({
    id: z.uuidv4(),
    prompt: z.string(),
    video_url: z.url().nullable(),
    status: z.enum(['PROCESSING', 'COMPLETED', 'FAILED']),
    timestamp: z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  }),
);
export type HistoryBody = z.infer<typeof historyBodySchema>;

const secondsTime = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
export const usageBodySchema = z.strictObject({
  credits_remaining: z.int().nonnegative(),
  cycle_resets_on: secondsTime,
  total_jobs: z.int().nonnegative(),
  completed_jobs: z.int().nonnegative(),
  failed_jobs: z.int().nonnegative(),
  queued_jobs: z.int().nonnegative(),
  recent_24h_jobs: z.int().nonnegative(),
  /** New jobs a day and key; null: no limit. */
  daily_limit: z.int().positive().nullable(),
  reset_time: secondsTime,
});
export type UsageBody = z.infer<typeof usageBodySchema>;

export const errorBodySchema = z.looseObject({ error: z.string(), request_id: z.string().regex(/^[0-9a-f]{8}$/) });

/** What a job of this surface keeps beside the neutral spec. */
export const clientRefSchema = z.object({
  prompt: z.string(),
  model: z.enum(modelNames),
  /** Parts of the answer to the submit, which a repeated request gets again. */
  requestId: z.string(),
  estimatedWaitSeconds: z.int().nonnegative(),
  enhanced: z.object({ prompt: z.string(), by: z.enum(['llm', 'rules']) }).nullable(),
});
export type ClientRef = z.infer<typeof clientRefSchema>;
