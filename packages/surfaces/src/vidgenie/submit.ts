import { createHash } from 'node:crypto';
import type { CallbackRequest, Idempotency, JobSpec, JobView, Warning } from '@polyreel/core';
import { z } from 'zod';
import { idempotencyOf, readIdempotencyKey, setReplayHeader } from '../shared/idempotency.ts';
import { setJobHeaders } from '../shared/response-headers.ts';
import { type Call, surfaceName } from './call.ts';
import { type CheckedRender, checkRender, refuseInvalid } from './check-render.ts';
import { checkHttpsUrl } from './check-url.ts';
import { invalidRequest } from './errors.ts';
import { type ClientRef, clientRefSchema, plainObject, type RenderInput } from './schemas.ts';

export const mintRenderId = (call: Pick<Call, 'deps'>): string => call.deps.ids.next('job').replace(/^job_/, 'rnd_');

const callbackEvents = ['job.succeeded', 'job.failed'] as const satisfies CallbackRequest['events'];

/**
 * Checks, then submits; an equal request under one idempotency key gets the first one's render. `item`: its place among several of one
 * call, which then share the header's key.
 */
export async function submitRender(call: Call, input: RenderInput, item: number | null): Promise<JobView> {
  const { deps, caller, reply } = call;
  requireSource(input);
  const idempotency = readIdempotency(call, input, item);
  const principal = principalOf(call);
  if (idempotency !== null) {
    const replay = await deps.engine.findReplay({ principal, surface: surfaceName, idempotency });
    if (replay !== null) return replayed(call, replay);
  }
  const checked = await checkRender(deps, caller, input);
  refuseInvalid(checked);
  const named = callbackOf(call, checked);
  const callback = named === null ? null : checkHttpsUrl(named, 'callback', deps);
  const externalId = mintRenderId(call);
  const job = await call.effect(
    externalId,
    (audit) =>
      deps.engine.submit({
        ...{ principal, surface: surfaceName, externalId, idempotency, priority: input.priority },
        ...(!call.isAudited() && { audit }),
        spec: toSpec(checked, externalId),
        clientRef: toClientRef(deps, checked, input),
        inputFileIds: [...new Set(Object.values(checked.files).map(({ fileId }) => fileId))],
        warnings: checked.check.warnings.map(toWarning),
        ...(callback !== null && { callback: { url: callback, events: callbackEvents } }),
        ...(input.max_queue_seconds !== undefined && { maxQueueSeconds: input.max_queue_seconds }),
      }),
    (made) => call.isAudited() || made.externalId === externalId,
  );
  if (job.externalId !== externalId) return replayed(call, job);
  setJobHeaders(reply, { ...job, warnings: [] });
  return job;
}

const principalOf = ({ caller }: Call) => ({
  accountId: caller.accountId,
  keyId: caller.keyId,
  ...(caller.credential === 'api_key' && caller.safety !== undefined && { safety: caller.safety }),
});

function replayed(call: Call, job: JobView): JobView {
  call.about(job.externalId);
  setReplayHeader(call.reply, true);
  setJobHeaders(call.reply, { ...job, warnings: [] });
  return job;
}

/** The same files and the same edit once more, under an id of its own. */
export async function repeatRender(call: Call, job: JobView): Promise<JobView> {
  const { deps } = call;
  const spec = await deps.engine.readSpec(job);
  if (spec === null) throw new Error(`render ${job.externalId} has no spec`);
  const externalId = mintRenderId(call);
  const files = spec.kind === 'timeline' ? Object.values(spec.files ?? {}) : [];
  const { priority, maxQueueSeconds } = clientRefSchema.parse(job.clientRef);
  return call.effect(externalId, (audit) =>
    deps.engine.submit({
      ...{ principal: principalOf(call), surface: surfaceName, externalId, audit, priority },
      spec: spec.kind === 'timeline' ? { ...spec, outputName: externalId } : spec,
      clientRef: job.clientRef,
      inputFileIds: [...new Set(files.map(({ fileId }) => fileId))],
      warnings: [],
      ...(job.callbackUrl !== null && { callback: { url: job.callbackUrl, events: callbackEvents } }),
      ...(maxQueueSeconds !== null && { maxQueueSeconds }),
    }),
  );
}

export function requireSource(input: RenderInput): void {
  const isOne = (input.timeline === undefined) !== (input.template_id === undefined);
  if (isOne && (input.template_id !== undefined || input.template_version === undefined)) return;
  if (input.template_version !== undefined && input.template_id === undefined)
    throw invalidRequest([{ path: 'template_version', code: 'invalid_value', message: 'needs a template_id' }]);
  throw invalidRequest([
    input.timeline === undefined
      ? { path: 'timeline', code: 'required', message: 'is required, or a template_id' }
      : { path: 'template_id', code: 'conflict', message: 'cannot stand beside a timeline' },
  ]);
}

function readIdempotency(call: Call, input: RenderInput, item: number | null): Idempotency | null {
  const shared = readIdempotencyKey(call.request);
  const header = shared === null || item === null ? shared : `${shared} [${item}]`;
  const body = input.idempotency_key === undefined ? null : `${call.request.method} ${call.method} ${input.idempotency_key}`;
  const { idempotency_key: _key, ...fields } = input;
  const key = header ?? body;
  // The ledger of keys holds a bounded text, whatever the caller's is.
  const shortKey = key === null || key.length <= 300 ? key : createHash('sha256').update(key).digest('hex');
  return idempotencyOf(shortKey, { fields, files: {} });
}

/** As it stands after merging: placeholders fill it too. */
export function callbackOf({ deps }: Pick<Call, 'deps'>, { check }: CheckedRender): string | null {
  const callback = check.readable === null ? undefined : deps.timeline.edit(check.readable).callback;
  return typeof callback === 'string' ? callback : null;
}

function toSpec({ check, files, generations }: CheckedRender, externalId: string): JobSpec {
  return {
    kind: 'timeline',
    specVersion: 1,
    edit: z.json().parse(check.document),
    files,
    ...(Object.keys(generations).length > 0 && { generations: { ...generations } }),
    ...(check.durationSeconds !== null && { durationSeconds: check.durationSeconds }),
    outputName: externalId,
  };
}

/** `output` as it stands after merging, wherever it came from. */
function toClientRef(
  deps: Pick<Call['deps'], 'timeline'>,
  { check, assets, templateId, templateVersion }: CheckedRender,
  input: RenderInput,
): ClientRef {
  return {
    ...{ templateId, templateVersion, assets: [...assets] },
    output: plainObject.parse(deps.timeline.edit(check.document).output ?? {}),
    metadata: input.metadata ?? {},
    width: check.canvas?.width ?? null,
    height: check.canvas?.height ?? null,
    durationSeconds: check.durationSeconds,
    priority: input.priority,
    maxQueueSeconds: input.max_queue_seconds ?? null,
  };
}

const toWarning = ({ code, path, message, hint }: CheckedRender['check']['warnings'][number]): Warning => ({
  code,
  details: { path, message, ...(hint !== undefined && { hint }) },
});
