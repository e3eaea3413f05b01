import type { NewAuditEntry } from './audit.ts';
import type { JobError, JobEvent, JobSpec, JobState, JobView, StoredAnswer, Warning } from '../job.ts';
import type { Plan, StepResource } from '../plan.ts';

/** One-off callback of a job. */
export interface CallbackRequest {
  readonly url: string;
  readonly events: readonly ('job.succeeded' | 'job.failed' | 'job.cancelled')[];
}

/** Credits that a job takes, in the transaction of its submit; given back when it fails or is cancelled. */
export interface Charge {
  readonly credits: number;
  /** More than so many taken on the surface since then, this charge included: DomainError `no_credits`. Null: no ceiling. */
  readonly allowance: { readonly credits: number; readonly since: Date } | null;
}

/** Makes a repeated submit of one key stand for the first job. */
export interface Idempotency {
  readonly key: string;
  /** Of the request's meaning; another one under the same key: DomainError `idempotency_mismatch`. */
  readonly fingerprint: string;
  readonly ttlSeconds: number;
  /** What a repeated request gets again, to the byte: in its view's `storedAnswer`. */
  readonly answer?: StoredAnswer;
}

export interface NewJob {
  readonly id: string;
  readonly accountId: string;
  readonly keyId: string | null;
  readonly surface: string;
  /** The surface's own form of id; unique within the surface. */
  readonly externalId: string;
  readonly spec: JobSpec;
  readonly plan: Plan;
  readonly clientRef: unknown;
  /** Higher first; 0 is normal. */
  readonly priority: number;
  /** At most one queued or running job holds a given key; null: no limit. */
  readonly exclusiveKey: string | null;
  readonly callback: CallbackRequest | null;
  /** Files that the job reads: they lose their expiry in the same transaction. */
  readonly inputFileIds: readonly string[];
  readonly warnings: readonly Warning[];
  /** More queued or running jobs of the account than this: DomainError `too_many_jobs`. */
  readonly maxActiveJobsOfAccount: number;
  /** More unfinished steps in the whole server than this: DomainError `overloaded`. */
  readonly maxQueuedSteps: number;
  readonly charge?: Charge;
  /** Of the API key, or of the account where there is none. */
  readonly idempotency?: Idempotency;
  /** Still queued after so many seconds, the job fails with code `queue_timeout`. */
  readonly maxQueueSeconds?: number;
  /** Written with the job; not for a replay. */
  readonly audit?: NewAuditEntry;
}

/** A step that has become due: what a wake-up is sent for. */
export interface DueStep {
  readonly stepId: string;
  readonly attempt: number;
  readonly resource: StepResource;
}

export interface JobListQuery {
  readonly accountId: string;
  readonly surface: string;
  readonly limit: number;
  readonly states?: readonly JobState[];
  /** Only jobs whose external id begins so: a surface that shows several kinds of jobs tells them by their ids. */
  readonly externalIdPrefix?: string;
  /** Exclusive: jobs older than this external id's row. Unknown or foreign: DomainError `invalid_request`, code `invalid_cursor`. */
  readonly afterExternalId?: string;
  readonly offset?: number;
  /** Jobs whose `clientRef` holds all of this, by JSON containment. */
  readonly clientRefContains?: Readonly<Record<string, unknown>>;
}

export type CancelOutcome =
  /** The job was queued and is now cancelled, or its running steps were asked to stop. */
  | { readonly outcome: 'cancelled'; readonly job: JobView }
  | { readonly outcome: 'cancel_requested'; readonly job: JobView }
  /** The job is in none of the states it may be cancelled from. */
  | { readonly outcome: 'refused'; readonly job: JobView }
  | { readonly outcome: 'not_found' };

/**
 * Jobs as rows. Every write is one transaction that names the state it expects.
 * Not here: wake-ups (the caller sends them after the commit), permission checks beyond the account.
 */
export interface JobStore {
  /**
   * Writes job, steps, the `job.queued` event and the expiry of its input files in one transaction.
   * Throws DomainError `already_active` with `details.activeExternalId` and `details.activeJobId` when `exclusiveKey` is held;
   * `invalid_request`, code `input_gone`, when an input file is not there any more. `isReplay`: the view is of the job that the
   * idempotency key already stands for; nothing was written.
   */
  submit(job: NewJob): Promise<{ view: JobView; due: readonly DueStep[]; isReplay: boolean }>;
  /**
   * The job that a repeated submit of `owner` (key id, or account id without a key) stands for; null: none yet, and one that is being submitted now is not waited for. Throws
   * DomainError `idempotency_mismatch` as `submit` does.
   */
  findReplay(query: { owner: string; surface: string; idempotency: Idempotency }): Promise<JobView | null>;
  /** One prepared, indexed SELECT. Null for unknown and foreign ids alike. */
  findByExternalId(query: { accountId: string; surface: string; externalId: string }): Promise<JobView | null>;
  findById(jobId: string): Promise<JobView | null>;
  readSpec(jobId: string): Promise<JobSpec | null>;
  /** Newest first, ties by id. */
  list(query: JobListQuery): Promise<{ jobs: readonly JobView[]; hasMore: boolean }>;
  count(query: { accountId: string; surface: string; states?: readonly JobState[]; createdAfter?: Date }): Promise<number>;
  /** External id of the job that holds the key, if any. */
  findActiveByExclusiveKey(exclusiveKey: string): Promise<JobView | null>;
  /** 1 for the next job to start; null when the job is not queued. */
  queuePosition(jobId: string): Promise<number | null>;
  /** One conditional update; against a claim exactly one wins. */
  cancel(query: {
    accountId: string;
    surface: string;
    externalId: string;
    from: readonly JobState[];
    audit?: NewAuditEntry;
  }): Promise<CancelOutcome>;
  /** Forgets an ended job; its files go with the next sweep. `active`: it has not ended, nothing was done. */
  remove(query: {
    accountId: string;
    surface: string;
    externalId: string;
    audit?: NewAuditEntry;
  }): Promise<'removed' | 'active' | 'not_found'>;
  events(query: { jobId: string; afterSeq: number; limit: number }): Promise<readonly JobEvent[]>;
}

export interface JobFailure extends JobError {
  readonly permanent: boolean;
}
