import type { JobView, LibraryFile } from '@polyreel/core';
import { z } from 'zod';
import type { ResultLinks } from '../surface.ts';
import { toSeconds } from './call.ts';
import { urlsOf } from './file-info.ts';
import { errorOf, filesOf, type JobFiles, progressOf, statusOf } from './from-job.ts';
import { exportPrefix, projectPrefix, toOuterId, withPrefix } from './ids.ts';

/** What this surface keeps beside a run. */
const runRefSchema = z.object({
  workflowType: z.string(),
  title: z.string(),
  aspectRatio: z.object({ width: z.number(), height: z.number() }),
  isExported: z.boolean(),
  remixActions: z.array(z.object({ remixActionId: z.string(), type: z.string() })),
});
export type RunRef = z.infer<typeof runRefSchema>;

export function runRefOf(job: JobView): RunRef {
  const ref = runRefSchema.safeParse(job.clientRef);
  if (!ref.success) throw new Error(`run ${job.externalId} cannot be read`, { cause: ref.error });
  return ref.data;
}

export const projectIdOf = (run: JobView): string => withPrefix(projectPrefix, run.externalId);
/** Of the export that a run makes by itself. */
export const ownExportId = (run: JobView): string => withPrefix(exportPrefix, run.externalId);

export interface RunDeps extends JobFiles {
  readonly links: Pick<ResultLinks, 'share'>;
}

const placeOf = (run: JobView, { links }: Pick<RunDeps, 'links'>) => ({
  projectId: projectIdOf(run),
  projectUrl: links.share(run),
});

/** The film of a job that made one, with links to it and its thumbnail. */
export async function filmOf(job: JobView, deps: JobFiles) {
  const [film] = await filesOf(job, deps);
  return film ? { film, ...(await linksOf(film, deps)) } : { film: null, ...noLinks };
}

async function linksOf(film: LibraryFile, { files }: JobFiles) {
  const { original, thumbnail } = await files.sources(film);
  return { ...urlsOf('download', original), ...urlsOf('thumbnail', thumbnail) };
}
const noLinks = { downloadUrl: null, downloadUrlExpiresAt: null, thumbnailUrl: null, thumbnailUrlExpiresAt: null };

/** The fields about the export that a run made by itself; all null where there is none yet. */
async function ownExportOf(run: JobView, deps: JobFiles) {
  const { film, ...links } = await filmOf(run, deps);
  return { exportId: film && ownExportId(run), ...links, exportFileId: film && toOuterId('file', film.id) };
}

export async function toRun(run: JobView, deps: RunDeps): Promise<Record<string, unknown>> {
  return {
    workflowRunId: run.externalId,
    status: statusOf(run),
    workflowType: runRefOf(run).workflowType,
    progressPercentage: progressOf(run),
    attemptIndex: run.retries,
    ...placeOf(run, deps),
    error: errorOf(run),
    ...(await ownExportOf(run, deps)),
  };
}

/** The answer to a start and to a cancel. */
export const toStarted = (run: JobView, deps: Pick<RunDeps, 'links'>) => ({
  workflowRunId: run.externalId,
  ...placeOf(run, deps),
  remixActionIds: runRefOf(run).remixActions.map(({ remixActionId }) => remixActionId),
});

/** Of a message, without event and time. */
export async function toRunNews(run: JobView, deps: RunDeps): Promise<Record<string, unknown>> {
  return {
    workflowRunId: run.externalId,
    workflowType: runRefOf(run).workflowType,
    ...placeOf(run, deps),
    error: errorOf(run),
    ...(await ownExportOf(run, deps)),
  };
}

/** A run is a project from its start on; one that failed or was cancelled leaves none. */
export const isProject = (run: JobView): boolean => run.state !== 'failed' && run.state !== 'cancelled';

export const toProject = (run: JobView, deps: Pick<RunDeps, 'links'>) => {
  const { title, aspectRatio } = runRefOf(run);
  return {
    ...placeOf(run, deps),
    assistantId: null,
    title,
    aspectRatio,
    status: run.state === 'succeeded' ? 'ready' : 'generating',
    createdAt: toSeconds(run.createdAt),
    updatedAt: toSeconds(run.updatedAt),
  };
};

/** Changes that were ordered with the workflow are done when it is. */
export const toRemixes = (run: JobView, deps: Pick<RunDeps, 'links'>) =>
  runRefOf(run).remixActions.map(({ remixActionId, type }) => ({
    ...{ remixActionId, type, status: statusOf(run), ...placeOf(run, deps) },
    ...{ progressPercentage: progressOf(run), attemptIndex: run.retries, error: errorOf(run) },
  }));
