import type { JobState, JobView, LibraryFile } from '@polyreel/core';
import { z } from 'zod';
import type { WebhookFiles } from '../surface.ts';
import { type FileInfoDeps, toFileInfo, typeOf, urlsOf } from './file-info.ts';
import { toOuterId } from './ids.ts';

/** What this surface keeps beside a job. */
export const toolRefSchema = z.object({ toolType: z.string() });

/** Where the files of a job are found. */
export interface JobFiles {
  readonly files: WebhookFiles;
}

const statusWords = {
  queued: 'pending',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<JobState, string>;

/** `status`: a job that was asked to stop while it ran is running until it has. */
export const statusOf = (job: JobView): (typeof statusWords)[JobState] => statusWords[job.state];
export const toolTypeOf = (job: JobView): string => toolRefSchema.safeParse(job.clientRef).data?.toolType ?? 'UNKNOWN';

/** Never falls, and is 100 only when all is there. */
export const progressOf = (job: JobView): number =>
  job.state === 'succeeded' ? 100 : Math.min(99, Math.floor(job.progressRatio * 100));

/** What was withheld after it was made has the code of what is refused before. */
export const errorOf = ({ state, error }: Pick<JobView, 'state' | 'error'>): { message: string; code: string } | null =>
  state === 'failed' && error
    ? { message: error.message, code: error.code === 'content_blocked' ? 'content_policy_violation' : error.code }
    : null;

/** The files that a job shows to its account, in the order in which they were made. */
export async function filesOf(job: JobView, deps: JobFiles): Promise<readonly LibraryFile[]> {
  if (job.state !== 'succeeded') return [];
  const made = job.artifacts.map(({ fileId }) => fileId);
  const files = await deps.files.getMany(job.accountId, made);
  return files.filter(({ collection }) => collection !== null).toSorted((a, b) => made.indexOf(a.id) - made.indexOf(b.id));
}

export async function toResults(job: JobView, deps: JobFiles, info: FileInfoDeps): Promise<unknown[]> {
  const files = await filesOf(job, deps);
  return Promise.all(
    files.map(async (file) => {
      const { original, thumbnail } = await deps.files.sources(file);
      return {
        fileId: toOuterId('file', file.id),
        type: typeOf(file) ?? 'IMAGE',
        file: await toFileInfo(file, info, { hasAnalysis: false }),
        ...urlsOf('download', original),
        ...urlsOf('thumbnail', thumbnail),
      };
    }),
  );
}

/** An execution in the newer form, which the older clients take too. */
export async function toExecution(job: JobView, deps: JobFiles, info: FileInfoDeps): Promise<unknown> {
  return {
    toolExecutionId: job.externalId,
    status: statusOf(job),
    toolType: toolTypeOf(job),
    progressPercentage: progressOf(job),
    attemptIndex: job.retries,
    results: await toResults(job, deps, info),
    error: errorOf(job),
  };
}
