import { createHash, randomBytes } from 'node:crypto';
import { createAccounts, createIdSource } from '@polyreel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { argon2Hasher } from '../../../src/accounts/password-hasher.ts';
import { emptyTimeline, type Genie, password, startGenie } from './genie.ts';

let genie: Genie;
beforeAll(async () => {
  genie = await startGenie();
});
afterAll(() => genie.stop());

const account = z.looseObject({ account: z.looseObject({ id: z.string(), status: z.string(), email: z.string().nullable() }) });
const login = z.strictObject({
  access_token: z.string().regex(/^vg_at_\w{43}$/),
  token_type: z.literal('Bearer'),
  expires_in: z.literal(3600),
  expires_at: z.iso.datetime(),
  account: z.looseObject({ username: z.string() }),
});
const signIn = (username: string, text = password) => genie.call(login, 'account.login', { username, password: text });

describe('accounts', () => {
  it('start pending, become active by the mailed token, once, and sign in by name or address', async () => {
    const email = 'you@example.com';
    const registered = await genie.call(
      account.extend({ verification: z.strictObject({ expires_at: z.iso.datetime() }) }),
      'account.register',
      { username: 'you', email, password },
    );
    expect(registered.account).toMatchObject({ username: 'you', email, status: 'pending' });
    expect(await genie.refusal('account.login', { username: 'you', password })).toEqual([403, 'email_not_verified']);
    const token = await genie.mailedToken(email);
    expect((await genie.call(account, 'account.verify_email', { token })).account.status).toBe('active');
    expect(await genie.refusal('account.verify_email', { token })).toEqual([400, 'invalid_token']);
    expect(await genie.refusal('account.verify_email', { token: 'vg_ev_nothing' })).toEqual([400, 'invalid_token']);
    for (const name of ['you', 'YOU', email]) expect((await signIn(name)).account.username).toBe('you');
    expect(await genie.refusal('account.register', { username: 'You', email: 'x@example.com', password })).toEqual([
      409,
      'username_taken',
    ]);
    expect(await genie.refusal('account.register', { username: 'me2', email: 'YOU@example.com', password })).toEqual([
      409,
      'email_taken',
    ]);
  });

  it('that an operator disables are refused by name until they are enabled', async () => {
    const { username, token, key } = await genie.signUp();
    expect(await genie.database.accounts.setActive(username, false)).toBe(true);
    expect(await genie.refusal('account.login', { username, password })).toEqual([403, 'account_disabled']);
    expect(await genie.refusal('account.get', {}, { token })).toEqual([403, 'account_disabled']);
    expect((await genie.ask('render.list', {}, { key })).status).toBe(401);
    expect(await genie.database.accounts.setActive(username, true)).toBe(true);
    expect((await signIn(username)).account.username).toBe(username);
  });

  it('are told every fault of an input at once, each with its path', async () => {
    const { status, body } = await genie.ask('account.register', { username: '-', email: 'x', passwort: '1' });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: {
        code: 'invalid_request',
        details: expect.arrayContaining([
          expect.objectContaining({ path: 'username' }),
          expect.objectContaining({ path: 'email' }),
          { path: 'password', code: 'required', message: 'is required' },
          { path: 'passwort', code: 'unknown_key', message: 'is not known here' },
        ]),
      },
    });
  });

  it('get the same answer for an unknown name and a wrong password, and are locked after ten failures, alone', async () => {
    const [victim, other] = [await genie.signUp(), await genie.signUp()];
    const wrong = (username: string) => genie.ask('account.login', { username, password: 'wrong password' });
    const [unknown, known] = [await wrong('nobody-at-all'), await wrong(victim.username)];
    expect([unknown.status, known.status]).toEqual([401, 401]);
    const messageOf = ({ body }: { body: unknown }) => z.looseObject({ error: z.unknown() }).parse(body).error;
    expect(messageOf(unknown)).toEqual(messageOf(known));
    const answers = await Promise.all(Array.from({ length: 12 }, () => wrong(victim.email)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(9);
    const locked = await genie.ask('account.login', { username: victim.username, password });
    expect(locked).toMatchObject({ status: 429, body: { error: { code: 'too_many_attempts' } } });
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(0);
    await signIn(other.username);
  });

  it('are asked the same work of argon2id, whether a name is unknown, a password wrong or an account pending', async () => {
    const { users } = genie.database;
    const asked: string[] = [];
    const people = createAccounts({
      users,
      passwords: {
        hash: argon2Hasher.hash,
        verify(hash, text) {
          asked.push(hash.split('$').slice(1, 4).join(' '));
          return argon2Hasher.verify(hash, text);
        },
      },
      mailer: null,
      ids: createIdSource({ now: () => new Date() }, randomBytes),
      randomBytes,
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      onMailError: () => undefined,
    });
    const { username } = await genie.signUp();
    await genie.call(account, 'account.register', { username: 'waiting', email: 'waiting@example.com', password });
    for (const tried of ['nobody-at-all', username, 'waiting']) {
      const attempt = { login: tried, password: 'wrong password', address: '192.0.2.1', accessTokenPrefix: 'x_' };
      const failed = people.signIn({ ...attempt, accessTokenSeconds: 1 });
      await expect(failed).rejects.toMatchObject({ code: 'invalid_credentials' });
    }
    expect(asked).toEqual(Array.from({ length: 3 }, () => 'argon2id v=19 m=19456,t=2,p=1'));
  });

  it('change their names, and their addresses once the new one is proven', async () => {
    const person = await genie.signUp();
    const credential = { token: person.token };
    const update = (input: unknown) => genie.call(account, 'account.update', input, credential);
    expect((await update({ username: `${person.username}x` })).account).toMatchObject({ username: `${person.username}x` });
    const moved = `moved-${person.email}`;
    expect((await update({ email: moved })).account).toMatchObject({ email: person.email, pending_email: moved });
    await genie.call(account, 'account.verify_email', { token: await genie.mailedToken(moved) });
    expect((await genie.call(account, 'account.get', {}, credential)).account.email).toBe(moved);
    expect(await genie.refusal('account.update', {}, credential)).toEqual([400, 'invalid_request']);
  });

  it('lose their other access tokens with a new password, and this one by logging out', async () => {
    const person = await genie.signUp();
    const second = await signIn(person.username);
    const change = { current_password: password, new_password: 'another long password' };
    expect(
      await genie.refusal('account.change_password', { ...change, current_password: 'no' }, { token: person.token }),
    ).toEqual([401, 'invalid_credentials']);
    await genie.call(account, 'account.change_password', change, { token: second.access_token });
    expect(await genie.refusal('account.get', {}, { token: person.token })).toEqual([401, 'invalid_access_token']);
    await genie.call(z.strictObject({ revoked: z.literal(true) }), 'account.logout', {}, { token: second.access_token });
    expect(await genie.refusal('account.get', {}, { token: second.access_token })).toEqual([401, 'invalid_access_token']);
    await signIn(person.username, change.new_password);
  });

  it('reset a forgotten password by mail; nobody learns whether an address is known', async () => {
    const person = await genie.signUp();
    const sent = z.strictObject({ sent: z.literal(true) });
    for (const email of [person.email, 'stranger@example.com']) {
      await genie.call(sent, 'account.request_password_reset', { email });
      await genie.call(sent, 'account.resend_verification', { email });
    }
    const token = await until(async () => {
      const found = await genie.mailedToken(person.email);
      return found.startsWith('vg_pr_') ? found : null;
    });
    const reset = { token, password: 'a third long password' };
    await genie.call(account, 'account.reset_password', reset);
    expect(await genie.refusal('account.reset_password', reset)).toEqual([400, 'invalid_token']);
    expect(await genie.refusal('account.get', {}, { token: person.token })).toEqual([401, 'invalid_access_token']);
    await signIn(person.username, reset.password);
  });

  it('are gone with all that is theirs when deleted, but for the audit, and their name is free', async () => {
    const person = await genie.signUp();
    const credential = { token: person.token };
    const own = { key: person.key };
    const made = z.looseObject({ id: z.string() });
    const render = await genie.call(made, 'render.create', emptyTimeline, own);
    await genie.call(made, 'template.create', { name: 'Card', timeline: { tracks: [] } }, own);
    await genie.call(made, 'webhook.create', { url: 'https://hooks.example.com/', events: ['render.cancelled'] }, own);
    await genie.call(made, 'asset.upload', { name: 'x' }, own);
    expect(await genie.refusal('account.delete', { password: 'wrong password' }, credential)).toEqual([
      401,
      'invalid_credentials',
    ]);
    await genie.call(z.looseObject({ deleted: z.literal(true) }), 'account.delete', { password }, credential);
    expect(await genie.refusal('account.get', {}, credential)).toEqual([401, 'invalid_access_token']);
    expect(await genie.refusal('render.list', {}, own)).toEqual([401, 'invalid_api_key']);
    expect(await genie.refusal('account.login', { username: person.username, password })).toEqual([401, 'invalid_credentials']);
    const left = async (text: string, ...more: string[]): Promise<unknown> =>
      (await genie.database.pool.query(text, [person.accountId, ...more])).rows[0];
    expect(await left('SELECT name, username, email, state FROM accounts WHERE id = $1')).toEqual({
      ...{ name: null, username: null, email: null, state: 'deleted' },
    });
    expect(await left('SELECT state FROM jobs WHERE account_id = $1 AND external_id = $2', render.id)).toEqual({
      state: 'cancelled',
    });
    expect(await left('SELECT state FROM endpoints WHERE account_id = $1')).toEqual({ state: 'deleted' });
    expect(await left('SELECT bool_and(expires_at <= now()) AS gone FROM files WHERE account_id = $1')).toEqual({ gone: true });
    for (const table of ['templates', 'passwords', 'mail_tokens', 'webhook_secrets'])
      expect(await left(`SELECT count(*)::int AS rows FROM ${table} WHERE account_id = $1`), table).toEqual({ rows: 0 });
    expect(await left(`SELECT count(*)::int AS rows FROM deliveries WHERE account_id = $1 AND state = 'pending'`)).toEqual({
      rows: 0,
    });
    const audited = await genie.database.audit.list({ accountId: person.accountId, limit: 100 });
    expect(audited.entries[0]).toMatchObject({ action: 'account.delete', target: person.accountId, status: 200 });
    await genie.call(account, 'account.register', { username: person.username, email: person.email, password });
  });
});

/** Mails that nobody waits for come a moment later. */
async function until<T>(ask: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const value = await ask();
    if (value !== null) return value;
    if (Date.now() > end) throw new Error('not within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('verification', () => {
  it('tokens and access tokens end when their time is over', async () => {
    const brief = await startGenie({ env: { VIDGENIE_EMAIL_VERIFICATION_TTL: '1s', VIDGENIE_ACCESS_TOKEN_TTL: '1s' } });
    try {
      const [username, email] = ['brief', 'brief@example.com'];
      await brief.call(account, 'account.register', { username, email, password });
      const token = await brief.mailedToken(email);
      await brief.database.pool.query(`UPDATE mail_tokens SET expires_at = now() - interval '1 second'`);
      expect(await brief.refusal('account.verify_email', { token })).toEqual([400, 'invalid_token']);
      await brief.call(account, 'account.register', { username, email, password });
      await brief.database.pool.query(`UPDATE mail_tokens SET expires_at = now() + interval '1 hour'`);
      await brief.call(account, 'account.verify_email', { token: await brief.mailedToken(email) });
      const signedIn = await brief.call(login.extend({ expires_in: z.literal(1) }), 'account.login', { username, password });
      await brief.database.pool.query(`UPDATE access_tokens SET expires_at = now() - interval '1 second'`);
      expect(await brief.refusal('account.get', {}, { token: signedIn.access_token })).toEqual([401, 'access_token_expired']);
    } finally {
      await brief.stop();
    }
  });

  it('is not asked for where the server sends no mail', async () => {
    const silent = await startGenie({ env: { MAIL_MODE: 'off' } });
    try {
      const registered = await silent.call(account.extend({ verification: z.null() }), 'account.register', {
        ...{ username: 'quiet', email: 'quiet@example.com', password },
      });
      expect(registered.account.status).toBe('active');
      await silent.call(login, 'account.login', { username: 'quiet', password });
    } finally {
      await silent.stop();
    }
  });
});
