import type { JobView } from '@polyreel/core';
import { z } from 'zod';
import { type FileInfoDeps, toFileInfo } from './file-info.ts';
import { errorOf, filesOf, type JobFiles, progressOf, statusOf } from './from-job.ts';
import { filmOf, ownExportId, projectIdOf } from './from-run.ts';
import { toOuterId } from './ids.ts';

/** What this surface keeps beside an export that was asked for. */
export const exportRefSchema = z.object({ projectId: z.string() });

/** A run's own export is the run: its film comes at its end. */
const idsOf = (job: JobView): { exportId: string; projectId: string } =>
  job.kind === 'story'
    ? { exportId: ownExportId(job), projectId: projectIdOf(job) }
    : { exportId: job.externalId, projectId: exportRefSchema.parse(job.clientRef).projectId };

export async function toExport(job: JobView, deps: JobFiles, info: FileInfoDeps): Promise<Record<string, unknown>> {
  const { film, ...links } = await filmOf(job, deps);
  return {
    ...idsOf(job),
    status: statusOf(job),
    progressPercentage: progressOf(job),
    attemptIndex: job.retries,
    ...links,
    exportFileId: film && toOuterId('file', film.id),
    file: film && (await toFileInfo(film, info)),
    error: errorOf(job),
  };
}

/** Of a message, without event and time. */
export async function toExportNews(job: JobView, deps: JobFiles): Promise<Record<string, unknown>> {
  const [film] = await filesOf(job, deps);
  return { ...idsOf(job), exportFileId: film ? toOuterId('file', film.id) : null, error: errorOf(job) };
}
