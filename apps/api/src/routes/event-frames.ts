import type { JobEvent, JobEventType, JobState, JobView } from '@polyreel/core';

const stateOfEventType = {
  'job.queued': 'queued',
  'job.started': 'running',
  'job.progress': 'running',
  'job.succeeded': 'succeeded',
  'job.failed': 'failed',
  'job.cancelled': 'cancelled',
} as const satisfies Record<JobEventType, JobState>;

export const stateOfEvent = (event: JobEvent): JobState => stateOfEventType[event.type];

/** One event of a `text/event-stream`. JSON has no raw line break, so one `data` line holds it. */
const frame = (event: string, data: unknown, id?: number): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** The id that the surface shows, and our own. */
const idsOf = (job: JobView) => ({ id: job.externalId, job: job.id });

/** A stored change of state; its number is what a stream is resumed by. */
export const stateFrame = (job: JobView, event: JobEvent): string =>
  frame('state', { ...idsOf(job), state: stateOfEvent(event), at: event.createdAt.toISOString() }, event.seq);

/** 0..1. */
export const progressFrame = (job: JobView, progressRatio: number): string =>
  frame('progress', { ...idsOf(job), progress: progressRatio });

/** A picture of the work in hand, behind a link that lives for a short while. */
export const previewFrame = (job: JobView, preview: { url: string; version: number }): string =>
  frame('preview', { ...idsOf(job), ...preview });

/** The last one: the job will not change any more. */
export const endFrame = (job: JobView): string => frame('end', { ...idsOf(job), state: job.state, error: job.error });

export const commentFrame = ': still here\n\n';
