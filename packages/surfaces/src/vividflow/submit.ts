import { DomainError, type EnhancedPrompt, type JobView, type Principal, type StoredAnswer, type Warning } from '@polyreel/core';
import { ApiError } from '../shared/api-error.ts';
import { mintSeed } from '../shared/mint-ids.ts';
import {
  answerOf,
  findReplay,
  idempotencyOf,
  type RequestPrint,
  replayed,
  sha256OfFile,
  type Submitted,
  withAnswer,
} from '../shared/idempotency.ts';
import type { ScratchFolder, SurfaceDeps } from '../surface.ts';
import { limitRate, mintRequestId, mintUuid, surfaceName } from './call.ts';
import { cycleAt, secondsTime } from './cycle.ts';
import { words } from './errors.ts';
import { checkContent, type ReadForm, readForm } from './check-form.ts';
import { shotText } from './direct-prompt.ts';
import { findRefusedWord } from './person-rules.ts';
import { type ModelOptions, promptLengthMax } from './read-fields.ts';
import type { ReceivedForm } from './receive.ts';
import { type AcceptedBody, type ClientRef, clientRefSchema, type Settings } from './schemas.ts';
import { engineModel, toSpec } from './to-spec.ts';
import { chargeOf } from './usage.ts';

const keepTimeoutMs = 120_000;

/** Expected seconds of one job, for `estimated_wait_time`: a hint, as in the document. */
const secondsPerJob = 30;

export interface SubmitCall {
  readonly principal: Principal;
  readonly form: ReceivedForm;
  readonly scratch: ScratchFolder;
  readonly idempotencyKey: string | null;
}

/** Checks the form, keeps the picture and submits; the credits are taken in the same transaction. */
export async function submit(
  deps: SurfaceDeps,
  settings: Settings,
  { principal, form, scratch, idempotencyKey }: SubmitCall,
): Promise<Submitted> {
  const read = await readForm(deps, settings, form);
  const idempotency = idempotencyOf(idempotencyKey, await printOf(read, idempotencyKey));
  const first = await findReplay(deps, { principal, surface: surfaceName, idempotency });
  if (first) return replayed(first, answerFor(first));
  if (idempotency !== null) await admit(deps, settings, principal);
  const { image, options, prompt } = await checkContent(deps, settings, read, { principal, scratch });
  const enhanced = await enhance(deps, prompt, options);
  const externalId = mintUuid(deps.randomBytes);
  const kept = await deps.intake.keep(
    principal,
    {
      path: image.path,
      mediaType: image.mediaType,
      displayName: 'image',
      facts: { width: image.width, height: image.height },
    },
    AbortSignal.timeout(keepTimeoutMs),
  );
  const active = await deps.engine.count({ ...principal, surface: surfaceName, states: ['queued', 'running'] });
  const clientRef: ClientRef = {
    prompt,
    model: options.model,
    requestId: mintRequestId(deps),
    estimatedWaitSeconds: (active + 1) * secondsPerJob,
    enhanced,
  };
  const charge = chargeOf(options.model, settings, deps.clock.now());
  const canSound = await hasSoundEffects(deps);
  const spec = toSpec({
    ...{ prompt, options, externalId, canSound, enhancedShot: enhanced?.prompt ?? null },
    image: { ...image, fileId: kept.fileId },
    seed: seedOf(options, deps),
  });
  try {
    const job = await deps.engine.submit({
      ...{ principal, surface: surfaceName, externalId, spec, clientRef },
      idempotency: withAnswer(idempotency, answerFor({ externalId, clientRef })),
      inputFileIds: [kept.fileId],
      warnings: warningsOf(options, { canSound, isEnhanced: enhanced !== null }),
      ...(charge && { charge }),
    });
    const answer = answerFor(job);
    return job.externalId === externalId ? { job, isReplay: false, answer } : replayed(job, answer);
  } catch (cause) {
    throw cause instanceof DomainError && cause.kind === 'no_credits' ? noCredits(cause, deps.clock.now()) : cause;
  }
}

/** What a new job needs, whatever it is about: a place in the windows of its key, and room. */
export async function admit(deps: SurfaceDeps, settings: Settings, principal: Principal): Promise<void> {
  await limitRate(principal, ['hour', 'day'], deps, settings);
  await deps.engine.assertFreeSpace();
}

function answerFor({ externalId, clientRef }: Pick<JobView, 'externalId' | 'clientRef'>): StoredAnswer {
  const ref = clientRefSchema.parse(clientRef);
  const body: AcceptedBody = {
    message: 'Generation job accepted.',
    job_id: externalId,
    status: 'queued',
    model: ref.model,
    engine_model: engineModel,
    ...(ref.enhanced && { enhanced_prompt: ref.enhanced.prompt, enhanced_by: ref.enhanced.by }),
    estimated_wait_time: ref.estimatedWaitSeconds,
    request_id: ref.requestId,
  };
  return answerOf(202, body);
}

/**
 * Null where it was not asked for or could not be had: the film is then made of the caller's own words. So it is where the better
 * words break the rule about persons that the caller's own kept.
 */
async function enhance(deps: SurfaceDeps, prompt: string, options: ModelOptions): Promise<EnhancedPrompt | null> {
  if (options.model !== 'veo3.1' || !options.enhancePrompt) return null;
  try {
    const request = { prompt: shotText(prompt, options), mode: 'image-to-video', lengthMax: promptLengthMax } as const;
    const enhanced = await deps.promptEnhancer.enhance(request);
    return findRefusedWord(options.personGeneration, [enhanced.prompt]) === null ? enhanced : null;
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'backend_unavailable') return null;
    throw error;
  }
}

/** What a request means: its fields as read, and the bytes or the address of its image. */
async function printOf({ prompt, options, source }: ReadForm, idempotencyKey: string | null): Promise<RequestPrint> {
  if (idempotencyKey === null || 'url' in source)
    return { fields: { prompt, options, ...('url' in source && { imageUrl: source.url }) }, files: {} };
  return { fields: { prompt, options }, files: { image: await sha256OfFile(source.path) } };
}

/** A server of real models may have none for sound; the film is then silent, and the answer says so. */
async function hasSoundEffects(deps: SurfaceDeps): Promise<boolean> {
  const { capabilities } = await deps.engine.catalog();
  return capabilities.some(({ task }) => task === 'sound-effect');
}

const seedOf = (options: ModelOptions, deps: SurfaceDeps): number =>
  (options.model === 'wan2.1' ? options.seed : null) ?? mintSeed(deps.randomBytes);

/** What was asked for and is not done. */
function warningsOf(options: ModelOptions, { canSound, isEnhanced }: { canSound: boolean; isEnhanced: boolean }): Warning[] {
  if (options.model === 'wan2.1') return [];
  const names = [
    ...(options.enhancePrompt && !isEnhanced ? ['enhance_prompt'] : []),
    ...(options.generateAudio && !canSound ? ['generate_audio'] : []),
  ];
  return names.length === 0 ? [] : [{ code: 'ignored-parameters', details: { names: names.join(', ') } }];
}

function noCredits(cause: DomainError, now: Date): ApiError {
  const { endsAt } = cycleAt(now);
  const left = cause.details.creditsRemaining;
  return new ApiError(429, words.noCredits, {
    cause,
    retryAfterSeconds: Math.max(1, Math.ceil((endsAt.getTime() - now.getTime()) / 1000)),
    extras: { credits_remaining: typeof left === 'number' ? left : 0, cycle_resets_on: secondsTime(endsAt) },
  });
}
