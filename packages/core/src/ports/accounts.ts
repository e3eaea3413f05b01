import type { SafetyPolicy } from '../safety/policy.ts';

/** Who is calling. The owner of everything is the account; only limits and policies belong to the key. */
export interface Principal {
  readonly accountId: string;
  readonly keyId: string;
  readonly role: 'admin' | 'member';
  /** Surfaces the key works on; null: all. */
  readonly surfaces: readonly string[] | null;
  /** What the key may ask for; absent: the default. */
  readonly safety?: SafetyPolicy;
}

export interface KeyRow {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  /** Visible start of the key, e.g. `vg_live_`. */
  readonly prefix: string;
  readonly lastFour: string;
  readonly surfaces: readonly string[] | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly role: 'admin' | 'member';
  readonly createdAt: Date;
}

export interface AccountStore {
  /** DomainError `conflict` when the name is taken. */
  createAccount(account: { id: string; name: string; role: 'admin' | 'member' }): Promise<AccountRow>;
  findAccountByName(name: string): Promise<AccountRow | null>;
  countAccounts(): Promise<number>;
  /**
   * Between active and disabled, by name, user name or e-mail address. A disabled account's keys and sign-ins open nothing; its jobs go on.
   * False: no such account in the other state. Announces the change to all processes.
   */
  setActive(login: string, isActive: boolean): Promise<boolean>;
  /** Stores only the SHA-256 (lower-case hex), the prefix and the last four characters. */
  createKey(key: {
    id: string;
    accountId: string;
    name: string;
    sha256: string;
    prefix: string;
    lastFour: string;
    surfaces: readonly string[] | null;
  }): Promise<KeyRow>;
  /** Active keys of active accounts only. */
  findPrincipalBySha256(sha256: string): Promise<Principal | null>;
  listKeys(accountId: string | null): Promise<readonly KeyRow[]>;
  /** False: no such active key. Announces the change to all processes. */
  revokeKey(keyId: string): Promise<boolean>;
  /** Of an active key; null: the default stands. DomainError `internal` for a stored one that cannot be read. */
  readSafetyPolicy(keyId: string): Promise<SafetyPolicy | null>;
  /** Null takes the key's own policy away. False: no such active key. Announces the change to all processes. */
  writeSafetyPolicy(keyId: string, policy: SafetyPolicy | null): Promise<boolean>;
  /** Batched, at most once a minute a key. */
  touchKeys(keyIds: readonly string[]): Promise<void>;
}

/** Webhook secrets, sealed before they get here. */
export interface WebhookSecretStore {
  /** Sealed secrets that sign now, newest first; empty: none made yet. */
  current(accountId: string): Promise<readonly string[]>;
  /** Makes `sealed` the only current secret of the account, or the first of two during `overlapSeconds`. */
  rotate(query: { id: string; accountId: string; sealed: string; overlapSeconds: number }): Promise<void>;
  /** Stores `sealed` only where the account has none; returns what is current afterwards (two callers agree). */
  ensure(query: { id: string; accountId: string; sealed: string }): Promise<readonly string[]>;
}
