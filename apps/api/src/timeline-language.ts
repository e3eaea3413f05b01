import { listTimelineSources, mergeFields, type TimelineDocument, validateTimeline } from '@polyreel/media/timeline';
import type { TimelineLanguage } from '@polyreel/surfaces';
import { z } from 'zod';

/** What a check made, here or in another process; its insides are the renderer's business. */
const documentSchema = z.custom<TimelineDocument>(
  (value) => z.looseObject({ version: z.literal(1), edit: z.looseObject({}) }).safeParse(value).success,
);
const editSchema = z.record(z.string(), z.unknown());

/** The renderer's language for surfaces. Nothing is generated for a timeline on this server: such assets are refused by name. */
export const timelineLanguage: TimelineLanguage = {
  check(document, options) {
    const checked = validateTimeline(document, { ...options, generation: { modelsFor: () => null } });
    return { ...checked, document: checked.document };
  },
  fields: (document) => mergeFields(document, new Map(), 'keep').fields,
  addresses: (checked) =>
    listTimelineSources(documentSchema.parse(checked)).flatMap(({ origin, path }) =>
      origin.type === 'address' ? [{ src: origin.src, path }] : [],
    ),
  edit: (checked) => editSchema.parse(documentSchema.parse(checked).edit),
};
