import { type Clock, heartbeatSeconds, leaseSeconds, type StepLease, type StepStore } from '@polyreel/core';

export type LeaseLoss = 'lost' | 'cancelled';

export interface HeldLease {
  setProgress(ratio: number): void;
  release(): void;
}

export interface LeaseKeeper {
  /** Keeps the lease alive until released. `onLoss` is called at most once, when the work must stop. */
  hold(lease: StepLease & { readonly jobId: string }, onLoss: (loss: LeaseLoss) => void): HeldLease;
  /** Looks at once whether the job's steps may go on; null: at all that are held. */
  ask(jobId: string | null): void;
  close(): void;
}

interface Held {
  readonly lease: StepLease;
  readonly jobId: string;
  /** Somebody says that something has changed. */
  isAsked: boolean;
  readonly onLoss: (loss: LeaseLoss) => void;
  progressRatio: number;
  /** Milliseconds of the last heartbeat that the database confirmed. */
  confirmedAt: number;
  reported: number;
}

/** Progress is written at most this often. */
const tickMs = 500;

/**
 * One statement prolongs all leases of the process: every 10 s, or sooner when progress has moved. A lease that could not be
 * confirmed for its whole life counts as lost, so that a cut-off worker stops before another begins.
 */
export function createLeaseKeeper(deps: {
  steps: Pick<StepStore, 'heartbeat'>;
  clock: Clock;
  onError(error: unknown): void;
}): LeaseKeeper {
  const held = new Map<string, Held>();
  const nowMs = (): number => deps.clock.now().getTime();
  let isBusy = false;

  const drop = (stepId: string, loss: LeaseLoss): void => {
    const lease = held.get(stepId);
    held.delete(stepId);
    lease?.onLoss(loss);
  };

  const beat = async (): Promise<void> => {
    const now = nowMs();
    const due = [...held.values()].filter(
      (one) => one.isAsked || now - one.confirmedAt >= heartbeatSeconds * 1000 || one.progressRatio - one.reported >= 0.01,
    );
    if (due.length === 0) return;
    // Before the question: what is said during it is asked again.
    for (const one of due) one.isAsked = false;
    const sent = due.map((one) => ({ ...one.lease, progressRatio: one.progressRatio }));
    const answer = await deps.steps.heartbeat(sent);
    for (const [index, one] of due.entries()) {
      one.confirmedAt = now;
      one.reported = sent[index]?.progressRatio ?? one.reported;
    }
    for (const stepId of answer.lost) drop(stepId, 'lost');
    for (const stepId of answer.cancelled) drop(stepId, 'cancelled');
  };

  const timer = setInterval(() => {
    for (const one of held.values()) if (nowMs() - one.confirmedAt > leaseSeconds * 1000) drop(one.lease.stepId, 'lost');
    if (isBusy) return;
    isBusy = true;
    beat()
      .catch(deps.onError)
      .finally(() => {
        isBusy = false;
      });
  }, tickMs);

  return {
    hold(lease, onLoss) {
      const { stepId, leaseToken, jobId } = lease;
      const one: Held = {
        lease: { stepId, leaseToken },
        jobId,
        isAsked: false,
        onLoss,
        progressRatio: 0,
        confirmedAt: nowMs(),
        reported: 0,
      };
      held.set(lease.stepId, one);
      return {
        setProgress(ratio) {
          one.progressRatio = Math.max(one.progressRatio, Math.min(1, ratio));
        },
        release() {
          if (held.get(lease.stepId) === one) held.delete(lease.stepId);
        },
      };
    },
    ask(jobId) {
      for (const one of held.values()) if (jobId === null || one.jobId === jobId) one.isAsked = true;
    },
    close: () => clearInterval(timer),
  };
}
