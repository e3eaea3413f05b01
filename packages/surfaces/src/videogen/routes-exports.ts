import { composeStory, findParts, type JobSpecOf, type JobView, type StoryFilm, storyText } from '@polyreel/core';
import { z } from 'zod';
import { holdStatus } from '../shared/prefer-wait.ts';
import { setJobHeaders } from '../shared/response-headers.ts';
import type { SurfaceDeps } from '../surface.ts';
import { readPage, surfaceName } from './call.ts';
import { badParameter, notFound } from './errors.ts';
import { exportRefSchema, toExport } from './from-export.ts';
import { ownExportId, projectIdOf, runRefOf } from './from-run.ts';
import { exportPrefix, mintId, readJobId } from './ids.ts';
import type { Router } from './router.ts';
import { findProject } from './routes-projects.ts';
import { readBody } from './schemas.ts';
import { readExport } from './workflows/export-options.ts';
import { exportSchema } from './workflows/schemas.ts';

/** Exports of section 9.9: a project drawn once more, at the quality that is asked for. */
export function routeExports(router: Router): void {
  const { deps, settings } = router.context;
  const show = (job: JobView) => toExport(job, deps, { files: deps.files, settings });

  router.post('/v1/projects/:id/export', 'export', async ({ principal, id, body, reply }) => {
    const run = await findProject(deps, principal, id);
    const wish = readBody(exportSchema, body);
    const exportId = mintId(exportPrefix, deps.randomBytes);
    const spec = await toExportSpec(deps, run, { film: readExport(wish, runRefOf(run).aspectRatio, settings), exportId });
    const job = await deps.engine.submit({
      ...{ principal, surface: surfaceName, externalId: exportId, spec },
      clientRef: { projectId: projectIdOf(run) },
      inputFileIds: [...new Set(Object.values(spec.files ?? {}).map(({ fileId }) => fileId))],
    });
    setJobHeaders(reply, job);
    return reply.status(202).send({ exportId });
  });

  router.get('/v1/projects/:id/exports', 'exports', async ({ principal, request, id }) => {
    const run = await findProject(deps, principal, id);
    const { limit, cursor } = readPage(request);
    const own = runRefOf(run).isExported ? run : null;
    const after = cursor === undefined ? undefined : readJobId(exportPrefix, cursor, 'cursor');
    // The run's own export is the oldest: it comes behind all others.
    const listed =
      after === ownExportId(run)
        ? { jobs: [], hasMore: false }
        : await deps.engine.list({
            ...{ accountId: principal.accountId, surface: surfaceName, limit, externalIdPrefix: exportPrefix },
            clientRefContains: { projectId: projectIdOf(run) },
            ...(after !== undefined && { afterExternalId: after }),
          });
    const isOwnDue = own !== null && !listed.hasMore && after !== ownExportId(run);
    const hasRoom = listed.jobs.length < limit;
    const shown = isOwnDue && hasRoom ? [...listed.jobs, own] : listed.jobs;
    const hasMore = listed.hasMore || (isOwnDue && !hasRoom);
    return {
      exports: await Promise.all(shown.map(show)),
      hasMore,
      nextCursor: hasMore ? (listed.jobs.at(-1)?.externalId ?? null) : null,
    };
  });

  router.get('/v1/projects/:id/exports/:other', 'exports', async ({ principal, request, reply, id, other }) => {
    const run = await findProject(deps, principal, id);
    const exportId = readJobId(exportPrefix, other, 'exportId');
    const isOwn = exportId === ownExportId(run) && runRefOf(run).isExported;
    const externalId = isOwn ? run.externalId : exportId;
    const read = () => deps.engine.find({ principal, surface: surfaceName, externalId });
    const found = await read();
    const isOfProject = isOwn || (found && exportRefSchema.safeParse(found.clientRef).data?.projectId === projectIdOf(run));
    const job = found && isOfProject && (await holdStatus(deps, { request, reply, job: found, read }));
    if (!job) throw notFound('Export');
    setJobHeaders(reply, job);
    return show(job);
  });
}

/** The project as an edit: laid out from what its run has made. */
async function toExportSpec(
  deps: Pick<SurfaceDeps, 'engine' | 'timeline'>,
  run: JobView,
  { film, exportId }: { film: StoryFilm; exportId: string },
): Promise<JobSpecOf<'timeline'>> {
  if (run.state !== 'succeeded')
    throw badParameter('the project is still being made: export it when its workflow run has succeeded');
  const spec = await deps.engine.readSpec(run);
  if (spec?.kind !== 'story') throw new Error(`run ${run.externalId} has no story`);
  const { edit, files, totalSeconds } = composeStory(spec.story, findParts(run.artifacts), film);
  const check = deps.timeline.check(edit, {});
  if (check.document === null)
    throw new Error(
      `the edit of ${run.externalId} is not valid: ${check.errors.map(({ path, message }) => `${path} ${message}`).join('; ')}`,
    );
  return {
    ...{ kind: 'timeline', specVersion: 1, files, durationSeconds: totalSeconds, outputName: exportId },
    edit: z.json().parse(check.document),
    results: { count: 1, collection: 'export', isTemporary: false, description: storyText(spec.story) || spec.story.title },
  };
}
