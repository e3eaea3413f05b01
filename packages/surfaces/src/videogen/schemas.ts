import type { Principal } from '@polyreel/core';
import { z } from 'zod';
import { badParameter } from './errors.ts';

/** A text that must be there and hold more than spaces. */
export const requiredText = (name: string, lengthMax = 10_000) =>
  z
    .string({ error: `${name} is required` })
    .refine((text) => text.trim() !== '', `${name} is required`)
    .refine((text) => text.length <= lengthMax, `${name} must have at most ${lengthMax} characters`)
    .refine((text) => !text.includes('\0') && text.isWellFormed(), `${name} holds characters that are not text`);

const optionalText = (name: string, lengthMax = 10_000) => requiredText(name, lengthMax).or(z.literal('')).nullish();
export const idText = z.string().max(200);
const ids = (name: string, most: number) => z.array(idText).max(most, `${name} must have at most ${most} entries`).nullish();

export const aspectRatioSchema = z
  .object({ width: z.int().min(1).max(10_000), height: z.int().min(1).max(10_000) })
  .refine(({ width, height }) => width <= 4 * height && height <= 4 * width, 'aspectRatio must lie between 1:4 and 4:1')
  .nullish();
export const qualitySchema = z.enum(['LOW', 'STANDARD', 'HIGH', 'MAX']).nullish();
export type Quality = NonNullable<z.infer<typeof qualitySchema>>;
export const fileTypes = ['IMAGE', 'VIDEO', 'AUDIO', 'PDF', 'SLIDESHOW', 'TEXT', 'LOTTIE'] as const;

/** What every tool takes. `watermarkMode: AUTO` means the operator's setting. */
const common = {
  numResults: z.int().min(1).max(100).nullish(),
  isOutputTemporary: z.boolean().nullish(),
  hideFromUi: z.boolean().nullish(),
};
const watermarkMode = z.enum(['NONE', 'VIDEO_GEN', 'AUTO']).nullish();
const contentPolicyConfig = z.object({ maxPromptRewrites: z.int().min(0).max(4).nullish() }).nullish();
const pictures = { ...common, watermarkMode, quality: qualitySchema, contentPolicyConfig };

export const imageSchema = z.object({
  ...pictures,
  prompt: requiredText('prompt'),
  imageFileIds: ids('imageFileIds', 4),
  aspectRatio: aspectRatioSchema,
  entityIds: ids('entityIds', 20),
});
export const clipSchema = z.object({
  ...pictures,
  prompt: optionalText('prompt'),
  imageFileIds: ids('imageFileIds', 4),
  videoFileId: idText.nullish(),
  videoFileIds: ids('videoFileIds', 4),
  audioFileIds: ids('audioFileIds', 4),
  startFrameFileId: idText.nullish(),
  spokenDialogue: optionalText('spokenDialogue'),
  voiceDescription: optionalText('voiceDescription'),
  generateAudio: z.boolean().nullish(),
  suppressBackgroundMusic: z.boolean().nullish(),
  durationSeconds: z.int().min(1).max(30).nullish(),
  aspectRatio: aspectRatioSchema,
});
export const speechSchema = z.object({
  ...common,
  ttsText: requiredText('ttsText'),
  voiceId: z.string().max(200).nullish(),
  speechLanguageCode: z.string().max(35).nullish(),
  pronunciationReplacements: z
    .array(z.object({ original: requiredText('original', 500), replacement: z.string().max(500) }))
    .max(500)
    .nullish(),
  autoExpandPronunciationReplacements: z.boolean().nullish(),
  voiceSpeed: z.number().min(0.5).max(2).nullish(),
});
export const soundEffectSchema = z.object({
  ...common,
  prompt: requiredText('prompt'),
  durationSeconds: z.number().min(1).max(30).nullish(),
  promptInfluence: z.number().min(0).max(1).nullish(),
});
export const avatarSchema = z.object({
  ...common,
  watermarkMode,
  avatarPresenterId: idText.nullish(),
  actorEntityId: idText.nullish(),
  audioStorageFileId: idText.nullish(),
  audioFileId: idText.nullish(),
  avatarQuality: qualitySchema,
});
/** Vectorise, cut-out, upscale and 3D of a picture: both names of its file. */
export const imageAssetSchema = z.object({
  ...common,
  watermarkMode,
  imageStorageFileId: idText.nullish(),
  imageFileId: idText.nullish(),
});
export const videoAssetSchema = z.object({
  ...common,
  watermarkMode,
  videoStorageFileId: idText.nullish(),
  videoFileId: idText.nullish(),
});
export const musicSchema = z.object({ ...common, prompt: requiredText('prompt') });

export const uploadSchema = z.object({
  displayName: requiredText('displayName', 500),
  type: z.enum(fileTypes).nullish(),
  isTemporary: z.boolean().nullish(),
  hideFromUi: z.boolean().nullish(),
  transcript: z
    .object({
      languageCode: z.string().max(35).nullish(),
      words: z
        .array(z.object({ startSeconds: z.number().min(0), endSeconds: z.number().min(0), word: z.string().max(200) }))
        .min(1)
        .max(100_000),
    })
    .refine(
      ({ words }) =>
        words.every(
          (word, index) => word.endSeconds >= word.startSeconds && word.startSeconds >= (words[index - 1]?.endSeconds ?? 0),
        ),
      'transcript.words must be sorted and must not overlap',
    )
    .nullish(),
});
export type Transcript = NonNullable<z.infer<typeof uploadSchema>['transcript']>;

export const searchSchema = z.object({
  query: requiredText('query'),
  numResults: z.int().min(1).max(100).nullish(),
  selfOnly: z.boolean().nullish(),
});

/** Reads a body; the first fault becomes the answer. */
export function readBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.map(String).join('.') ?? '';
  const text = issue?.message ?? 'The request body is invalid';
  throw badParameter(where === '' || text.includes(String(issue?.path[0])) ? text : `${where}: ${text}`);
}

/** What a handler knows of a call. */
export interface Call {
  readonly principal: Principal;
  readonly body: unknown;
}
