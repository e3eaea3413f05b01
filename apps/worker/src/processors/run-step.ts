import {
  type ClaimedStep,
  DomainError,
  type FencedOutcome,
  StepError,
  type StepFailure,
  stepRetryPolicy,
  type StepStore,
} from '@polyreel/core';
import { createStepContext, type StepContextDeps } from '../step-context.ts';
import type { LeaseKeeper } from '../lease-keeper.ts';
import type { ScratchSpace } from '../scratch.ts';
import type { StepContext, StepExecutors } from '../steps/step-executor.ts';

export interface RunStepDeps extends StepContextDeps {
  readonly steps: StepStore;
  readonly executors: StepExecutors;
  readonly leases: LeaseKeeper;
  readonly scratch: ScratchSpace;
}

/** How one attempt ended, for logs and metrics. */
export interface StepReport {
  readonly end: 'succeeded' | 'failed' | 'retrying' | 'handed_back' | 'cancelled' | 'lost';
  readonly fenced: FencedOutcome;
  readonly failure?: StepFailure;
  readonly error?: unknown;
}

type StopReason = 'lost' | 'cancelled' | 'stopping' | 'timeout';

/** Why the work was told to stop; travels as the signal's reason. */
class Stopped extends Error {
  override readonly name = 'Stopped';
  readonly why: StopReason;
  constructor(why: StopReason) {
    super(`stopped: ${why}`);
    this.why = why;
  }
}

const lost: FencedOutcome = { outcome: 'lost' };

/**
 * Runs one attempt of a claimed step and writes its end. `stopping` aborts for a graceful stop: the step is handed back.
 * Never throws for a failing step; throws only when the database cannot be written (the lease then lapses and the sweep
 * finds the step).
 */
export async function runStep(
  deps: RunStepDeps,
  step: ClaimedStep,
  stopping: AbortSignal,
  log: StepContext['log'],
): Promise<StepReport> {
  const controller = new AbortController();
  const stop = (why: StopReason): void => controller.abort(new Stopped(why));
  const onStopping = (): void => stop('stopping');
  if (stopping.aborted) stop('stopping');
  stopping.addEventListener('abort', onStopping, { once: true });
  const deadline = setTimeout(() => stop('timeout'), step.timeoutSeconds * 1000);
  const held = deps.leases.hold(step, stop);
  const stoppedWhy = (): StopReason | null =>
    controller.signal.reason instanceof Stopped ? controller.signal.reason.why : null;
  try {
    const outcome = await deps.scratch.use('step', (scratchDir) =>
      deps.executors[step.type](
        step.params,
        createStepContext(deps, {
          step,
          signal: controller.signal,
          scratchDir,
          log,
          onProgress: (ratio) => held.setProgress(ratio),
          isHandedOver: () => stoppedWhy() === 'lost' || stoppedWhy() === 'stopping',
        }),
      ),
    );
    const fenced = await deps.steps.succeed(
      step,
      { artifacts: [...outcome.artifacts], warnings: [...outcome.warnings] },
      outcome.jobArtifacts,
    );
    return { end: fenced.outcome === 'lost' ? 'lost' : 'succeeded', fenced };
  } catch (error) {
    return await end(deps, step, error, stoppedWhy());
  } finally {
    clearTimeout(deadline);
    stopping.removeEventListener('abort', onStopping);
    held.release();
  }
}

async function end(deps: RunStepDeps, step: ClaimedStep, error: unknown, why: StopReason | null): Promise<StepReport> {
  if (why === 'lost') return { end: 'lost', fenced: lost, error };
  if (why === 'stopping') return { end: 'handed_back', fenced: await deps.steps.handBack(step) };
  const failure = why === 'timeout' ? timeoutFailure(step) : why === 'cancelled' ? cancelFailure : toFailure(error);
  const retryInSeconds = failure.permanent ? null : retryAfter(step.attempt);
  const fenced = await deps.steps.fail(step, failure, retryInSeconds);
  const kind = why === 'cancelled' ? 'cancelled' : retryInSeconds === null ? 'failed' : 'retrying';
  return { end: kind, fenced, failure, error };
}

/** The one place that decides on another attempt. */
function retryAfter(attempt: number): number | null {
  if (attempt >= stepRetryPolicy.maxAttempts) return null;
  return stepRetryPolicy.backoffSeconds[attempt - 1] ?? stepRetryPolicy.backoffSeconds.at(-1) ?? 0;
}

const cancelFailure: StepFailure = { code: 'cancelled', publicMessage: 'The job was cancelled', permanent: true };

const timeoutFailure = (step: ClaimedStep): StepFailure => ({
  code: 'step_timeout',
  publicMessage: `The step took longer than ${step.timeoutSeconds} seconds`,
  permanent: false,
});

function toFailure(error: unknown): StepFailure {
  if (error instanceof StepError) return { code: error.code, publicMessage: error.publicMessage, permanent: error.permanent };
  if (error instanceof DomainError)
    return {
      code: error.code,
      publicMessage: error.message,
      permanent: error.kind !== 'backend_unavailable' && error.kind !== 'overloaded',
    };
  return { code: 'internal', publicMessage: 'The job failed inside the server', permanent: false };
}
