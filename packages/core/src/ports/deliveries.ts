/** A held delivery: one message to one place. `leaseToken` fences every later write. */
export interface DeliveryLease {
  readonly deliveryId: string;
  readonly leaseToken: string;
}

export interface ClaimedDelivery extends DeliveryLease {
  readonly accountId: string;
  readonly jobId: string | null;
  /** What a `file.*` event is about. */
  readonly fileId?: string | null;
  /** Null: a job's one-off callback. */
  readonly endpointId: string | null;
  readonly surface: string;
  /** Domain event, e.g. `job.succeeded`. */
  readonly event: string;
  readonly url: string;
  /** Whom a hanging receiver may hold up: the endpoint, or the origin of a one-off URL. */
  readonly target: string;
  /** Frozen text; null before the first attempt has made it. */
  readonly body: string | null;
  /** From 1; counted by the claim, so that an attempt whose process died counts too. */
  readonly attempt: number;
  readonly createdAt: Date;
}

/** What one attempt found; becomes a row of `delivery_attempts`. */
export interface DeliveryAttemptRow {
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** Null: no answer. */
  readonly statusCode: number | null;
  /** Null on success, e.g. `timeout`, `http_500`. */
  readonly errorCode: string | null;
  /** First kilobyte of the answer as text. */
  readonly responseExcerpt: string | null;
}

export type DeliveryVerdict =
  | { readonly kind: 'delivered' }
  /** Due again after so many seconds of the database's clock. */
  | { readonly kind: 'retry'; readonly retryInSeconds: number }
  /** Never tried again. `isGone`: the receiver said so (410), its endpoint is paused at once. */
  | { readonly kind: 'failed'; readonly isGone: boolean };

/** A lease lasts longer than any attempt may (15 s for the request), so there is no heartbeat. */
export const deliveryLeaseSeconds = 30;
/** An endpoint all of whose attempts failed for so long is paused. */
export const endpointPauseSeconds = 5 * 86_400;

/**
 * Deliveries as rows. Not here: bodies (the surface's dialect), signatures, the schedule.
 * A delivery of an endpoint that is not `active` stays `pending` and is not claimed.
 */
export interface DeliveryStore {
  /**
   * Takes up to `limit` pending deliveries with `next_attempt_at <= now()` and no live lease, oldest `next_attempt_at` first, by
   * `FOR UPDATE SKIP LOCKED`; counts the attempt and sets lease token and `lease_until`. At most `perTarget` for one target in one
   * answer, and none for `busyTargets` (those with no free place in this process).
   */
  claim(query: { limit: number; perTarget: number; busyTargets: readonly string[] }): Promise<readonly ClaimedDelivery[]>;
  /** Writes the body where there is none; returns the body that stands, or null when the lease is lost. */
  freezeBody(lease: DeliveryLease, body: string): Promise<string | null>;
  /**
   * Writes the attempt row, ends or reschedules the delivery, drops the lease, and keeps the endpoint's `failing_since`: set by the
   * first failure, cleared by a success; after `endpointPauseSeconds`, or `isGone`, the endpoint is `paused`. False: lease lost, nothing
   * written.
   */
  record(lease: DeliveryLease, row: DeliveryAttemptRow, verdict: DeliveryVerdict): Promise<boolean>;
  /** Graceful stop before the request was sent: due again at once, the attempt not counted. */
  handBack(lease: DeliveryLease): Promise<void>;
}
