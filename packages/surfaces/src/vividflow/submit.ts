import { DomainError, type JobView, type Principal, type Warning } from '@polyreel/core';
import { ApiError } from '../shared/api-error.ts';
import { mintSeed } from '../shared/mint-ids.ts';
import type { SurfaceDeps } from '../surface.ts';
import { mintUuid, surfaceName } from './call.ts';
import { cycleAt, secondsTime } from './cycle.ts';
import { words } from './errors.ts';
import type { CheckedForm } from './check-form.ts';
import type { ModelOptions } from './read-fields.ts';
import type { ClientRef, Settings } from './schemas.ts';
import { toSpec } from './to-spec.ts';
import { chargeOf } from './usage.ts';

const keepTimeoutMs = 120_000;

/** Keeps the picture and submits; the credits are taken in the same transaction. */
export async function submit(deps: SurfaceDeps, settings: Settings, principal: Principal, form: CheckedForm): Promise<JobView> {
  const { image, options, prompt } = form;
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
  const clientRef: ClientRef = { prompt, model: options.model };
  const charge = chargeOf(options.model, settings, deps.clock.now());
  try {
    return await deps.engine.submit({
      principal,
      surface: surfaceName,
      externalId,
      spec: toSpec({ prompt, options, image: { ...image, fileId: kept.fileId }, seed: seedOf(options, deps), externalId }),
      clientRef,
      inputFileIds: [kept.fileId],
      warnings: warningsOf(options),
      ...(charge && { charge }),
    });
  } catch (cause) {
    throw cause instanceof DomainError && cause.kind === 'no_credits' ? noCredits(cause, deps.clock.now()) : cause;
  }
}

const seedOf = (options: ModelOptions, deps: SurfaceDeps): number =>
  (options.model === 'wan2.1' ? options.seed : null) ?? mintSeed(deps.randomBytes);

/** What was asked for and is not done. */
function warningsOf(options: ModelOptions): Warning[] {
  if (options.model === 'wan2.1') return [];
  const names = [...(options.enhancePrompt ? ['enhance_prompt'] : []), ...(options.generateAudio ? ['generate_audio'] : [])];
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
