import { z } from 'zod';

const assetRef = z.object({ fileId: z.string() });

export const visibleMarkSchema = z.object({
  position: z.enum(['top-left', 'top', 'top-right', 'left', 'center', 'right', 'bottom-left', 'bottom', 'bottom-right']),
  /** Share of the film's width. */
  scale: z.number().min(0.01).max(1),
  opacity: z.number().min(0).max(1),
  /** Share of the shorter side. */
  margin: z.number().min(0).max(0.5),
  content: z.union([
    z.object({ text: z.string().min(1).max(200), color: z.string() }),
    /** A picture of the account's. */
    z.object({ image: assetRef }),
  ]),
});

const credit = z.string().max(1000).optional();
export type VisibleMarkSpec = z.infer<typeof visibleMarkSchema>;

/** The caller's own words about the work; `other`: what has no name here. */
export const creditsSchema = z.object({
  title: credit,
  author: credit,
  organization: credit,
  copyright: credit,
  license: credit,
  description: credit,
  url: credit,
  software: credit,
  other: z.record(z.string(), z.string()).optional(),
});

/** What is done to a film before it is given away: marks, a fingerprint that is always taken, a signature. */
export const publishSpecSchema = z.object({
  visibleMark: visibleMarkSchema.optional(),
  hasInvisibleMark: z.boolean(),
  credits: creditsSchema,
});
export type PublishSpec = z.infer<typeof publishSpecSchema>;
