import { choiceSetting, rateLimitsSetting, switchSetting, textSetting } from '@polyreel/core/settings';
import { z } from 'zod';

const hourly = (limit: number) => ({ limit, windowSeconds: 3600 });

/** Groups of endpoints as the document counts them, per key. */
export const rateDefaults = {
  tools: hourly(500),
  execution: hourly(5000),
  cancel: hourly(250),
  files: hourly(50_000),
  hydrate: hourly(2500),
  upload: hourly(500),
  search: hourly(500),
  resources: hourly(2500),
  'webhook-list': hourly(500),
  'webhook-create': hourly(10),
  'webhook-delete': hourly(10),
  workflows: hourly(500),
  run: hourly(5000),
  'run-cancel': hourly(250),
  projects: hourly(2500),
  export: hourly(500),
  exports: hourly(5000),
  remix: hourly(500),
  'remix-list': hourly(5000),
  other: hourly(2500),
} as const;
export type RateGroup = keyof typeof rateDefaults;

export const settingsSchema = z.object({
  VIDEOGEN_RATE_LIMITS: rateLimitsSetting({
    description: 'Limits per API key and group of endpoints, as the document has them. `off` removes one.',
    defaults: rateDefaults,
  }),
  VIDEOGEN_TRANSCRIPT_FORM: choiceSetting({
    description: 'Form of `transcript` in files: the text older clients read, or the object with words of newer ones.',
    values: ['text', 'words'],
  }).default('text'),
  VIDEOGEN_WATERMARK: switchSetting({
    description: 'What `watermarkMode: AUTO` means: on, results that can take one get a visible mark.',
  }).default(false),
  VIDEOGEN_WATERMARK_TEXT: textSetting({
    description: 'What the visible mark of `watermarkMode: VIDEO_GEN` says.',
    rule: 'text of 1 to 100 characters',
    pattern: /\S/,
    lengthMax: 100,
  }).default('VideoGen'),
});
export type Settings = z.infer<typeof settingsSchema>;
