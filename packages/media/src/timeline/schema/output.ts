import { z } from 'zod';

export const formats = [
  ...(['mp4', 'webm', 'mov', 'gif', 'webp', 'mp3', 'wav', 'm4a', 'aac', 'jpg', 'png', 'bmp', 'srt', 'vtt'] as const),
] as const;
export type OutputFormat = (typeof formats)[number];

/** Frame at 16:9 and its rate; other shapes keep the short side. */
export const resolutions = [
  ...(['preview', 'mobile', 'sd', 'hd', '1080', '4k'] as const),
  ...(['1080p', '720p', '480p', '360p', '1440p', '2160p', 'full-hd'] as const),
] as const;
export type Resolution = (typeof resolutions)[number];

export const qualities = ['verylow', 'low', 'medium', 'high', 'veryhigh'] as const;
export type Quality = (typeof qualities)[number];

const capture = z.union([z.number(), z.enum(['first', 'middle'])], { error: 'expected seconds, "first" or "middle"' });

const destination = z.looseObject({ provider: z.string(), options: z.record(z.string(), z.unknown()).optional() });

export const outputSchema = z.strictObject({
  format: z.enum(formats),
  resolution: z.enum(resolutions).optional(),
  aspectRatio: z
    .string()
    .regex(/^([1-9]|[12]\d|3[0-2]):([1-9]|[12]\d|3[0-2])$/, 'expected a:b with numbers from 1 to 32')
    .optional(),
  size: z.strictObject({ width: z.int().min(1).max(8192).optional(), height: z.int().min(1).max(8192).optional() }).optional(),
  fps: z.number().min(1).max(120).optional(),
  scaleTo: z.enum(resolutions).optional(),
  quality: z.enum(qualities).optional(),
  crf: z.number().min(0).max(51).optional(),
  repeat: z.boolean().optional(),
  mute: z.boolean().optional(),
  range: z.strictObject({ start: z.number().min(0).optional(), length: z.number().min(0).optional() }).optional(),
  poster: z.strictObject({ capture }).optional(),
  thumbnail: z.strictObject({ capture, scale: z.number().min(0).max(1).optional() }).optional(),
  destinations: z.array(destination).max(50).optional(),
  codec: z.enum(['h264', 'h265', 'av1', 'vp9', 'prores', 'prores4444']).optional(),
  alpha: z.boolean().optional(),
  audio: z
    .strictObject({
      codec: z.enum(['aac', 'mp3', 'opus', 'pcm']).optional(),
      bitrate: z.number().min(8).max(640).optional(),
      sampleRate: z.union([z.literal(22050), z.literal(44100), z.literal(48000)]).optional(),
      channels: z.union([z.literal(1), z.literal(2)]).optional(),
      loudness: z.number().min(-40).max(-5).optional(),
    })
    .optional(),
  metadata: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,40}$/), z.string().max(2000)).optional(),
});
export type Output = z.infer<typeof outputSchema>;
