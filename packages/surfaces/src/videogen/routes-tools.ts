import { activeJobStates } from '@polyreel/core';
import type { JobView } from '@polyreel/core';
import { holdStatus } from '../shared/prefer-wait.ts';
import { setJobHeaders } from '../shared/response-headers.ts';
import { readPage, surfaceName } from './call.ts';
import { notFound } from './errors.ts';
import { toExecution } from './from-job.ts';
import { executionPrefix, mintId, readJobId } from './ids.ts';
import type { Router } from './router.ts';
import { readTool, tools } from './tools.ts';

/** Sections 3 and 4: start, get, list and cancel. */
export function routeTools(router: Router): void {
  const { deps, settings } = router.context;
  const info = { files: deps.files, settings };

  for (const tool of tools) {
    router.post(`/v1/tools/${tool.path}`, 'tools', async ({ principal, body, reply }) => {
      const executionId = mintId(executionPrefix, deps.randomBytes);
      const { spec, inputFileIds } = await readTool(tool, body, deps, { principal, executionId, settings });
      const job = await deps.engine.submit({
        principal,
        surface: surfaceName,
        externalId: executionId,
        spec,
        clientRef: { toolType: tool.toolType },
        inputFileIds,
      });
      setJobHeaders(reply, job);
      return reply.status(202).send({ toolExecutionId: job.externalId });
    });
  }

  router.get('/v1/tools/executions', 'other', async ({ principal, request }) => {
    const { limit, cursor } = readPage(request);
    const { jobs, hasMore } = await deps.engine.list({
      accountId: principal.accountId,
      surface: surfaceName,
      limit,
      externalIdPrefix: executionPrefix,
      ...(cursor !== undefined && { afterExternalId: readJobId(executionPrefix, cursor, 'cursor') }),
    });
    return {
      toolExecutions: await Promise.all(jobs.map((job) => toExecution(job, deps, info))),
      hasMore,
      nextCursor: hasMore ? (jobs.at(-1)?.externalId ?? null) : null,
    };
  });

  router.get('/v1/tools/executions/:id', 'execution', async ({ principal, request, reply, id }) => {
    const externalId = readJobId(executionPrefix, id, 'toolExecutionId');
    const read = (): Promise<JobView | null> => deps.engine.find({ principal, surface: surfaceName, externalId });
    const found = await read();
    const job = found && (await holdStatus(deps, { request, reply, job: found, read }));
    if (!job) throw notFound('Tool execution');
    setJobHeaders(reply, job);
    return toExecution(job, deps, info);
  });

  router.post('/v1/tools/executions/:id/cancel', 'cancel', async ({ principal, reply, id }) => {
    const externalId = readJobId(executionPrefix, id, 'toolExecutionId');
    const cancelled = await deps.engine.cancel({ principal, surface: surfaceName, externalId, from: activeJobStates });
    if (cancelled.outcome === 'not_found') throw notFound('Tool execution');
    return reply.status(202).send({ toolExecutionId: externalId });
  });
}
