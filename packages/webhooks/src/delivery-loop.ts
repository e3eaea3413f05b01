import type { ClaimedDelivery, Clock, DeliveryStore } from '@polyreel/core';
import { type DeliverInput, deliver, type DeliveryOutcome, planVerdict, type SafeFetch } from './deliver.ts';
import type { DeliverySchedule } from './schedule.ts';
import type { SigningSchemeName } from './signing-schemes.ts';

/** What a surface's dialect and the database say about a claimed delivery. */
export interface PreparedDelivery {
  readonly scheme: SigningSchemeName;
  readonly protocols: readonly ('http:' | 'https:')[];
  /** `whsec_...`, opened, newest first. */
  readonly secrets: readonly string[];
  /** Makes the body; asked only before the first attempt has frozen it. */
  readonly makeBody: () => Promise<string>;
}

export interface DeliveryLoopOptions {
  readonly store: DeliveryStore;
  readonly prepare: (delivery: ClaimedDelivery) => Promise<PreparedDelivery>;
  readonly fetch: SafeFetch;
  readonly clock: Clock;
  readonly random: () => number;
  readonly schedule?: DeliverySchedule;
  /** Attempts at once in this process; they only wait, so many are cheap. */
  readonly placesMax?: number;
  /** Attempts at once to one target in this process. */
  readonly placesOfTargetMax?: number;
  /** Looks for due deliveries this often even if nobody calls `wake`. */
  readonly sweepMs?: number;
  readonly timeoutMs?: number;
  /** After every recorded attempt: for metrics and logs. */
  readonly onOutcome?: (delivery: ClaimedDelivery, outcome: DeliveryOutcome) => void;
  /** Faults of our own side: the store, a dialect, a secret. */
  readonly onFault: (where: string, error: unknown) => void;
}

interface Running {
  readonly target: string;
  readonly done: Promise<void>;
}

/**
 * Sends due deliveries, many at once, at most a few to one target: a receiver that hangs holds up nobody else. Every step may be the last
 * one before a crash: then the lease lapses and the delivery is tried again under the same id.
 */
export class DeliveryLoop {
  readonly #options: DeliveryLoopOptions;
  readonly #placesMax: number;
  readonly #placesOfTargetMax: number;
  readonly #running = new Set<Running>();
  readonly #stopping = new AbortController();
  #pumping: Promise<void> | undefined;
  #isWoken = false;
  #isStopped = true;
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: DeliveryLoopOptions) {
    this.#options = options;
    this.#placesMax = options.placesMax ?? 64;
    this.#placesOfTargetMax = options.placesOfTargetMax ?? 2;
  }

  /** Begins to look for due deliveries, at once and then at every sweep. */
  start(): void {
    if (this.#stopping.signal.aborted) throw new Error('a stopped delivery loop does not start again');
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#sweep = setInterval(() => this.wake(), this.#options.sweepMs ?? 5000);
    this.wake();
  }

  /** Something may be due: call it for each wake-up. Returns at once. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isStopped || this.#pumping !== undefined) return;
    this.#pumping = this.#pump().finally(() => {
      this.#pumping = undefined;
      if (this.#isWoken) this.wake();
    });
  }

  /** How many attempts are in hand. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** Takes no more; attempts in hand may end within `graceMs`, then they are broken off and handed back. Resolves when all are gone. */
  async stop({ graceMs }: { graceMs: number }): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#sweep);
    const timer = setTimeout(() => this.#stopping.abort(new Error('the server is stopping')), graceMs);
    await this.#pumping;
    await Promise.all([...this.#running].map(({ done }) => done));
    clearTimeout(timer);
    this.#stopping.abort(new Error('the server is stopping'));
  }

  /** Claims until nothing more is due or no place is free. */
  async #pump(): Promise<void> {
    this.#isWoken = false;
    while (!this.#isStopped && this.#running.size < this.#placesMax) {
      this.#isWoken = false;
      let claimed: readonly ClaimedDelivery[];
      try {
        claimed = await this.#options.store.claim({
          limit: this.#placesMax - this.#running.size,
          perTarget: 1,
          busyTargets: this.#findBusyTargets(),
        });
      } catch (error) {
        this.#options.onFault('claim', error);
        return;
      }
      if (claimed.length === 0) return;
      for (const delivery of claimed) this.#run(delivery);
    }
  }

  #findBusyTargets(): string[] {
    const counts = new Map<string, number>();
    for (const { target } of this.#running) counts.set(target, (counts.get(target) ?? 0) + 1);
    return [...counts].filter(([, count]) => count >= this.#placesOfTargetMax).map(([target]) => target);
  }

  #run(delivery: ClaimedDelivery): void {
    const done = this.#attempt(delivery)
      .catch((error: unknown) => this.#options.onFault(`delivery ${delivery.deliveryId}`, error))
      .finally(() => {
        this.#running.delete(running);
        // A place is free: of this target, or of all.
        this.wake();
      });
    const running = { target: delivery.target, done };
    this.#running.add(running);
  }

  async #attempt(delivery: ClaimedDelivery): Promise<void> {
    const { store, onOutcome } = this.#options;
    // Claimed while the stop was asked for.
    const outcome = this.#isStopped ? 'stopped' : await this.#send(delivery);
    if (outcome === 'lost') return;
    if (outcome === 'stopped') return store.handBack(delivery);
    if (await store.record(delivery, outcome.row, outcome.verdict)) onOutcome?.(delivery, outcome);
  }

  async #send(delivery: ClaimedDelivery): Promise<DeliveryOutcome | 'lost' | 'stopped'> {
    const { store, prepare, fetch, clock, random, schedule, timeoutMs } = this.#options;
    const startedAt = clock.now();
    const shared: Pick<DeliverInput, 'random' | 'schedule'> = schedule === undefined ? { random } : { random, schedule };
    try {
      const { scheme, protocols, secrets, makeBody } = await prepare(delivery);
      const body = delivery.body ?? (await store.freezeBody(delivery, await makeBody()));
      if (body === null) return 'lost';
      return await deliver({
        ...shared,
        ...(timeoutMs !== undefined && { timeoutMs }),
        delivery: { id: delivery.deliveryId, attempt: delivery.attempt, body },
        endpoint: { url: delivery.url, scheme, protocols },
        secrets,
        fetch,
        clock,
        signal: this.#stopping.signal,
      });
    } catch (error) {
      if (this.#stopping.signal.aborted) return 'stopped';
      // Our own side failed before anything was sent. It counts as an attempt, so that it is seen in the log and has an end.
      this.#options.onFault(`prepare ${delivery.deliveryId}`, error);
      const row = {
        attempt: delivery.attempt,
        startedAt,
        durationMs: 0,
        statusCode: null,
        errorCode: 'not_sent',
        responseExcerpt: null,
      };
      return { row, verdict: planVerdict({ ...shared, delivery }, null) };
    }
  }
}
