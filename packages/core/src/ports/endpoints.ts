import type { NewAuditEntry } from './audit.ts';

/** A subscription of an account to events of one surface. */
export interface EndpointRow {
  readonly id: string;
  readonly accountId: string;
  readonly surface: string;
  readonly url: string;
  /** Domain events, e.g. `job.succeeded`. */
  readonly events: readonly string[];
  readonly description: string | null;
  /** `paused`: by its owner, or after `endpointPauseSeconds` of failures; its deliveries wait. */
  readonly state: 'active' | 'paused';
  /** Since when every attempt has failed; null: the last one did not. */
  readonly failingSince: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface DeliveryLogRow {
  readonly id: string;
  readonly endpointId: string | null;
  /** The message; a delivery sent again carries the message of the first. */
  readonly event: string;
  readonly jobId: string | null;
  readonly url: string;
  readonly state: 'pending' | 'delivered' | 'failed' | 'cancelled';
  /** Text as it is sent; null before the first attempt. */
  readonly body: string | null;
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly attempts: readonly DeliveryLogAttempt[];
}

export interface DeliveryLogAttempt {
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly errorCode: string | null;
  readonly responseExcerpt: string | null;
}

/** Whose endpoint; a foreign or deleted one is not found. */
export interface EndpointKey {
  readonly accountId: string;
  readonly surface: string;
  readonly id: string;
}

export interface EndpointChanges {
  readonly url?: string;
  readonly events?: readonly string[];
  readonly description?: string | null;
  readonly state?: 'active' | 'paused';
}

/** Written with the effect, in its transaction. */
export interface Audited {
  readonly audit?: NewAuditEntry;
}

/**
 * Subscriptions and what was sent to them. An ended job writes its deliveries in its own transaction (`StepStore`, `JobStore`); other
 * events come by `publish`. Not here: bodies of jobs' events, signatures, secrets in the clear.
 */
export interface EndpointStore {
  /** DomainError `invalid_request`, code `too_many_endpoints`, beyond `endpointsMax` of the account on the surface. */
  create(
    endpoint: Audited & {
      id: string;
      accountId: string;
      surface: string;
      url: string;
      events: readonly string[];
      description: string | null;
      secret: { id: string; sealed: string };
      endpointsMax: number;
    },
  ): Promise<EndpointRow>;
  /** Newest first. `afterId` exclusive; unknown or foreign: DomainError `invalid_request`, code `invalid_cursor`. */
  list(query: {
    accountId: string;
    surface: string;
    limit: number;
    afterId?: string;
  }): Promise<{ endpoints: readonly EndpointRow[]; hasMore: boolean }>;
  find(key: EndpointKey): Promise<EndpointRow | null>;
  /** Setting `active` forgets past failures. Deliveries not yet sent go to a new URL. Null: not found. */
  update(key: EndpointKey & Audited, changes: EndpointChanges): Promise<EndpointRow | null>;
  /** Its waiting deliveries are cancelled. Null: not found. */
  remove(key: EndpointKey & Audited): Promise<EndpointRow | null>;
  /** Sealed secrets that sign now, newest first. */
  secrets(endpointId: string): Promise<readonly string[]>;
  /** `sealed` becomes the first of two during `overlapSeconds`. Null: not found. */
  rotateSecret(
    key: EndpointKey & Audited & { secret: { id: string; sealed: string }; overlapSeconds: number },
  ): Promise<EndpointRow | null>;
  /** Newest first, each with its attempts. Null: no such endpoint. */
  deliveries(
    key: EndpointKey & { limit: number; afterId?: string; state?: DeliveryLogRow['state'] },
  ): Promise<{ deliveries: readonly DeliveryLogRow[]; hasMore: boolean } | null>;
  /** One delivery of a frozen body to one endpoint, whatever its events. Null: not found. */
  send(key: EndpointKey & Audited & { deliveryId: string; event: string; body: string }): Promise<DeliveryLogRow | null>;
  /** The message of an old delivery once more, under a schedule of its own. Null: not found. DomainError `conflict` while it is pending. */
  redeliver(query: {
    accountId: string;
    surface: string;
    deliveryId: string;
    newDeliveryId: string;
    audit?: NewAuditEntry;
  }): Promise<DeliveryLogRow | null>;
  /** An event that is no end of a job, to every endpoint that asked for it. Returns how many deliveries were made. */
  publish(event: { accountId: string; surface: string; event: string; body: string }): Promise<number>;
}
