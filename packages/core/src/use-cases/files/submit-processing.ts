import type { IdSource } from '../../ids.ts';
import { plan } from '../../planner/plan.ts';
import type { JobStore } from '../../ports/jobs.ts';
import type { WakeupSender } from '../../ports/workers.ts';

/** Jobs of nobody's API stand under this name. */
export const processingSurface = 'files';

export interface ProcessingDeps {
  readonly jobs: Pick<JobStore, 'submit'>;
  readonly wakeups: WakeupSender;
  readonly ids: IdSource;
}

/**
 * Lets a worker look into an uploaded file. Once for a file at a time: asking again while a job for it is active changes nothing. A
 * process that dies between an upload and this call leaves the file waiting; the sweep asks again.
 */
export async function submitProcessing(deps: ProcessingDeps, file: { id: string; accountId: string }): Promise<void> {
  const spec = { kind: 'process', specVersion: 1, file: { fileId: file.id } } as const;
  const id = deps.ids.next('job');
  const { due } = await deps.jobs
    .submit({
      id,
      accountId: file.accountId,
      keyId: null,
      surface: processingSurface,
      externalId: id,
      spec,
      plan: plan(spec, { models: [], capabilities: [] }),
      clientRef: null,
      priority: 0,
      exclusiveKey: `process:${file.id}`,
      callback: null,
      inputFileIds: [],
      warnings: [],
      // An upload that was taken is looked into, however busy its account is.
      maxActiveJobsOfAccount: Number.MAX_SAFE_INTEGER,
      maxQueuedSteps: Number.MAX_SAFE_INTEGER,
    })
    .catch((error: unknown) => {
      if (error instanceof Error && 'kind' in error && error.kind === 'already_active') return { due: [] };
      throw error;
    });
  for (const step of due) await deps.wakeups.notify(step.resource, step);
}
