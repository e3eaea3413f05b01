import {
  type Clock,
  canTransition,
  DomainError,
  type Idempotency,
  type JobChange,
  type JobSignals,
  type JobSpec,
  type JobState,
  type JobStore,
  type JobView,
  type LedgerStore,
  type NewJob,
} from '@polyreel/core';

/** A job store in memory, with the same answers as the real one where callers can see them. */
export interface MemoryJobs extends JobStore {
  /** Announces what `change` and `cancel` do. */
  readonly signals: JobSignals;
  /** Jobs that are being watched. */
  watchCount(): number;
  /** What the engine would do to a job; refuses transitions that do not exist. */
  change(externalId: string, change: Partial<Omit<JobView, 'id' | 'externalId'>>): JobView;
  viewOf(externalId: string): JobView;
  specOf(externalId: string): JobSpec;
  submitted(): readonly NewJob[];
  /** Credits that jobs hold: taken at submit, given back when one fails or is cancelled. */
  readonly ledger: Pick<LedgerStore, 'taken'>;
}

interface Row {
  view: JobView;
  readonly job: NewJob;
  readonly order: number;
}

export function createMemoryJobs(clock: Clock): MemoryJobs {
  const rows: Row[] = [];
  const isActive = ({ view }: Row): boolean => view.state === 'queued' || view.state === 'running';
  const find = (surface: string, accountId: string, externalId: string): Row | undefined =>
    rows.find(({ view }) => view.surface === surface && view.accountId === accountId && view.externalId === externalId);
  const byExternalId = (externalId: string): Row => {
    const row = rows.find(({ view }) => view.externalId === externalId);
    if (!row) throw new Error(`no job ${externalId}`);
    return row;
  };
  const watches = new Set<{ jobId: string; hear: (change: JobChange | null) => void }>();
  const announce = ({ id, version, state, progressRatio }: JobView): void => {
    for (const { jobId, hear } of watches) if (jobId === id) hear({ id, version, state, progressRatio, eventSeq: version });
  };
  const taken = ({ accountId, surface, since }: Parameters<LedgerStore['taken']>[0]): number =>
    rows
      .filter(({ view }) => view.accountId === accountId && view.surface === surface && view.createdAt >= since)
      .filter(({ view }) => view.state !== 'failed' && view.state !== 'cancelled')
      .reduce((sum, { job }) => sum + (job.charge?.credits ?? 0), 0);
  const replayOf = (owner: string, surface: string, wanted: Idempotency): JobView | null => {
    const first = rows.findLast(
      ({ job, view }) =>
        (job.keyId ?? job.accountId) === owner &&
        job.surface === surface &&
        job.idempotency?.key === wanted.key &&
        clock.now().getTime() - view.createdAt.getTime() < job.idempotency.ttlSeconds * 1000,
    );
    if (first && first.job.idempotency?.fingerprint !== wanted.fingerprint)
      throw new DomainError('idempotency_mismatch', 'the idempotency key was used for another request');
    if (!first) return null;
    const { answer } = first.job.idempotency ?? {};
    return { ...first.view, ...(answer && { storedAnswer: answer }) };
  };
  const newestFirst = (a: Row, b: Row): number => b.order - a.order;
  return {
    findReplay: async ({ owner, surface, idempotency }) => replayOf(owner, surface, idempotency),
    async submit(job) {
      const replay = job.idempotency && replayOf(job.keyId ?? job.accountId, job.surface, job.idempotency);
      if (replay) return { view: replay, due: [], isReplay: true };
      const holder = rows.find((row) => isActive(row) && job.exclusiveKey !== null && row.job.exclusiveKey === job.exclusiveKey);
      if (holder)
        throw new DomainError('already_active', 'a job is active', { details: { activeExternalId: holder.view.externalId } });
      if (rows.filter((row) => isActive(row) && row.view.accountId === job.accountId).length >= job.maxActiveJobsOfAccount)
        throw new DomainError('too_many_jobs', `more than ${job.maxActiveJobsOfAccount} active jobs`, { retryAfterSeconds: 10 });
      const { charge } = job;
      if (charge?.allowance) {
        const left = charge.allowance.credits - taken({ ...job, since: charge.allowance.since });
        if (left < charge.credits)
          throw new DomainError('no_credits', `${left} credits are left`, { details: { creditsRemaining: Math.max(0, left) } });
      }
      const view = firstView(job, clock.now());
      rows.push({ view, job, order: rows.length });
      return { view, due: [], isReplay: false };
    },
    findByExternalId: async ({ surface, accountId, externalId }) => find(surface, accountId, externalId)?.view ?? null,
    findById: async (id) => rows.find(({ view }) => view.id === id)?.view ?? null,
    readSpec: async (id) => rows.find(({ view }) => view.id === id)?.job.spec ?? null,
    async list(query) {
      const cursor = query.afterExternalId === undefined ? null : find(query.surface, query.accountId, query.afterExternalId);
      if (cursor === undefined) throw new DomainError('invalid_request', 'unknown cursor', { code: 'invalid_cursor' });
      const found = rows
        .filter(({ view }) => view.surface === query.surface && view.accountId === query.accountId)
        .filter(({ view }) => !query.states || query.states.includes(view.state))
        .filter(({ view }) => view.externalId.startsWith(query.externalIdPrefix ?? ''))
        .filter((row) => cursor === null || row.order < cursor.order)
        .toSorted(newestFirst)
        .slice(query.offset ?? 0);
      return { jobs: found.slice(0, query.limit).map(({ view }) => view), hasMore: found.length > query.limit };
    },
    signals: {
      watch(jobId, hear) {
        const watch = { jobId, hear };
        watches.add(watch);
        return () => watches.delete(watch);
      },
      stopped: new AbortController().signal,
    },
    watchCount: () => watches.size,
    ledger: { taken: async (query) => taken(query) },
    count: async ({ accountId, surface, states, createdAfter }) =>
      rows
        .filter(({ view }) => view.accountId === accountId && view.surface === surface)
        .filter(({ view }) => !states || states.includes(view.state))
        .filter(({ view }) => createdAfter === undefined || view.createdAt > createdAfter).length,
    findActiveByExclusiveKey: async (key) => rows.find((row) => isActive(row) && row.job.exclusiveKey === key)?.view ?? null,
    async queuePosition(id) {
      const queued = rows.filter(({ view }) => view.state === 'queued');
      const index = queued.findIndex(({ view }) => view.id === id);
      return index < 0 ? null : index + 1;
    },
    async cancel({ accountId, surface, externalId, from }) {
      const row = find(surface, accountId, externalId);
      if (!row) return { outcome: 'not_found' };
      if (!from.includes(row.view.state)) return { outcome: 'refused', job: row.view };
      const isQueued = row.view.state === 'queued';
      row.view = { ...row.view, ...(isQueued && { state: 'cancelled' }), cancelRequestedAt: clock.now(), updatedAt: clock.now() };
      announce(row.view);
      return { outcome: isQueued ? 'cancelled' : 'cancel_requested', job: row.view };
    },
    events: async () => [],
    async remove({ accountId, surface, externalId }) {
      const row = find(surface, accountId, externalId);
      if (!row) return 'not_found';
      if (isActive(row)) return 'active';
      rows.splice(rows.indexOf(row), 1);
      return 'removed';
    },
    change(externalId, change) {
      const row = byExternalId(externalId);
      const target: JobState = change.state ?? row.view.state;
      if (target !== row.view.state && !canTransition(row.view.state, target))
        throw new Error(`a job does not go from ${row.view.state} to ${target}`);
      row.view = { ...row.view, updatedAt: clock.now(), ...change, version: row.view.version + 1 };
      announce(row.view);
      return row.view;
    },
    viewOf: (externalId) => byExternalId(externalId).view,
    specOf: (externalId) => byExternalId(externalId).job.spec,
    submitted: () => rows.map(({ job }) => job),
  };
}

function firstView(job: NewJob, now: Date): JobView {
  return {
    id: job.id,
    accountId: job.accountId,
    keyId: job.keyId,
    surface: job.surface,
    externalId: job.externalId,
    kind: job.spec.kind,
    state: 'queued',
    progressRatio: 0,
    clientRef: job.clientRef,
    error: null,
    artifacts: [],
    warnings: job.warnings,
    runners: job.plan.runners,
    retries: 0,
    milestonesDone: 0,
    milestonesTotal: job.plan.steps.filter((step) => step.isMilestone).length,
    callbackUrl: job.callback?.url ?? null,
    cancelRequestedAt: null,
    createdAt: now,
    updatedAt: now,
    startedAt: null,
    finishedAt: null,
    version: 1,
  };
}
