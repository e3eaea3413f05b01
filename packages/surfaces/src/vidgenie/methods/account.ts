import type { TokenUse } from '@polyreel/core';
import { z } from 'zod';
import { accessTokenPrefix } from '../call.ts';
import { fault, invalidRequest } from '../errors.ts';
import { toAccount } from '../from-account.ts';
import { resetMail, verificationMail } from '../mails.ts';
import { method, publicMethod } from '../method.ts';
import { email, password, username } from '../schemas.ts';

/** A password as it is tried: any text that could be one. */
const triedPassword = z.string().min(1).max(1024);
const token = z.string().min(1).max(256);

const words = {
  used: 'The token was used before',
  expired: 'The token has expired; ask for another one',
  unknown: 'The token is unknown',
} as const;

function accountOf(use: TokenUse) {
  if (use.outcome !== 'done') throw fault(400, 'invalid_token', words[use.outcome]);
  return { id: use.account.id, account: toAccount(use.account) };
}

const expiryOf = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();

export const accountMethods = [
  publicMethod('account.register', z.strictObject({ username, email, password }), async ({ deps, settings }, input) => {
    const registered = await deps.people.register({
      ...input,
      verificationSeconds: settings.VIDGENIE_EMAIL_VERIFICATION_TTL,
      compose: verificationMail(deps.publicUrl),
    });
    const seconds = registered.expiresInSeconds;
    return {
      id: registered.account.id,
      account: toAccount(registered.account),
      verification: seconds === null ? null : { expires_at: expiryOf(deps.clock.now(), seconds) },
    };
  }),
  publicMethod('account.verify_email', z.strictObject({ token }), async ({ deps }, input) =>
    accountOf(await deps.people.verifyEmail(input.token)),
  ),
  publicMethod('account.resend_verification', z.strictObject({ email }), async ({ deps, settings }, input) => {
    const seconds = settings.VIDGENIE_EMAIL_VERIFICATION_TTL;
    await deps.people.resendVerification({ ...input, seconds, compose: verificationMail(deps.publicUrl) });
    return { sent: true };
  }),
  publicMethod(
    'account.login',
    z.strictObject({ username: z.string().min(1).max(254), password: triedPassword }),
    async ({ deps, settings, request }, input) => {
      const seconds = settings.VIDGENIE_ACCESS_TOKEN_TTL;
      const signedIn = await deps.people.signIn({
        ...{ login: input.username, password: input.password, address: request.ip },
        ...{ accessTokenPrefix, accessTokenSeconds: seconds },
      });
      return {
        access_token: signedIn.accessToken,
        token_type: 'Bearer',
        expires_in: Math.floor(seconds),
        expires_at: signedIn.expiresAt.toISOString(),
        account: toAccount(signedIn.account),
      };
    },
  ),
  method('account.logout', 'user', z.strictObject({}), async ({ deps, caller, effect }) => {
    const { tokenId } = caller;
    if (tokenId !== null) await effect(caller.accountId, (audit) => deps.people.signOut({ tokenId, audit }));
    return { revoked: true };
  }),
  method(
    'account.get',
    'user',
    z.strictObject({}),
    async ({ deps, caller }) => {
      const account = await deps.people.get(caller.accountId);
      return { id: account.id, account: toAccount(account) };
    },
    { isRead: true },
  ),
  method(
    'account.update',
    'user',
    z.strictObject({ username: username.optional(), email: email.optional() }),
    async ({ deps, settings, caller, effect }, input) => {
      if (input.username === undefined && input.email === undefined)
        throw invalidRequest([{ path: '', code: 'required', message: 'names nothing to change: username or email' }]);
      const seconds = settings.VIDGENIE_EMAIL_VERIFICATION_TTL;
      const { account, proposal } = await effect(caller.accountId, (audit) =>
        deps.people.update({
          ...{ accountId: caller.accountId, verificationSeconds: seconds, compose: verificationMail(deps.publicUrl), audit },
          ...(input.username !== undefined && { username: input.username }),
          ...(input.email !== undefined && { email: input.email }),
        }),
      );
      // After the change and its row in the audit: a mail that cannot go out takes back neither.
      await proposal?.mail();
      const verification = proposal === null ? null : { expires_at: expiryOf(deps.clock.now(), seconds) };
      return { id: account.id, account: { ...toAccount(account), pending_email: proposal?.email ?? null }, verification };
    },
  ),
  method(
    'account.change_password',
    'user',
    z.strictObject({ current_password: triedPassword, new_password: password }),
    async ({ deps, caller, request, effect }, input) => {
      const account = await effect(caller.accountId, (audit) =>
        deps.people.changePassword({
          ...{ accountId: caller.accountId, current: input.current_password, password: input.new_password },
          ...{ keepTokenId: caller.tokenId ?? '', address: request.ip, audit },
        }),
      );
      return { id: account.id, account: toAccount(account) };
    },
  ),
  method(
    'account.delete',
    'user',
    z.strictObject({ password: triedPassword }),
    async ({ deps, caller, request, effect }, input) => {
      const account = await effect(caller.accountId, (audit) =>
        deps.people.remove({ accountId: caller.accountId, password: input.password, address: request.ip, audit }),
      );
      deps.authenticator.forgetAll();
      return { id: account.id, deleted: true, account: { ...toAccount(account), status: 'deleted' } };
    },
  ),
  publicMethod('account.request_password_reset', z.strictObject({ email }), async ({ deps, settings }, input) => {
    const seconds = settings.VIDGENIE_EMAIL_VERIFICATION_TTL;
    await deps.people.requestPasswordReset({ ...input, seconds, compose: resetMail(deps.publicUrl) });
    return { sent: true };
  }),
  publicMethod('account.reset_password', z.strictObject({ token, password }), async ({ deps }, input) =>
    accountOf(await deps.people.resetPassword(input)),
  ),
];
