import type { Artifact } from '../job.ts';
import type { StepResource, StepResult, StepType } from '../plan.ts';
import type { DueStep } from './jobs.ts';

/** A held step. `leaseToken` fences every later write: a late one with an old token is refused. */
export interface StepLease {
  readonly stepId: string;
  readonly leaseToken: string;
}

export interface ClaimedStep extends StepLease {
  readonly key: string;
  readonly type: StepType;
  readonly resource: StepResource;
  /** As planned; validated by the worker against the schema of its type. */
  readonly params: unknown;
  readonly attempt: number;
  readonly timeoutSeconds: number;
  readonly jobId: string;
  readonly accountId: string;
  readonly surface: string;
  readonly externalId: string;
  /** Results of all succeeded steps of the job, by key. */
  readonly results: Readonly<Record<string, StepResult>>;
}

/** What a fenced write found. `lost`: the lease is no longer ours, drop the work. */
export type FencedOutcome =
  | { readonly outcome: 'written'; readonly due: readonly DueStep[]; readonly jobEnded: boolean }
  | { readonly outcome: 'lost' };

export interface StepFailure {
  readonly code: string;
  readonly publicMessage: string;
  readonly permanent: boolean;
}

/** Lease of 30 s by the database's clock, heartbeat every 10 s. */
export const leaseSeconds = 30;
export const heartbeatSeconds = 10;

export interface StepStore {
  /**
   * Takes the best due step of the resource: priority, then fewest running steps of the account, then age. One statement with
   * `FOR UPDATE SKIP LOCKED`; sets lease and attempt; marks a queued job running and writes `job.started`. Null: nothing to do.
   */
  claim(query: { resource: StepResource; workerId: string }): Promise<ClaimedStep | null>;
  /** Prolongs leases and stores progress (0..1 of the step; the job's never falls). Returns leases lost or asked to stop. */
  heartbeat(
    leases: readonly (StepLease & { progressRatio: number })[],
  ): Promise<{ lost: readonly string[]; cancelled: readonly string[] }>;
  /**
   * Stores the result, makes dependants due; when it was the last step, ends the job: state, `job.succeeded`, result artifacts,
   * delivery of the callback, all in this transaction.
   */
  succeed(lease: StepLease, result: StepResult, jobArtifacts: readonly Artifact[]): Promise<FencedOutcome>;
  /**
   * Permanent, or the last attempt: the job fails, its other steps are cancelled, the callback is queued. Otherwise the step is due
   * again after `retryInSeconds`. A job whose cancel was asked for ends cancelled instead.
   */
  fail(lease: StepLease, failure: StepFailure, retryInSeconds: number | null): Promise<FencedOutcome>;
  /** Graceful stop: due again at once, the attempt not counted. */
  handBack(lease: StepLease): Promise<FencedOutcome>;
  /**
   * Finds what a crash lost: steps whose lease lapsed become due again (or fail after the last attempt), and due steps are
   * reported so that wake-ups can be sent anew.
   */
  sweep(query: { maxAttempts: number }): Promise<{ due: readonly DueStep[]; lapsed: number; failedJobs: number }>;
}
