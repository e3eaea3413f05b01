import { StepError } from '@polyreel/core';
import type { MediaTools } from '@polyreel/media';
import { renderTimeline, type TimelineDocument, validateTimeline } from '@polyreel/media/timeline';
import { z } from 'zod';
import type { TimelineRenderRequest, TimelineRenderResult } from '../steps/render-timeline.ts';

/** Written by the renderer's own check, in this process or another one; its insides are the renderer's business. */
const documentSchema = z.custom<TimelineDocument>(
  (value) => z.looseObject({ version: z.literal(1), edit: z.looseObject({}) }).safeParse(value).success,
);

/** Draws a stored document. */
export async function renderDocument(
  media: MediaTools,
  { document, ...request }: TimelineRenderRequest,
): Promise<TimelineRenderResult> {
  const read = documentSchema.safeParse(document);
  if (!read.success)
    throw new StepError({
      code: 'unreadable_timeline',
      publicMessage: 'timeline: this version of the server cannot read it',
      permanent: true,
      cause: read.error,
    });
  return renderTimeline(media, { document: read.data, ...request });
}

/** For edits that this server itself has written: a fault in one is ours. */
export function checkOwnEdit(edit: unknown): TimelineDocument {
  const { document, errors } = validateTimeline(edit);
  if (document === null)
    throw new Error(`an edit of our own is not valid: ${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}`);
  return document;
}
