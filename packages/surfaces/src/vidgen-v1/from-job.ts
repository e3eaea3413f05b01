import type { JobState, JobView } from '@polyreel/core';
import type { ResultLinks } from '../surface.ts';
import { clientRefSchema, type ListBody, type StatusBody, type StatusWord } from './schemas.ts';

const stateWords = {
  queued: 'PENDING',
  running: 'PROCESSING',
  succeeded: 'COMPLETED',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
} as const satisfies Record<JobState, StatusWord>;

export const wordOfState = (state: JobState): StatusWord => stateWords[state];

/** Inverse of `wordOfState`. */
export function stateOfWord(word: StatusWord): JobState {
  switch (word) {
    case 'PENDING':
      return 'queued';
    case 'PROCESSING':
      return 'running';
    case 'COMPLETED':
      return 'succeeded';
    case 'FAILED':
      return 'failed';
    case 'CANCELLED':
      return 'cancelled';
  }
}

async function outputs(
  job: JobView,
  links: ResultLinks,
): Promise<{ outputVideo: string | null; outputShareLink: string | null }> {
  const film = job.state === 'succeeded' ? job.artifacts.find((artifact) => artifact.role === 'film') : undefined;
  if (!film) return { outputVideo: null, outputShareLink: null };
  return { outputVideo: await links.artifact(film), outputShareLink: links.share(job) };
}

const errorMessage = (job: JobView): string | null => (job.state === 'failed' ? (job.error?.message ?? 'Job failed') : null);

/** 100 only when done; a running job shows at most 99. */
function progressOf(job: JobView): number {
  if (job.state === 'succeeded') return 100;
  return Math.min(99, Math.floor(job.progressRatio * 100));
}

export async function toStatusBody(job: JobView, links: ResultLinks): Promise<StatusBody> {
  return {
    jobId: job.externalId,
    status: wordOfState(job.state),
    progress: progressOf(job),
    ...(await outputs(job, links)),
    errorMessage: errorMessage(job),
    createdAt: job.createdAt.toISOString(),
    updatedAt: job.updatedAt.toISOString(),
  };
}

async function toListedJob(job: JobView, links: ResultLinks): Promise<ListBody['jobs'][number]> {
  return {
    id: job.externalId,
    status: wordOfState(job.state),
    ...(await outputs(job, links)),
    errorMessage: errorMessage(job),
    retries: job.retries,
    createdAt: job.createdAt.toISOString(),
    updatedAt: job.updatedAt.toISOString(),
    webhookUrl: clientRefSchema.parse(job.clientRef).webhookUrl,
  };
}

export async function toListBody(
  page: { jobs: readonly JobView[]; hasMore: boolean; limit: number },
  links: ResultLinks,
): Promise<ListBody> {
  const last = page.jobs.at(-1);
  return {
    jobs: await Promise.all(page.jobs.map((job) => toListedJob(job, links))),
    pagination: { limit: page.limit, nextCursor: page.hasMore && last ? last.externalId : null, hasNextPage: page.hasMore },
  };
}
