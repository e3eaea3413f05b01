import type { NewAuditEntry } from './audit.ts';

/** Somebody who signs in. `pending`: the e-mail address is not proven yet. */
export interface UserAccount {
  readonly id: string;
  /** Null for accounts that an operator made. */
  readonly username: string | null;
  readonly email: string | null;
  readonly role: 'admin' | 'member';
  readonly state: 'pending' | 'active' | 'disabled';
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly verifiedAt: Date | null;
}

export interface UserWithPassword {
  readonly account: UserAccount;
  readonly passwordHash: string;
}

/** Something secret that is kept by its SHA-256 (lower-case hex) only. */
export interface NewToken {
  readonly id: string;
  readonly sha256: string;
  readonly expiresInSeconds: number;
}

/** `used` and `expired` ones are known; all else is `unknown`. */
export type TokenUse =
  | { readonly outcome: 'used' | 'expired' | 'unknown' }
  | { readonly outcome: 'done'; readonly account: UserAccount };

export interface BearerOf {
  readonly tokenId: string;
  readonly accountId: string;
  readonly role: 'admin' | 'member';
}

export type BearerLookup =
  | { readonly outcome: 'live'; readonly bearer: BearerOf }
  | { readonly outcome: 'expired' | 'unknown' | 'disabled' };

export interface AttemptKey {
  /** Whom failures lock out, e.g. a name and an address. */
  readonly key: string;
  readonly failuresMax: number;
}

/**
 * Users, their passwords and tokens. Names and addresses are unique without regard to case. Not here: hashing, mail, rules about names.
 */
export interface UserStore {
  /**
   * DomainError `conflict`, code `username_taken` or `email_taken`. A pending account whose every proof has expired gives way.
   * `verification` null: the account starts active.
   */
  register(user: {
    id: string;
    username: string;
    email: string;
    passwordHash: string;
    verification: NewToken | null;
  }): Promise<UserAccount>;
  /** By user name or e-mail address. */
  findByLogin(login: string): Promise<UserWithPassword | null>;
  find(accountId: string): Promise<UserAccount | null>;
  passwordHash(accountId: string): Promise<string | null>;
  /**
   * A further proof for the account with this address, beside older ones. Null: there is none in such a state. With `newEmail` the token
   * proves that address, for the account given by id.
   */
  addMailToken(query: {
    to: { email: string } | { accountId: string; newEmail: string };
    purpose: 'verify_email' | 'reset_password';
    states: readonly UserAccount['state'][];
    token: NewToken;
    audit?: NewAuditEntry;
  }): Promise<UserAccount | null>;
  /** The address is proven: a pending account becomes active. DomainError `conflict`, code `already_verified` or `email_taken`. */
  verifyEmail(sha256: string): Promise<TokenUse>;
  /** Sets the password, proves the address, ends every access token and every other reset. */
  resetPassword(query: { sha256: string; passwordHash: string }): Promise<TokenUse>;
  /** Ends every access token but the one given. */
  changePassword(query: {
    accountId: string;
    passwordHash: string;
    keepTokenId: string | null;
    audit?: NewAuditEntry;
  }): Promise<UserAccount | null>;
  /** Without proof. DomainError `conflict` as `register`. */
  update(query: { accountId: string; username?: string; email?: string; audit?: NewAuditEntry }): Promise<UserAccount | null>;
  createAccessToken(query: { accountId: string; token: NewToken }): Promise<{ expiresAt: Date }>;
  findBearer(sha256: string): Promise<BearerLookup>;
  revokeAccessToken(query: { tokenId: string; audit?: NewAuditEntry }): Promise<boolean>;
  /**
   * Name, address, password and tokens are gone and keys are dead at once; its active jobs are cancelled, templates and subscriptions
   * go, files are left to the next sweep. The bare id stays. False: there is no such account.
   */
  deleteAccount(query: { accountId: string; audit?: NewAuditEntry }): Promise<boolean>;
  /**
   * Counts an attempt as failed until `forgetAttempt` says otherwise, so that attempts side by side are counted too. Seconds to wait when
   * one of the keys has no attempt left within the window; then nothing is counted.
   */
  beginAttempt(query: {
    attemptId: string;
    keys: readonly AttemptKey[];
    windowSeconds: number;
  }): Promise<{ waitSeconds: number | null }>;
  /** The attempt did not fail; with it go earlier failures of its first key. */
  forgetAttempt(attemptId: string, key: string): Promise<void>;
}
