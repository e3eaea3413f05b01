import {
  listTimelineSources,
  mapSourceHeaders,
  mergeFields,
  type TimelineDocument,
  validateTimeline,
  withSeeds,
} from '@polyreel/media/timeline';
import type { TimelineLanguage } from '@polyreel/surfaces';
import { z } from 'zod';
import { type ModelNames, namesFor, wantedGenerations } from './timeline-generations.ts';

/** What a check made, here or in another process; its insides are the renderer's business. */
const documentSchema = z.custom<TimelineDocument>(
  (value) => z.looseObject({ version: z.literal(1), edit: z.looseObject({}) }).safeParse(value).success,
);
const editSchema = z.record(z.string(), z.unknown());

/** What is shown instead of what a header holds. */
const hidden = '***';

export interface TimelineLanguageOptions {
  /** What stands in for models of others. */
  readonly names: ModelNames;
  /** Of what request headers hold: a checked document has them sealed. */
  seal(text: string): string;
}

/** The renderer's language for surfaces, with the models of this server. */
export const createTimelineLanguage = ({ names, seal }: TimelineLanguageOptions): TimelineLanguage => ({
  check(document, { catalog, ...options }) {
    const generation = catalog && { modelsFor: (task: Parameters<typeof namesFor>[0]) => namesFor(task, catalog, names) };
    const checked = validateTimeline(document, { ...options, ...(generation && { generation }) });
    const readable = checked.readable === null ? null : mapSourceHeaders(withSeeds(checked.readable), seal);
    return { ...checked, readable, document: checked.document === null ? null : readable };
  },
  fields: (document) => mergeFields(document, new Map(), 'keep').fields,
  addresses: (checked) =>
    listTimelineSources(documentSchema.parse(checked)).flatMap(({ origin, path }) =>
      origin.type === 'address' ? [{ src: origin.src, path }] : origin.inputSrc === null ? [] : [{ src: origin.inputSrc, path }],
    ),
  generations: (checked, options) => wantedGenerations(documentSchema.parse(checked), { ...options, names }),
  edit: (checked) => editSchema.parse(mapSourceHeaders(documentSchema.parse(checked).edit, () => hidden)),
});
