import { z } from 'zod';
import { aspectRatioSchema, idText, qualitySchema, requiredText } from '../schemas.ts';

const colorByte = z.int().min(0).max(255);
const color = z.object({ red: colorByte, green: colorByte, blue: colorByte });
export type WireColor = z.infer<typeof color>;

export const captionStyleSchema = z.object({
  fontName: z.string().max(200).nullish(),
  fontSize: z.number().min(1).max(500).nullish(),
  fontWeight: z
    .int()
    .min(100)
    .max(900)
    .refine((weight) => weight % 100 === 0, 'fontWeight must be one of the hundreds from 100 to 900')
    .nullish(),
  textColor: color.nullish(),
  textJustification: z.enum(['LEFT', 'CENTER', 'RIGHT']).nullish(),
  verticalAlignment: z.enum(['TOP', 'MIDDLE', 'BOTTOM']).nullish(),
  strokeColor: color.nullish(),
  strokeWeight: z.number().min(0).max(100).nullish(),
  backgroundStyle: z
    .object({
      type: z.enum(['RECT', 'WRAPPED', 'WORD_BY_WORD']),
      backgroundColor: color,
      borderRadiusProportion: z.number().min(0).max(1).nullish(),
      opacityProportion: z.number().min(0).max(1).nullish(),
    })
    .nullish(),
  spokenTextColor: color.nullish(),
  spokenTextStrokeColor: color.nullish(),
  persistSpokenTextColor: z.boolean().nullish(),
});
export type CaptionStyle = z.infer<typeof captionStyleSchema>;

const transition = z.enum(['DYNAMIC', 'NONE', 'FADE', 'RISE', 'PAN', 'POP', 'WIPE']).nullish();
const corner = z.enum(['TOP_LEFT', 'TOP_CENTER', 'TOP_RIGHT', 'BOTTOM_LEFT', 'BOTTOM_CENTER', 'BOTTOM_RIGHT']).nullish();
const voiceSpeed = z.number().min(0.5).max(2).nullish();

/** Section 9.8; those without further fields here are known by name only. */
export const remixActionSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('SET_BACKGROUND_MUSIC'), fileId: idText.nullish(), volume: z.number().min(0).max(1).nullish() }),
  z.object({
    type: z.literal('SET_LOGO'),
    fileId: idText.nullish(),
    position: corner,
    sizePercent: z.number().min(1).max(100).nullish(),
  }),
  z.object({ type: z.literal('ENABLE_CAPTIONS'), captionStyle: captionStyleSchema.nullish() }),
  z.object({ type: z.literal('DISABLE_CAPTIONS') }),
  z.object({ type: z.literal('ADD_TRANSITIONS'), sectionTransition: transition, assetTransition: transition }),
  z.object({ type: z.literal('ADD_ZOOM') }),
  z.object({ type: z.literal('RESIZE_PROJECT'), aspectRatio: aspectRatioSchema.unwrap().unwrap() }),
  z.object({ type: z.literal('CHANGE_NARRATOR'), voiceId: idText, actorEntityId: idText.nullish(), voiceSpeed }),
  z.object({ type: z.literal('GENERATE_MUSIC'), prompt: requiredText('prompt', 2000) }),
  z.object({ type: z.literal('CLEAN_UP_TRANSCRIPT') }),
  z.object({ type: z.literal('CONVERT_IMAGES_TO_VIDEOS') }),
  z.object({ type: z.literal('REGENERATE_IMAGES') }),
  z.object({ type: z.literal('UPSCALE_ASSETS') }),
  z.object({ type: z.literal('SHUFFLE_STOCK_VISUALS') }),
  z.object({ type: z.literal('TRANSLATE_PROJECT') }),
]);
export type RemixAction = z.infer<typeof remixActionSchema>;

export const exportSchema = z.object({
  quality: z.enum(['STANDARD', 'HIGH', 'FULL_HIGH', 'ULTRA_HIGH']).nullish(),
  watermarkMode: z.enum(['NONE', 'VIDEO_GEN', 'AUTO']).nullish(),
  endScreenMode: z.enum(['NONE', 'VIDEO_GEN', 'AUTO']).nullish(),
  deliveryDestinations: z
    .array(z.object({ type: z.string().max(100).nullish() }))
    .max(50)
    .nullish(),
});
export type ExportWish = z.infer<typeof exportSchema>;

/** What every workflow takes. */
const common = {
  aspectRatio: aspectRatioSchema,
  isOutputTemporary: z.boolean().nullish(),
  hideFromUi: z.boolean().nullish(),
  autoExport: z.boolean().nullish(),
  exportOptions: exportSchema.nullish(),
};
export type CommonWish = z.infer<z.ZodObject<typeof common>>;

const scenesMax = 200;
/** What is made of words that are spoken. */
const told = {
  ...common,
  remixActions: z.array(remixActionSchema).max(50).nullish(),
  quality: qualitySchema,
  visualStyle: z.object(
    {
      type: z.enum(['STOCK', 'AI_IMAGE']),
      aiStyle: z.string().max(2000).nullish(),
      entityId: idText.nullish(),
      restyleFeaturedBRollWithAiStyle: z.boolean().nullish(),
    },
    { error: 'visualStyle is required' },
  ),
  visualPacing: z.enum(['FAST', 'MEDIUM', 'SLOW']).nullish(),
  language: z.string().max(35).nullish(),
  actorEntityId: idText.nullish(),
  avatarQuality: qualitySchema,
  avatarPresenterId: idText.nullish(),
  scenes: z
    .array(
      z
        .object({
          startSeconds: z.number().min(0).max(86_400),
          endSeconds: z.number().max(86_400),
          description: requiredText('description', 2000),
        })
        .refine(
          ({ startSeconds, endSeconds }) => endSeconds > startSeconds,
          'scenes: endSeconds must be greater than startSeconds',
        ),
    )
    .max(scenesMax)
    .refine(
      (scenes) => scenes.every((scene, index) => scene.startSeconds >= (scenes[index - 1]?.endSeconds ?? 0)),
      'scenes must be sorted and must not overlap',
    )
    .nullish(),
  workflowAgentContext: z.string().max(2000).nullish(),
  captionStyle: captionStyleSchema.nullish(),
  logoFileId: idText.nullish(),
};
export type ToldWish = z.infer<z.ZodObject<typeof told>>;

export const scriptSchema = z.object({
  ...told,
  script: requiredText('script'),
  voiceId: z.string().max(200).nullish(),
  voiceSpeed,
  featuredBRollFileIds: z.array(idText).max(100).nullish(),
});
export const voiceoverSchema = z.object({ ...told, fileId: z.string({ error: 'fileId is required' }).max(200) });
export const promptClipSchema = z.object({
  ...common,
  prompt: requiredText('prompt'),
  imageFileIds: z.array(idText).max(4, 'imageFileIds must have at most 4 entries').nullish(),
  durationSeconds: z.int().min(1).max(30).nullish(),
  quality: qualitySchema,
});
