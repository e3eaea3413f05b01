import { activeJobStates } from '@polyreel/core';
import { mintSeed } from '../shared/mint-ids.ts';
import { holdStatus } from '../shared/prefer-wait.ts';
import { setJobHeaders } from '../shared/response-headers.ts';
import { readFlag, readPage, surfaceName } from './call.ts';
import { notFound } from './errors.ts';
import { type RunRef, toRun, toStarted } from './from-run.ts';
import { mintId, readJobId, remixPrefix, runPrefix } from './ids.ts';
import { createInputs } from './inputs.ts';
import type { Incoming, Router } from './router.ts';
import { type Workflow, type WorkflowRequest, workflows } from './workflows/workflows.ts';

/** Section 9.1 to 9.7: start, get, list and cancel. */
export function routeWorkflows(router: Router): void {
  const { deps, settings } = router.context;

  const start = async (workflow: Workflow, { principal, body, reply }: Incoming): Promise<unknown> => {
    const runId = mintId(runPrefix, deps.randomBytes);
    const { spec, inputFileIds, warnings, ...about } = await workflow.read(body, {
      ...{
        deps,
        settings,
        principal,
        inputs: createInputs(deps, principal),
        seed: mintSeed(deps.randomBytes),
        outputName: runId,
      },
    });
    const job = await deps.engine.submit({
      ...{ principal, surface: surfaceName, externalId: runId, spec, inputFileIds, warnings },
      clientRef: refOf(workflow, { spec, ...about }),
    });
    setJobHeaders(reply, job);
    return reply.status(202).send(toStarted(job, deps));
  };
  const refOf = (
    { workflowType }: Workflow,
    { spec, ratio, remixActions }: Pick<WorkflowRequest, 'spec' | 'ratio' | 'remixActions'>,
  ) =>
    ({
      workflowType,
      title: spec.story.title,
      aspectRatio: { width: ratio.width, height: ratio.height },
      isExported: spec.film !== undefined,
      remixActions: remixActions.map(({ type }) => ({ remixActionId: mintId(remixPrefix, deps.randomBytes), type })),
    }) satisfies RunRef;

  for (const workflow of workflows)
    for (const path of workflow.paths) router.post(`/v1/workflows/${path}`, 'workflows', (call) => start(workflow, call));

  router.get('/v1/workflows/runs', 'other', async ({ principal, request }) => {
    readFlag(request, 'selfOnly');
    const { limit, cursor } = readPage(request);
    const { jobs, hasMore } = await deps.engine.list({
      ...{ accountId: principal.accountId, surface: surfaceName, limit, externalIdPrefix: runPrefix },
      ...(cursor !== undefined && { afterExternalId: readJobId(runPrefix, cursor, 'cursor') }),
    });
    return {
      workflowRuns: await Promise.all(jobs.map((job) => toRun(job, deps))),
      hasMore,
      nextCursor: hasMore ? (jobs.at(-1)?.externalId ?? null) : null,
    };
  });

  router.get('/v1/workflows/runs/:id', 'run', async ({ principal, request, reply, id }) => {
    const externalId = readJobId(runPrefix, id, 'workflowRunId');
    const read = () => deps.engine.find({ principal, surface: surfaceName, externalId });
    const found = await read();
    const job = found && (await holdStatus(deps, { request, reply, job: found, read }));
    if (!job) throw notFound('Workflow run');
    setJobHeaders(reply, job);
    return toRun(job, deps);
  });

  router.post('/v1/workflows/runs/:id/cancel', 'run-cancel', async ({ principal, reply, id }) => {
    const externalId = readJobId(runPrefix, id, 'workflowRunId');
    const cancelled = await deps.engine.cancel({ principal, surface: surfaceName, externalId, from: activeJobStates });
    if (cancelled.outcome === 'not_found') throw notFound('Workflow run');
    return reply.status(202).send(toStarted(cancelled.job, deps));
  });
}
