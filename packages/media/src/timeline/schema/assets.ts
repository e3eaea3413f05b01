import { z } from 'zod';
import {
  address,
  looseAddress,
  animatable,
  color,
  crop,
  duck,
  fadeEffect,
  focus,
  gradient,
  headers,
  offset,
  position,
} from './common.ts';
import {
  activeFont,
  fitText,
  padding,
  richAlign,
  richAnimation,
  richBackground,
  richBorder,
  richDirection,
  richFont,
  richShadow,
  richStroke,
  richStyle,
} from './text-parts.ts';

const options = z.record(z.string(), z.unknown());
const prompt = z.string().max(4000);
const model = z.string().max(200);
const volume = animatable(z.number().min(0).max(2));
const speed = z.number().min(0).max(10);
const generated = { prompt: prompt.optional(), model: model.optional(), options: options.optional() };

const video = z.strictObject({
  type: z.literal('video'),
  src: address.optional(),
  headers: headers.optional(),
  ...generated,
  trim: z.number().optional(),
  volume: volume.optional(),
  volumeEffect: fadeEffect.optional(),
  speed: speed.optional(),
  crop: crop.optional(),
  chromaKey: z
    .strictObject({
      color: z.string().regex(/^#[0-9a-fA-F]{6}$/, 'expected a colour such as #00ff00'),
      threshold: z.number().min(0).max(250).optional(),
      halo: z.number().min(0).max(250).optional(),
      spill: z.number().min(0).max(1).optional(),
    })
    .optional(),
  transcode: z.boolean().optional(),
  loop: z.boolean().optional(),
  onEnd: z.enum(['hide', 'freeze', 'loop']).optional(),
  focus: focus.optional(),
  reverse: z.boolean().optional(),
});

const image = z.strictObject({
  type: z.literal('image'),
  src: address.optional(),
  headers: headers.optional(),
  ...generated,
  crop: crop.optional(),
  focus: focus.optional(),
  trim: z.number().optional(),
});

const audio = z.strictObject({
  type: z.literal('audio'),
  src: address.optional(),
  headers: headers.optional(),
  ...generated,
  trim: z.number().optional(),
  volume: volume.optional(),
  speed: speed.optional(),
  effect: fadeEffect.optional(),
  loop: z.boolean().optional(),
  duck: duck.optional(),
  pan: z.number().min(-1).max(1).optional(),
  normalize: z.boolean().optional(),
});

const richText = z.strictObject({
  type: z.literal('rich-text'),
  text: z.string().max(5000),
  font: richFont.optional(),
  style: richStyle.optional(),
  stroke: richStroke.optional(),
  shadow: richShadow.optional(),
  background: richBackground.optional(),
  border: richBorder.optional(),
  padding: padding.optional(),
  align: richAlign.optional(),
  animation: richAnimation.optional(),
  fitText: z.union([z.boolean(), fitText]).optional(),
  maxLines: z.int().min(1).max(1000).optional(),
  ellipsis: z.union([z.boolean(), z.string().max(20)]).optional(),
  markup: z.boolean().optional(),
  direction: z.enum(['ltr', 'rtl', 'auto']).optional(),
});

const text = z.strictObject({
  type: z.literal('text'),
  text: z.string().max(5000),
  width: z.number().optional(),
  height: z.number().optional(),
  font: z
    .strictObject({
      family: z.string().optional(),
      color: color.optional(),
      opacity: z.number().optional(),
      size: z.number().optional(),
      weight: z.number().optional(),
      lineHeight: z.number().optional(),
    })
    .optional(),
  background: z
    .strictObject({
      color: color.optional(),
      opacity: z.number().min(0).max(1).optional(),
      padding: z.number().min(0).max(100).optional(),
      borderRadius: z.number().min(0).optional(),
      wrap: z.boolean().optional(),
    })
    .optional(),
  alignment: z
    .strictObject({
      horizontal: z.enum(['left', 'center', 'right']).optional(),
      vertical: z.enum(['top', 'center', 'bottom', 'middle']).optional(),
    })
    .optional(),
  stroke: z.strictObject({ width: z.number().min(0).max(10).optional(), color: color.optional() }).optional(),
  animation: z.strictObject({ preset: z.enum(['typewriter']), duration: z.number().min(0.1).max(30).optional() }).optional(),
  ellipsis: z.string().max(20).optional(),
});

export const titleStyles = [
  ...(['minimal', 'blockbuster', 'vogue', 'sketchy', 'skinny'] as const),
  ...(['chunk', 'chunkLight', 'marker', 'future', 'subtitle'] as const),
] as const;
export const titleSizes = ['xx-small', 'x-small', 'small', 'medium', 'large', 'x-large', 'xx-large'] as const;
const title = z.strictObject({
  type: z.literal('title'),
  text: z.string().max(5000),
  style: z.enum(titleStyles).optional(),
  color: color.optional(),
  size: z.enum(titleSizes).optional(),
  background: color.optional(),
  position: position.optional(),
  offset: offset.optional(),
});

const html = z.strictObject({
  type: z.literal('html'),
  html: z.string().max(1_000_000),
  css: z.string().max(500_000).optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  background: color.optional(),
  position: position.optional(),
});
const html5 = z.strictObject({
  type: z.literal('html5'),
  html: z.string().max(1_000_000),
  css: z.string().max(500_000).optional(),
  js: z.string().max(500_000).optional(),
});

const shape = z.strictObject({
  type: z.literal('shape'),
  shape: z.enum(['rectangle', 'circle', 'line', 'ellipse', 'polygon', 'star', 'path']),
  width: z.number().optional(),
  height: z.number().optional(),
  fill: z.strictObject({ color: color.optional(), opacity: z.number().optional(), gradient: gradient.optional() }).optional(),
  stroke: z.strictObject({ color: color.optional(), width: z.number().optional() }).optional(),
  rectangle: z.strictObject({ width: z.number(), height: z.number(), cornerRadius: z.number().optional() }).optional(),
  circle: z.strictObject({ radius: z.number() }).optional(),
  line: z.strictObject({ length: z.number(), thickness: z.number() }).optional(),
  ellipse: z.strictObject({ width: z.number().min(0), height: z.number().min(0) }).optional(),
  polygon: z.strictObject({ sides: z.int().min(3).max(100), radius: z.number().min(0) }).optional(),
  star: z
    .strictObject({ points: z.int().min(3).max(100), outerRadius: z.number().min(0), innerRadius: z.number().min(0) })
    .optional(),
  path: z.strictObject({ d: z.string().min(1).max(100_000) }).optional(),
});

const svg = z.strictObject({ type: z.literal('svg'), src: z.string().min(1).max(500_000), headers: headers.optional() });

const luma = z.strictObject({
  type: z.literal('luma'),
  src: address,
  headers: headers.optional(),
  trim: z.number().optional(),
  invert: z.boolean().optional(),
});

/** What may mask a clip: its brightness becomes the clip's alpha. */
const maskMedia = { src: address, headers: headers.optional(), trim: z.number().optional(), invert: z.boolean().optional() };
const isInverted = { invert: z.boolean().optional() };
export const maskSchema = z.preprocess(
  (value) => (typeof value === 'object' && value !== null && !('type' in value) ? { type: 'luma', ...value } : value),
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('luma'), ...maskMedia }),
    z.strictObject({ type: z.literal('image'), ...maskMedia }),
    z.strictObject({ type: z.literal('video'), ...maskMedia }),
    shape.extend(isInverted),
    svg.extend(isInverted),
    richText.extend(isInverted),
    z.strictObject({ type: z.literal('gradient'), gradient, ...isInverted }),
  ]),
);
export type Mask = z.infer<typeof maskSchema>;

/** The mask as an asset of its own, stretched over the clip it masks. */
export const assetOfMask = (mask: Mask): Asset => {
  const { invert: _invert, ...asset } = mask;
  return asset.type === 'image' || asset.type === 'video' ? { ...asset, type: 'luma' } : asset;
};

const caption = z.strictObject({
  type: z.enum(['caption']),
  src: address,
  headers: headers.optional(),
  font: z
    .strictObject({
      family: z.string().optional(),
      color: color.optional(),
      opacity: z.number().optional(),
      size: z.number().optional(),
      lineHeight: z.number().optional(),
      stroke: color.optional(),
      strokeWidth: z.number().optional(),
    })
    .optional(),
  background: z
    .strictObject({
      color: color.optional(),
      opacity: z.number().optional(),
      padding: z.number().optional(),
      borderRadius: z.number().optional(),
    })
    .optional(),
  margin: z.strictObject({ top: z.number().optional(), left: z.number().optional(), right: z.number().optional() }).optional(),
  trim: z.number().optional(),
  speed: speed.optional(),
  sidecar: z.boolean().optional(),
});

const richCaption = z.strictObject({
  type: z.literal('rich-caption'),
  src: looseAddress.optional(),
  /** What the clip named by `src` says: its length is shared among these words, nothing is transcribed. */
  text: z.string().min(1).max(20_000).optional(),
  headers: headers.optional(),
  words: z
    .array(z.strictObject({ text: z.string().min(1).max(200), start: z.number().min(0), end: z.number().min(0) }))
    .max(20_000)
    .optional(),
  font: richFont.optional(),
  style: richStyle.optional(),
  stroke: richStroke.optional(),
  shadow: richShadow.optional(),
  background: richBackground.optional(),
  border: richBorder.optional(),
  padding: padding.optional(),
  align: richAlign.optional(),
  active: z
    .strictObject({
      font: activeFont.optional(),
      stroke: z.union([richStroke, z.literal('none')]).optional(),
      shadow: z.union([richShadow, z.literal('none')]).optional(),
    })
    .optional(),
  animation: z
    .strictObject({
      style: z.enum(['karaoke', 'highlight', 'pop', 'fade', 'slide', 'bounce', 'typewriter', 'none']).default('highlight'),
      direction: richDirection.optional(),
    })
    .optional(),
  maxWordsPerLine: z.int().min(1).max(100).optional(),
  maxLines: z.int().min(1).max(20).optional(),
  sidecar: z.boolean().optional(),
  trim: z.number().optional(),
  speed: speed.optional(),
});

const textToImage = z.strictObject({
  type: z.literal('text-to-image'),
  prompt: z.string(),
  model: model.optional(),
  options: options.optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  crop: crop.optional(),
});
const imageToVideo = z.strictObject({
  type: z.literal('image-to-video'),
  src: looseAddress,
  headers: headers.optional(),
  prompt: z.string().optional(),
  model: model.optional(),
  options: options.optional(),
  aspectRatio: z.enum(['1:1', '4:3', '16:9', '9:16', '3:4', '21:9', '9:21']).optional(),
  speed: speed.optional(),
  crop: crop.optional(),
});
const textToVideo = z.strictObject({
  type: z.literal('text-to-video'),
  prompt,
  model: model.optional(),
  options: options.optional(),
  speed: speed.optional(),
  crop: crop.optional(),
});
const textToSpeech = z.strictObject({
  type: z.literal('text-to-speech'),
  text: z.string(),
  voice: z.string(),
  language: z.string().optional(),
  newscaster: z.boolean().optional(),
  model: model.optional(),
  options: options.optional(),
  trim: z.number().optional(),
  volume: volume.optional(),
  speed: speed.optional(),
  effect: fadeEffect.optional(),
});
const soundFromText = {
  prompt,
  model: model.optional(),
  options: options.optional(),
  trim: z.number().optional(),
  volume: volume.optional(),
  effect: fadeEffect.optional(),
  loop: z.boolean().optional(),
};
const textToMusic = z.strictObject({ type: z.literal('text-to-music'), ...soundFromText });
const textToSfx = z.strictObject({ type: z.literal('text-to-sfx'), ...soundFromText });

const colorAsset = z.strictObject({ type: z.literal('color'), color });
const gradientAsset = z.strictObject({ type: z.literal('gradient'), gradient });
const visualizer = z.strictObject({
  type: z.literal('visualizer'),
  src: address,
  headers: headers.optional(),
  style: z.enum(['wave', 'bars', 'level']).default('wave'),
  color: color.optional(),
  gradient: gradient.optional(),
  background: color.optional(),
  bars: z.int().min(4).max(256).default(48),
  lineWidth: z.number().min(0.5).max(50).default(3),
  trim: z.number().optional(),
  speed: speed.optional(),
});
const composition = z.strictObject({
  type: z.literal('composition'),
  /** Read by `timelineSchema` on its own: a schema that holds itself has no type that can be inferred. */
  timeline: z.record(z.string(), z.unknown()),
  width: z.number().min(16).max(4096).optional(),
  height: z.number().min(16).max(4096).optional(),
  trim: z.number().optional(),
  speed: speed.optional(),
  loop: z.boolean().optional(),
  volume: volume.optional(),
});

export const assetSchema = z.discriminatedUnion('type', [
  video,
  image,
  audio,
  richText,
  text,
  title,
  html,
  html5,
  shape,
  svg,
  luma,
  caption,
  richCaption,
  textToImage,
  imageToVideo,
  textToVideo,
  textToSpeech,
  textToMusic,
  textToSfx,
  colorAsset,
  gradientAsset,
  visualizer,
  composition,
]);

export type Asset = z.infer<typeof assetSchema>;
export type AssetType = Asset['type'];
export type AssetOf<Type extends AssetType> = Extract<Asset, { type: Type }>;
