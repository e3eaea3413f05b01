import type { Catalog, ModelEntry } from '../catalog.ts';
import { DomainError } from '../errors.ts';
import type { Clock, IdSource } from '../ids.ts';
import type { JobSpec, JobState, JobView, Warning } from '../job.ts';
import { plan } from '../planner/plan.ts';
import type { Principal } from '../ports/accounts.ts';
import type { NewAuditEntry } from '../ports/audit.ts';
import type { CallbackRequest, CancelOutcome, Charge, DueStep, Idempotency, JobListQuery, JobStore } from '../ports/jobs.ts';
import type { WakeupSender, WorkerStore } from '../ports/workers.ts';

export interface EngineDeps {
  readonly jobs: JobStore;
  readonly workers: WorkerStore;
  readonly wakeups: WakeupSender;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly models: readonly ModelEntry[];
  readonly limits: { readonly maxActiveJobsPerAccount: number; readonly maxQueuedSteps: number; readonly minFreeBytes: number };
  /** Free bytes where objects are kept; null where that has no meaning. */
  freeBytes(): Promise<number | null>;
  /** A wake-up that could not be sent: the sweep finds the step within 5 s. */
  onWakeupError(error: unknown, step: DueStep): void;
}

/** Whose jobs: an account, by one of its keys or (null) without one. */
export interface Submitter extends Pick<Principal, 'accountId'> {
  readonly keyId: string | null;
}

export interface SubmitRequest {
  readonly principal: Submitter;
  readonly surface: string;
  readonly externalId: string;
  readonly spec: JobSpec;
  readonly clientRef: unknown;
  readonly priority?: number;
  readonly exclusiveKey?: string;
  readonly callback?: CallbackRequest;
  readonly inputFileIds: readonly string[];
  readonly warnings?: readonly Warning[];
  /** Taken with the job, given back when it fails or is cancelled. DomainError `no_credits` when it does not suffice. */
  readonly charge?: Charge;
  /** Null: the request stands for itself. */
  readonly idempotency?: Idempotency | null;
  readonly maxQueueSeconds?: number;
  /** Written in the transaction of the submit; not for a repeated one. */
  readonly audit?: NewAuditEntry;
}

/** Workers seen within this time count for planning: a backend that restarts still takes jobs. */
const capabilityWindowSeconds = 15 * 60;

/** What every surface can ask of the engine. */
export interface Engine {
  /**
   * Plans and stores the job durably, then wakes workers. Throws DomainError. Of equal requests with one idempotency key, at once or
   * later, the first makes a job and the others get it: it then has another `externalId` than the request.
   */
  submit(request: SubmitRequest): Promise<JobView>;
  /** The job that a repeated request stands for, if its first one is done. DomainError `idempotency_mismatch`. */
  findReplay(query: { principal: Submitter; surface: string; idempotency: Idempotency }): Promise<JobView | null>;
  find(query: { principal: Pick<Principal, 'accountId'>; surface: string; externalId: string }): Promise<JobView | null>;
  list(query: JobListQuery): Promise<{ jobs: readonly JobView[]; hasMore: boolean }>;
  /** Jobs of the account on one surface. */
  count(query: Parameters<JobStore['count']>[0]): Promise<number>;
  queuePosition(job: JobView): Promise<number | null>;
  cancel(query: {
    principal: Pick<Principal, 'accountId'>;
    surface: string;
    externalId: string;
    from: readonly JobState[];
    audit?: NewAuditEntry;
  }): Promise<CancelOutcome>;
  /** What the caller of a job meant. Null: it is gone. */
  readSpec(job: JobView): Promise<JobSpec | null>;
  /** Forgets an ended job and leaves its files to the next sweep. */
  remove(query: Parameters<JobStore['remove']>[0]): ReturnType<JobStore['remove']>;
  findActive(exclusiveKey: string): Promise<JobView | null>;
  catalog(): Promise<Catalog>;
  /** Throws DomainError `overloaded` with a retry time while less than the configured space is free. */
  assertFreeSpace(): Promise<void>;
}

export function createEngine(deps: EngineDeps): Engine {
  const catalog = async (): Promise<Catalog> => ({
    models: deps.models,
    capabilities: await deps.workers.capabilities(capabilityWindowSeconds),
  });
  const assertFreeSpace = async (): Promise<void> => {
    const free = await deps.freeBytes();
    if (free !== null && free < deps.limits.minFreeBytes)
      throw new DomainError('overloaded', 'The server is out of storage space', { code: 'storage_full', retryAfterSeconds: 60 });
  };
  return {
    catalog,
    assertFreeSpace,
    async submit(request) {
      await assertFreeSpace();
      const planned = plan(request.spec, await catalog());
      const { view, due } = await deps.jobs.submit({
        id: deps.ids.next('job'),
        accountId: request.principal.accountId,
        keyId: request.principal.keyId,
        surface: request.surface,
        externalId: request.externalId,
        spec: request.spec,
        plan: planned,
        clientRef: request.clientRef,
        priority: request.priority ?? 0,
        exclusiveKey: request.exclusiveKey ?? null,
        callback: request.callback ?? null,
        inputFileIds: request.inputFileIds,
        warnings: request.warnings ?? [],
        maxActiveJobsOfAccount: deps.limits.maxActiveJobsPerAccount,
        maxQueuedSteps: deps.limits.maxQueuedSteps,
        ...(request.charge !== undefined && { charge: request.charge }),
        ...(request.idempotency && { idempotency: request.idempotency }),
        ...(request.maxQueueSeconds !== undefined && { maxQueueSeconds: request.maxQueueSeconds }),
        ...(request.audit !== undefined && { audit: request.audit }),
      });
      // After the commit: the answer does not wait for the queue, and a lost wake-up costs one sweep.
      for (const step of due) deps.wakeups.notify(step.resource, step).catch((error: unknown) => deps.onWakeupError(error, step));
      return view;
    },
    findReplay: ({ principal, surface, idempotency }) =>
      deps.jobs.findReplay({ owner: principal.keyId ?? principal.accountId, surface, idempotency }),
    find: ({ principal, surface, externalId }) =>
      deps.jobs.findByExternalId({ accountId: principal.accountId, surface, externalId }),
    list: (query) => deps.jobs.list(query),
    count: (query) => deps.jobs.count(query),
    queuePosition: (job) => deps.jobs.queuePosition(job.id),
    cancel: ({ principal, ...query }) => deps.jobs.cancel({ accountId: principal.accountId, ...query }),
    readSpec: (job) => deps.jobs.readSpec(job.id),
    remove: (query) => deps.jobs.remove(query),
    findActive: (exclusiveKey) => deps.jobs.findActiveByExclusiveKey(exclusiveKey),
  };
}
