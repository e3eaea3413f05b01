import {
  isFinalJobState,
  type JobEvent,
  type JobPreview,
  type JobSignals,
  type JobStore,
  type JobView,
  type PreviewSignals,
} from '@polyreel/core';
import { createBell } from './bell.ts';
import { commentFrame, endFrame, previewFrame, progressFrame, stateFrame, stateOfEvent } from './event-frames.ts';

export interface StreamTimes {
  /** After so long a silence a comment line goes out, or proxies cut the line. */
  readonly commentMs: number;
  /** The least time between two `progress` events. */
  readonly progressMs: number;
  /** How long a lost signal can delay an event. */
  readonly lookMs: number;
}
export const defaultTimes: StreamTimes = { commentMs: 15_000, progressMs: 500, lookMs: 5000 };

/** Pictures of work in hand, and links to them. */
export interface PreviewFeed {
  readonly signals: PreviewSignals;
  link(preview: JobPreview): Promise<string>;
}

export interface StreamJob {
  readonly job: JobView;
  readonly jobs: Pick<JobStore, 'findById' | 'events'>;
  readonly signals: JobSignals;
  readonly previews: PreviewFeed;
  /** Number of the last `state` that the client has seen; 0: none. */
  readonly afterSeq: number;
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
  readonly times: StreamTimes;
}

/** What is known of the job, what the client knows, and when the next thing is due. */
interface Cursor {
  hasNews: boolean;
  progressRatio: number;
  /** The newest picture that the client has not been told of. */
  preview: JobPreview | null;
  seq: number;
  shownRatio: number;
  lookAt: number;
  progressAt: number;
  commentAt: number;
}

/** What happens to the job after `afterSeq`, as text, until it has ended, the client is gone or the process stops. */
export async function* streamJob(options: StreamJob): AsyncGenerator<string> {
  const { job, signals, gone, times } = options;
  const over = AbortSignal.any([gone, signals.stopped]);
  const bell = createBell(over);
  const cursor: Cursor = { ...start, seq: options.afterSeq, commentAt: performance.now() + times.commentMs };
  const stopWatching = signals.watch(job.id, (change) => {
    if (change === null || change.eventSeq > cursor.seq) cursor.hasNews = true;
    cursor.progressRatio = Math.max(cursor.progressRatio, change?.progressRatio ?? 0);
    bell.ring();
  });
  const stopWatchingPreviews = options.previews.signals.watch(job.id, (preview) => {
    cursor.preview = preview;
    bell.ring();
  });
  try {
    while (!over.aborted) {
      if (cursor.hasNews || performance.now() >= cursor.lookAt) {
        const hasEnded = yield* catchUp(options, cursor);
        if (hasEnded) return;
      }
      for (const text of dueFrames(job, cursor, times)) yield text;
      const { preview } = cursor;
      if (preview) {
        cursor.preview = null;
        yield previewFrame(job, { url: await options.previews.link(preview), version: preview.version });
      }
      if (!cursor.hasNews) await bell.wait(nextAt(cursor) - performance.now());
    }
  } finally {
    stopWatching();
    stopWatchingPreviews();
  }
}

const start = { hasNews: true, progressRatio: 0, preview: null, shownRatio: -1, lookAt: 0, progressAt: 0 } as const;

/** Tells the states that are stored; true: there is nothing more to come. */
async function* catchUp({ job, jobs, times }: StreamJob, cursor: Cursor): AsyncGenerator<string, boolean> {
  // Before the reads: what is announced during them is read again.
  cursor.hasNews = false;
  cursor.lookAt = performance.now() + times.lookMs;
  const view = await jobs.findById(job.id);
  // Deleted: it will not change any more, and nobody may learn of it.
  if (view === null) return true;
  for await (const event of eventsAfter(jobs, job.id, cursor.seq)) {
    cursor.seq = event.seq;
    cursor.commentAt = performance.now() + times.commentMs;
    yield stateFrame(view, event);
    // It ended between the two reads.
    if (isFinalJobState(stateOfEvent(event)) && !isFinalJobState(view.state)) cursor.hasNews = true;
  }
  cursor.progressRatio = Math.max(cursor.progressRatio, view.progressRatio);
  if (!isFinalJobState(view.state)) return false;
  yield endFrame(view);
  return true;
}

const eventsOfOneRead = 100;

async function* eventsAfter(jobs: Pick<JobStore, 'events'>, jobId: string, afterSeq: number): AsyncGenerator<JobEvent> {
  for (let seq = afterSeq; ; ) {
    const events = await jobs.events({ jobId, afterSeq: seq, limit: eventsOfOneRead });
    yield* events;
    if (events.length < eventsOfOneRead) return;
    seq = events.at(-1)?.seq ?? seq;
  }
}

/** The latest progress, where it is time for it; a comment after a long silence. */
function dueFrames(job: JobView, cursor: Cursor, times: StreamTimes): string[] {
  const now = performance.now();
  if (cursor.progressRatio > cursor.shownRatio && now >= cursor.progressAt) {
    cursor.shownRatio = cursor.progressRatio;
    cursor.progressAt = now + times.progressMs;
    cursor.commentAt = now + times.commentMs;
    return [progressFrame(job, cursor.progressRatio)];
  }
  if (now < cursor.commentAt) return [];
  cursor.commentAt = now + times.commentMs;
  return [commentFrame];
}

const nextAt = (cursor: Cursor): number =>
  Math.min(
    cursor.lookAt,
    cursor.commentAt,
    cursor.progressRatio > cursor.shownRatio ? cursor.progressAt : Number.POSITIVE_INFINITY,
  );
