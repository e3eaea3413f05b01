import type { JobState, JobView } from '@polyreel/core';
import type { ResultLinks } from '../surface.ts';
import { clientRefSchema, type HistoryBody, type StatusBody, type stateWords } from './schemas.ts';

const stateWordOf = {
  queued: 'queued',
  running: 'processing',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<JobState, (typeof stateWords)[number]>;

/** The document has one word for what is not over, and none for a cancelled job: a poller would go on for ever. */
const statusWordOf = {
  queued: 'PROCESSING',
  running: 'PROCESSING',
  succeeded: 'COMPLETED',
  failed: 'FAILED',
  cancelled: 'FAILED',
} as const satisfies Record<JobState, StatusBody['status']>;

/** `queuePosition` null: not queued, or a worker takes the job at this moment. */
export async function toStatusBody(job: JobView, queuePosition: number | null, links: ResultLinks): Promise<StatusBody> {
  const base = {
    job_id: job.externalId,
    state: stateWordOf[job.state],
    progress: job.state === 'succeeded' ? 100 : Math.min(99, Math.floor(job.progressRatio * 100)),
    created_at: job.createdAt.toISOString(),
    updated_at: job.updatedAt.toISOString(),
  };
  switch (job.state) {
    case 'queued':
    case 'running':
      return { ...base, status: 'PROCESSING', ...(queuePosition !== null && { queue_position: queuePosition }) };
    case 'succeeded': {
      const url = await filmLink(job, links);
      return { ...base, status: 'COMPLETED', video_url: url, result_url: url, metrics: metricsOf(job) };
    }
    case 'failed':
    case 'cancelled': {
      const text = job.state === 'cancelled' ? 'Job was cancelled' : (job.error?.message ?? 'Job failed');
      const isBlocked = job.state === 'failed' && job.error?.code === 'content_blocked';
      return { ...base, status: 'FAILED', error: text, error_message: text, ...(isBlocked && { error_type: 'RAI_FILTER' }) };
    }
  }
}

async function filmLink(job: JobView, links: ResultLinks): Promise<string> {
  const film = job.artifacts.find(({ role }) => role === 'film');
  if (!film) throw new Error(`job ${job.id} succeeded without a film`);
  return links.artifact(film);
}

function metricsOf({ createdAt, startedAt, finishedAt }: JobView) {
  const end = finishedAt ?? createdAt;
  const start = startedAt ?? end;
  const seconds = (from: Date, to: Date): number => Math.max(0, (to.getTime() - from.getTime()) / 1000);
  return {
    generation_time: seconds(start, end),
    spin_up_time: seconds(createdAt, start),
    total_time: seconds(createdAt, end),
  };
}

export function toHistoryBody(jobs: readonly JobView[], links: ResultLinks): Promise<HistoryBody> {
  return Promise.all(
    jobs.map(async (job) => ({
      id: job.externalId,
      prompt: clientRefSchema.parse(job.clientRef).prompt,
      video_url: job.state === 'succeeded' ? await filmLink(job, links) : null,
      status: statusWordOf[job.state],
      timestamp: job.createdAt.toISOString().slice(0, 19).replace('T', ' '),
    })),
  );
}
