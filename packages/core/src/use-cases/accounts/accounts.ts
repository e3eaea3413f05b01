import { DomainError } from '../../errors.ts';
import type { IdSource } from '../../ids.ts';
import type { NewAuditEntry } from '../../ports/audit.ts';
import type { NewToken, TokenUse, UserAccount, UserStore } from '../../ports/users.ts';
import { generateKeyText } from '../mint-key.ts';

/** argon2id, in its own text form. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Takes the same time for a hash of nobody's password. */
  verify(hash: string, password: string): Promise<boolean>;
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Resolves once the mail is on its way. DomainError `backend_unavailable`, code `mail_not_sent`. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}

/** A proof that is to be mailed. The words are the caller's. */
export interface MailFacts {
  readonly token: string;
  readonly account: UserAccount;
  readonly expiresInSeconds: number;
}
export type ComposeMail = (facts: MailFacts) => Pick<Mail, 'subject' | 'text'>;

export interface AccountsDeps {
  readonly users: UserStore;
  readonly passwords: PasswordHasher;
  /** Null: this server sends no mail, and takes every address as proven. */
  readonly mailer: Mailer | null;
  readonly ids: IdSource;
  randomBytes(size: number): Uint8Array;
  /** Lower-case hex. */
  sha256(text: string): string;
  /** Of a mail that nobody waits for. */
  onMailError(error: unknown): void;
}

export interface SignIn {
  readonly login: string;
  readonly password: string;
  /** The caller's address; failures count by it and by account. */
  readonly address: string;
  readonly accessTokenPrefix: string;
  readonly accessTokenSeconds: number;
}

interface Effect {
  readonly audit?: NewAuditEntry;
}

export interface EmailProposal {
  readonly email: string;
  /** DomainError `backend_unavailable` when it could not be sent; what else was changed stands. */
  mail(): Promise<void>;
}

/** People who sign in. No answer tells whether an address or a name is known, except to whoever registers it. */
export interface Accounts {
  /** `expiresInSeconds` null: active at once. DomainError `conflict`; `backend_unavailable` when the mail could not be sent. */
  register(user: {
    username: string;
    email: string;
    password: string;
    verificationSeconds: number;
    compose: ComposeMail;
  }): Promise<{ account: UserAccount; expiresInSeconds: number | null }>;
  verifyEmail(token: string): Promise<TokenUse>;
  /** Mails in the background. */
  resendVerification(query: { email: string; seconds: number; compose: ComposeMail }): Promise<void>;
  /**
   * DomainError `unauthenticated`, code `invalid_credentials`, for an unknown name as for a wrong password; `rate_limited`, code
   * `too_many_attempts`; `forbidden`, codes `email_not_verified` and `account_disabled`.
   */
  signIn(query: SignIn): Promise<{ accessToken: string; expiresAt: Date; account: UserAccount }>;
  signOut(query: Effect & { tokenId: string }): Promise<void>;
  get(accountId: string): Promise<UserAccount>;
  /** A new address is only proposed: it stands once it is proven, for which `mail` sends a token. Without mail it stands at once. */
  update(
    query: Effect & {
      accountId: string;
      username?: string;
      email?: string;
      verificationSeconds: number;
      compose: ComposeMail;
    },
  ): Promise<{ account: UserAccount; proposal: EmailProposal | null }>;
  /** DomainError as `signIn` for a wrong current password. Ends every other access token. */
  changePassword(
    query: Effect & { accountId: string; current: string; password: string; keepTokenId: string; address: string },
  ): Promise<UserAccount>;
  requestPasswordReset(query: { email: string; seconds: number; compose: ComposeMail }): Promise<void>;
  resetPassword(query: { token: string; password: string }): Promise<TokenUse>;
  /** DomainError as `changePassword` for a wrong password. */
  remove(query: Effect & { accountId: string; password: string; address: string }): Promise<UserAccount>;
}

const windowSeconds = 15 * 60;
const failuresOfAddressMax = 10;
/** From all addresses together: a guess spread over many machines. */
const failuresOfAccountMax = 100;

export function createAccounts(deps: AccountsDeps): Accounts {
  const { users, passwords, mailer, ids } = deps;
  // Compared with where there is no account, so that both answers take one time. Its password is thrown away.
  const hashOfNobody = passwords.hash(generateKeyText(deps.randomBytes));
  hashOfNobody.catch(() => undefined);

  const mint = (expiresInSeconds: number, prefix: string): { text: string; stored: NewToken } => {
    const text = generateKeyText(deps.randomBytes, prefix);
    return { text, stored: { id: ids.next('token'), sha256: deps.sha256(text), expiresInSeconds } };
  };
  const send = async (to: string, compose: ComposeMail, facts: MailFacts): Promise<void> => {
    await mailer?.send({ to, ...compose(facts) });
  };
  const mailQuietly = async (
    purpose: 'verify_email' | 'reset_password',
    query: { email: string; seconds: number; compose: ComposeMail },
    states: readonly UserAccount['state'][],
  ): Promise<void> => {
    if (mailer === null) return;
    const { text: token, stored } = mint(query.seconds, tokenPrefixes[purpose]);
    const account = await users.addMailToken({ to: { email: query.email }, purpose, states, token: stored });
    if (account?.email == null) return;
    // Not awaited: the time of the answer tells nobody whether there was a mail.
    void send(account.email, query.compose, { token, account, expiresInSeconds: query.seconds }).catch(deps.onMailError);
  };

  /** Proves a password. Every attempt counts as failed until it has succeeded. */
  const prove = async (query: { target: string; address: string; hash: string | null; password: string }): Promise<void> => {
    const attemptId = ids.next('token');
    const key = `${query.target}|${query.address}`;
    const { waitSeconds } = await users.beginAttempt({
      attemptId,
      keys: [
        { key, failuresMax: failuresOfAddressMax },
        { key: query.target, failuresMax: failuresOfAccountMax },
      ],
      windowSeconds,
    });
    if (waitSeconds !== null)
      throw new DomainError('rate_limited', `Too many failed attempts; try again in ${waitSeconds} s`, {
        code: 'too_many_attempts',
        retryAfterSeconds: waitSeconds,
      });
    const isRight = await passwords.verify(query.hash ?? (await hashOfNobody), normalise(query.password));
    if (query.hash === null || !isRight)
      throw new DomainError('unauthenticated', 'The username or the password is wrong', { code: 'invalid_credentials' });
    await users.forgetAttempt(attemptId, key);
  };
  const proveOwn = async (query: { accountId: string; address: string; password: string }): Promise<void> =>
    prove({
      target: query.accountId,
      address: query.address,
      hash: await users.passwordHash(query.accountId),
      password: query.password,
    });

  return {
    async register({ username, email, password, verificationSeconds, compose }) {
      const passwordHash = await passwords.hash(normalise(password));
      const minted = mailer === null ? null : mint(verificationSeconds, tokenPrefixes.verify_email);
      const id = ids.next('account');
      const account = await users.register({ id, username, email, passwordHash, verification: minted?.stored ?? null });
      if (minted === null) return { account, expiresInSeconds: null };
      await send(email, compose, { token: minted.text, account, expiresInSeconds: verificationSeconds });
      return { account, expiresInSeconds: verificationSeconds };
    },
    verifyEmail: (token) => users.verifyEmail(deps.sha256(token)),
    resendVerification: (query) => mailQuietly('verify_email', query, ['pending']),
    async signIn({ login, password, address, accessTokenPrefix, accessTokenSeconds }) {
      const found = await users.findByLogin(login);
      // Hashed: people type passwords where names belong.
      const target = found?.account.id ?? `nobody:${deps.sha256(login.toLowerCase())}`;
      await prove({ target, address, hash: found?.passwordHash ?? null, password });
      if (found === null) throw new Error('a password was proven for nobody');
      refuseInactive(found.account);
      const { text, stored } = mint(accessTokenSeconds, accessTokenPrefix);
      const { expiresAt } = await users.createAccessToken({ accountId: found.account.id, token: stored });
      return { accessToken: text, expiresAt, account: found.account };
    },
    async signOut(query) {
      await users.revokeAccessToken(query);
    },
    get: async (accountId) => present(await users.find(accountId)),
    async update({ accountId, username, email, verificationSeconds, compose, ...effect }) {
      const before = present(await users.find(accountId));
      const isMoving = email !== undefined && email.toLowerCase() !== before.email?.toLowerCase();
      const isProposed = isMoving && mailer !== null;
      const changes = { ...(username !== undefined && { username }), ...(email !== undefined && !isProposed && { email }) };
      const account = present(await users.update({ accountId, ...changes, ...effect }));
      if (!isProposed) return { account, proposal: null };
      const mail = async (): Promise<void> => {
        const { text: token, stored } = mint(verificationSeconds, tokenPrefixes.verify_email);
        const to = { accountId, newEmail: email };
        await users.addMailToken({ to, purpose: 'verify_email', states: ['active'], token: stored });
        await send(email, compose, { token, account, expiresInSeconds: verificationSeconds });
      };
      return { account, proposal: { email, mail } };
    },
    async changePassword({ accountId, current, password, keepTokenId, address, ...effect }) {
      await proveOwn({ accountId, address, password: current });
      const passwordHash = await passwords.hash(normalise(password));
      return present(await users.changePassword({ accountId, passwordHash, keepTokenId, ...effect }));
    },
    requestPasswordReset: (query) => mailQuietly('reset_password', query, ['pending', 'active']),
    async resetPassword({ token, password }) {
      const passwordHash = await passwords.hash(normalise(password));
      return users.resetPassword({ sha256: deps.sha256(token), passwordHash });
    },
    async remove({ accountId, password, address, ...effect }) {
      await proveOwn({ accountId, address, password });
      const account = present(await users.find(accountId));
      if (!(await users.deleteAccount({ accountId, ...effect }))) present(null);
      return account;
    },
  };
}

const tokenPrefixes = { verify_email: 'vg_ev_', reset_password: 'vg_pr_' } as const;

/** One text however a keyboard composes its accents. */
const normalise = (password: string): string => password.normalize('NFC');

function present(account: UserAccount | null): UserAccount {
  if (account === null) throw new DomainError('not_found', 'The account does not exist', { code: 'account_not_found' });
  return account;
}

function refuseInactive({ state }: UserAccount): void {
  if (state === 'pending')
    throw new DomainError('forbidden', 'The e-mail address is not verified yet', { code: 'email_not_verified' });
  if (state === 'disabled') throw new DomainError('forbidden', 'The account is disabled', { code: 'account_disabled' });
}
