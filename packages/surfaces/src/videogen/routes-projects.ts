import type { JobView, Principal } from '@polyreel/core';
import type { SurfaceDeps } from '../surface.ts';
import { readFlag, readPage, surfaceName } from './call.ts';
import { badParameter, notFound } from './errors.ts';
import { isProject, projectIdOf, toProject, toRemixes } from './from-run.ts';
import { interchangePrefix, projectPrefix, readJobId, runPrefix, withPrefix } from './ids.ts';
import type { Router } from './router.ts';

/** The run behind a project. Throws 400 `invalid_id` and 404. */
export async function findProject(deps: Pick<SurfaceDeps, 'engine'>, principal: Principal, id: string): Promise<JobView> {
  const externalId = withPrefix(runPrefix, readJobId(projectPrefix, id, 'projectId'));
  const run = await deps.engine.find({ principal, surface: surfaceName, externalId });
  if (!run || !isProject(run)) throw notFound('Project');
  return run;
}

const projectStates = ['queued', 'running', 'succeeded'] as const;

/** Section 9.9 without exports. A project is what a run has made, and is listed as long as that is there. */
export function routeProjects(router: Router): void {
  const { deps } = router.context;

  router.get('/v1/projects', 'projects', async ({ principal, request }) => {
    readFlag(request, 'selfOnly');
    readFlag(request, 'includeUiProjects');
    const { limit, cursor } = readPage(request);
    const { jobs, hasMore } = await deps.engine.list({
      ...{ accountId: principal.accountId, surface: surfaceName, limit, externalIdPrefix: runPrefix, states: projectStates },
      ...(cursor !== undefined && { afterExternalId: withPrefix(runPrefix, readJobId(projectPrefix, cursor, 'cursor')) }),
    });
    const last = jobs.at(-1);
    return {
      projects: jobs.map((job) => toProject(job, deps)),
      hasMore,
      nextCursor: hasMore && last ? projectIdOf(last) : null,
    };
  });

  router.get('/v1/projects/:id', 'projects', async ({ principal, id }) =>
    toProject(await findProject(deps, principal, id), deps),
  );

  router.get('/v1/projects/:id/remix-actions', 'remix-list', async ({ principal, request, id }) => {
    const { limit, cursor } = readPage(request);
    const all = toRemixes(await findProject(deps, principal, id), deps).toReversed();
    const at = cursor === undefined ? -1 : all.findIndex(({ remixActionId }) => remixActionId === cursor);
    if (cursor !== undefined && at < 0) throw badParameter('cursor is none of this list');
    const page = all.slice(at + 1, at + 1 + limit);
    const hasMore = at + 1 + limit < all.length;
    return { remixActions: page, hasMore, nextCursor: hasMore ? (page.at(-1)?.remixActionId ?? null) : null };
  });

  router.post('/v1/projects/:id/remix', 'remix', async ({ principal, id }) => {
    await findProject(deps, principal, id);
    throw badParameter('a finished project cannot be changed on this server: give remixActions when the workflow is started');
  });

  router.post('/v1/projects/:id/timeline-interchange', 'export', async ({ principal, id }) => {
    await findProject(deps, principal, id);
    throw badParameter('timeline-interchange is not available on this server');
  });
  router.get('/v1/timeline-interchange/:id', 'exports', async ({ id }) => {
    readJobId(interchangePrefix, id, 'interchangeJobId');
    throw notFound('Timeline interchange');
  });
}
