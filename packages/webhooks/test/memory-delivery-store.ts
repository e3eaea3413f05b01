import type { ClaimedDelivery, DeliveryAttemptRow, DeliveryLease, DeliveryStore, DeliveryVerdict } from '@polyreel/core';

interface StoredDelivery extends Omit<ClaimedDelivery, 'body' | 'attempt' | 'leaseToken'> {
  body: string | null;
  attempts: number;
  state: 'pending' | 'delivered' | 'failed';
  dueAt: number;
  leaseToken: string | null;
  readonly rows: DeliveryAttemptRow[];
}

/** The port's rules over a Map and a clock that the test moves. */
export function createMemoryDeliveryStore() {
  const deliveries = new Map<string, StoredDelivery>();
  let now = 0;
  let leases = 0;
  const held = ({ deliveryId, leaseToken }: DeliveryLease) => {
    const found = deliveries.get(deliveryId);
    return found?.leaseToken === leaseToken ? found : undefined;
  };
  const store: DeliveryStore = {
    async claim({ limit, perTarget, busyTargets }) {
      const claimed: ClaimedDelivery[] = [];
      for (const delivery of [...deliveries.values()].sort((a, b) => a.dueAt - b.dueAt)) {
        if (claimed.length === limit) break;
        if (delivery.state !== 'pending' || delivery.leaseToken !== null || delivery.dueAt > now) continue;
        if (busyTargets.includes(delivery.target)) continue;
        if (claimed.filter(({ target }) => target === delivery.target).length >= perTarget) continue;
        leases += 1;
        delivery.attempts += 1;
        delivery.leaseToken = `lease-${leases}`;
        claimed.push({ ...delivery, attempt: delivery.attempts, leaseToken: delivery.leaseToken });
      }
      return claimed;
    },
    async freezeBody(lease, body) {
      const delivery = held(lease);
      if (delivery === undefined) return null;
      delivery.body ??= body;
      return delivery.body;
    },
    async record(lease, row: DeliveryAttemptRow, verdict: DeliveryVerdict) {
      const delivery = held(lease);
      if (delivery === undefined) return false;
      delivery.rows.push(row);
      delivery.leaseToken = null;
      if (verdict.kind === 'retry') delivery.dueAt = now + verdict.retryInSeconds;
      else delivery.state = verdict.kind;
      return true;
    },
    async handBack(lease) {
      const delivery = held(lease);
      if (delivery === undefined) return;
      delivery.leaseToken = null;
      delivery.attempts -= 1;
    },
  };
  return {
    store,
    deliveries,
    /** Seconds; makes deliveries due. */
    advance: (seconds: number) => {
      now += seconds;
    },
    /** The process that held them died. */
    lapseLeases: () => {
      for (const delivery of deliveries.values()) delivery.leaseToken = null;
    },
    add: (deliveryId: string, url: string) => {
      deliveries.set(deliveryId, {
        deliveryId,
        accountId: 'usr_1',
        jobId: 'job_1',
        endpointId: null,
        surface: 'any',
        event: 'job.succeeded',
        url,
        target: new URL(url).origin,
        body: null,
        createdAt: new Date(0),
        attempts: 0,
        state: 'pending',
        dueAt: now,
        leaseToken: null,
        rows: [],
      });
    },
    find: (deliveryId: string): StoredDelivery => {
      const delivery = deliveries.get(deliveryId);
      if (delivery === undefined) throw new Error(`no delivery ${deliveryId}`);
      return delivery;
    },
  };
}
