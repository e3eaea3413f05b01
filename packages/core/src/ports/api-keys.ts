import type { KeyRow } from './accounts.ts';
import type { NewAuditEntry } from './audit.ts';

export interface ApiKeyRow extends KeyRow {
  readonly expiresAt: Date | null;
}

export interface StoredKey {
  readonly id: string;
  readonly sha256: string;
  /** Visible start of the key. */
  readonly prefix: string;
  readonly lastFour: string;
}

/** Keys of an account, as their owner manages them. A revoked key keeps its row. */
export interface ApiKeyStore {
  /** DomainError `invalid_request`, code `too_many_keys`, beyond `liveMax` keys that still work. */
  create(query: {
    accountId: string;
    name: string;
    key: StoredKey;
    expiresAt: Date | null;
    liveMax: number;
    audit?: NewAuditEntry;
  }): Promise<ApiKeyRow>;
  /** Newest first. `afterId` exclusive; unknown or foreign: DomainError `invalid_request`, code `invalid_cursor`. */
  list(query: { accountId: string; limit: number; afterId?: string }): Promise<{ keys: readonly ApiKeyRow[]; hasMore: boolean }>;
  /** A revoked key stays as it is. Null: not found. */
  revoke(query: {
    accountId: string;
    id: string;
    audit?: NewAuditEntry;
  }): Promise<{ key: ApiKeyRow; isChanged: boolean } | null>;
  /**
   * A new key with the name, surfaces and policy of the old one, which works on for `graceSeconds`. Null: not found. DomainError `conflict`,
   * code `key_not_live`, for one that does not work any more; `invalid_request`, code `too_many_keys`, where more than `liveMax` would work,
   * those in their grace included.
   */
  rotate(query: {
    accountId: string;
    id: string;
    key: StoredKey;
    graceSeconds: number;
    liveMax: number;
    audit?: NewAuditEntry;
  }): Promise<{ fresh: ApiKeyRow; old: ApiKeyRow } | null>;
  /** Names by id, for the audit. */
  nameOf(keyId: string): Promise<string | null>;
}
