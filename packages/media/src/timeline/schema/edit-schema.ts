import { z } from 'zod';
import { timelineSchema } from './clip.ts';
import { outputSchema } from './output.ts';

/** A value of the merge list that is not a placeholder's business any more: merged before the schema looks. */
const mergeField = z.strictObject({ find: z.string(), replace: z.unknown().optional() });

/** The edit after merging, in the internal dialect: Shotstack's JSON and our additions. Unknown keys are refused at every level. */
export const editSchema = z.strictObject({
  timeline: timelineSchema,
  output: outputSchema,
  merge: z.union([z.array(mergeField), z.record(z.string(), z.unknown())]).optional(),
  callback: z.string().optional(),
  disk: z.enum(['local', 'mount']).optional(),
  instance: z.enum(['s1', 's2', 'a1']).optional(),
});
export type Edit = z.infer<typeof editSchema>;

export type { Asset, AssetOf, AssetType } from './assets.ts';
export { assetOfMask, assetSchema } from './assets.ts';
export type { Clip, Timeline, Track } from './clip.ts';
export { timelineSchema } from './clip.ts';
export type { Output, OutputFormat, Quality, Resolution } from './output.ts';
