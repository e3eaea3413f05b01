import { type JobState, type JobView, waitForChange } from '@polyreel/core';
import { z } from 'zod';
import { type Call, surfaceName as surface } from '../call.ts';
import { checkRender, isRenderId, toDetail } from '../check-render.ts';
import { findUrlFault } from '../check-url.ts';
import { type Detail, fault, notFound } from '../errors.ts';
import { statusOf, toRenderData } from '../from-job.ts';
import { method } from '../method.ts';
import { id, metadataObject, page, type RenderInput, renderInput, renderStatuses, type RenderStatus } from '../schemas.ts';
import { callbackOf, repeatRender, requireSource, submitRender } from '../submit.ts';

/** The stored states behind a word; several words share the running ones. */
const statesOf: Readonly<Record<RenderStatus, JobState>> = {
  ...{ queued: 'queued', fetching: 'running', generating: 'running', rendering: 'running', saving: 'running' },
  ...{ done: 'succeeded', failed: 'failed', cancelled: 'cancelled' },
};

async function findRender({ deps, caller, about }: Call, renderId: string): Promise<JobView> {
  about(renderId);
  const job = isRenderId(renderId) ? await deps.engine.find({ principal: caller, surface, externalId: renderId }) : null;
  if (job === null) throw notFound('render');
  return job;
}

async function answerWith(call: Call, job: JobView) {
  const { deps } = call;
  return toRenderData(job, deps.links, job.state === 'queued' ? await deps.engine.queuePosition(job) : null);
}

/** Until the state changes, the time is over, or nobody listens any more. */
async function hold(call: Call, job: JobView, seconds: number): Promise<JobView> {
  if (seconds === 0) return job;
  const { deps, caller, reply } = call;
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  reply.raw.once('close', onClose);
  try {
    const read = () => deps.engine.find({ principal: caller, surface, externalId: job.externalId });
    const changed = await waitForChange({ job, signals: deps.signals, read, timeoutMs: seconds * 1000, gone: gone.signal });
    if (changed === null) throw notFound('render');
    return changed;
  } finally {
    reply.raw.off('close', onClose);
  }
}

async function validate({ deps, caller }: Call, input: RenderInput) {
  requireSource(input);
  const checked = await checkRender(deps, caller, input);
  const { check, sourceFaults } = checked;
  const errors: Detail[] = [...check.errors, ...sourceFaults].map(toDetail);
  const callback = callbackOf({ deps }, checked);
  const callbackFault = callback === null ? null : findUrlFault(callback, 'callback', deps);
  if (callbackFault !== null && errors.every(({ path }) => path !== callbackFault.path)) errors.push(callbackFault);
  const edit = check.document === null ? null : deps.timeline.edit(check.document);
  return {
    valid: errors.length === 0,
    errors,
    warnings: check.warnings.map(toDetail),
    duration: check.durationSeconds,
    frames: check.frameCount,
    width: check.canvas?.width ?? null,
    height: check.canvas?.height ?? null,
    resolved_timeline: edit?.timeline ?? null,
  };
}

export async function createRender(call: Call, input: RenderInput, item: number | null = null) {
  return input.dry_run ? validate(call, input) : answerWith(call, await submitRender(call, input, item));
}

export const renderMethods = [
  method('render.create', 'any', renderInput, (call, input) => createRender(call, input)),
  method('render.validate', 'any', renderInput, validate),
  method(
    'render.get',
    'any',
    z.strictObject({ id, wait: z.int().min(0).max(60).default(0), include: z.array(z.enum(['timeline'])).default([]) }),
    async (call, input) => {
      const job = await hold(call, await findRender(call, input.id), input.wait);
      const data = await answerWith(call, job);
      if (!input.include.includes('timeline')) return data;
      const spec = await call.deps.engine.readSpec(job);
      const edit = spec?.kind === 'timeline' ? call.deps.timeline.edit(spec.edit) : null;
      return { ...data, render: { ...data.render, timeline: edit?.timeline ?? null } };
    },
    { isRead: true },
  ),
  method(
    'render.list',
    'any',
    z.strictObject({
      ...page,
      status: z.enum(renderStatuses).optional(),
      template_id: id.optional(),
      metadata: metadataObject.optional(),
    }),
    async ({ deps, caller }, input) => {
      const { status, template_id: templateId, metadata } = input;
      const contains = { ...(templateId !== undefined && { templateId }), ...(metadata && { metadata }) };
      if (input.cursor !== undefined && !isRenderId(input.cursor))
        throw fault(400, 'invalid_cursor', 'The cursor is none of this list');
      const listed = await deps.engine.list({
        ...{ accountId: caller.accountId, surface, limit: input.limit },
        ...(status !== undefined && { states: [statesOf[status]] }),
        ...(Object.keys(contains).length > 0 && { clientRefContains: contains }),
        ...(input.cursor !== undefined && { afterExternalId: input.cursor }),
      });
      // A page of running renders may be shorter than asked for: the words within them are told by their progress.
      const shown = listed.jobs.filter((job) => status === undefined || statusOf(job) === status);
      const renders = await Promise.all(shown.map(async (job) => (await toRenderData(job, deps.links, null)).render));
      const last = listed.jobs.at(-1)?.externalId ?? null;
      return { renders, next_cursor: listed.hasMore ? last : null, has_more: listed.hasMore };
    },
    { isRead: true },
  ),
  method('render.cancel', 'any', z.strictObject({ id }), async (call, input) => {
    const { deps, caller, effect } = call;
    await findRender(call, input.id);
    const cancelled = await effect(
      input.id,
      (audit) => deps.engine.cancel({ principal: caller, surface, externalId: input.id, from: ['queued', 'running'], audit }),
      ({ outcome }) => outcome === 'cancelled' || outcome === 'cancel_requested',
    );
    if (cancelled.outcome === 'not_found') throw notFound('render');
    if (cancelled.outcome === 'refused') throw fault(409, 'not_cancellable', `The render is ${statusOf(cancelled.job)} already`);
    const data = await answerWith(call, cancelled.job);
    return { ...data, cancel_requested: cancelled.outcome === 'cancel_requested' };
  }),
  method('render.retry', 'any', z.strictObject({ id }), async (call, input) =>
    answerWith(call, await repeatRender(call, await findRender(call, input.id))),
  ),
  method('render.delete', 'any', z.strictObject({ id }), async (call, input) => {
    const { deps, caller, effect } = call;
    await findRender(call, input.id);
    const outcome = await effect(
      input.id,
      (audit) => deps.engine.remove({ accountId: caller.accountId, surface, externalId: input.id, audit }),
      (result) => result === 'removed',
    );
    if (outcome === 'not_found') throw notFound('render');
    if (outcome === 'active') throw fault(409, 'render_active', 'The render is not over yet; cancel it first');
    return { id: input.id, deleted: true };
  }),
];
