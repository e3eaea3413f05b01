import { createHash } from 'node:crypto';
import type { NewToken } from '@polyreel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newJob, testIds } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.drop());

let names = 0;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const token = (text: string, expiresInSeconds = 3600): NewToken => ({
  ...{ id: testIds.next('token'), sha256: sha256(text), expiresInSeconds },
});

async function register(more: { username?: string; email?: string; verification?: NewToken | null } = {}) {
  names += 1;
  const name = `user${names}`;
  const verification = more.verification === undefined ? token(`verify ${name}`) : more.verification;
  const account = await db.users.register({
    ...{ id: testIds.next('account'), username: name, email: `${name}@example.com`, passwordHash: `hash of ${name}` },
    ...more,
    verification,
  });
  return { account, name };
}

describe('users', () => {
  it('are unique by name and address, whatever the case, and by the names that operators gave', async () => {
    const { name } = await register();
    await db.accounts.createAccount({ id: testIds.next('account'), name: 'Keeper', role: 'admin' });
    await expect(register({ username: name.toUpperCase() })).rejects.toMatchObject({ code: 'username_taken' });
    await expect(register({ email: `${name}@EXAMPLE.com` })).rejects.toMatchObject({ code: 'email_taken' });
    await expect(register({ username: 'keeper' })).rejects.toMatchObject({ code: 'username_taken' });
  });

  it('keep a name from others only while somebody may still confirm it', async () => {
    const { name } = await register({ verification: token('over', 0) });
    const { account } = await register({ username: name, email: `${name}@example.com` });
    expect(account).toMatchObject({ username: name, state: 'pending' });
  });

  it('become active by their token, once; others are used, expired or unknown', async () => {
    const { account, name } = await register();
    expect(await db.users.verifyEmail(sha256('of nobody'))).toEqual({ outcome: 'unknown' });
    const [one, two] = await Promise.allSettled([1, 2].map(() => db.users.verifyEmail(sha256(`verify ${name}`))));
    const outcomes = [one, two].map((end) => (end?.status === 'fulfilled' ? end.value.outcome : 'thrown'));
    expect(outcomes.toSorted()).toEqual(['done', 'used']);
    expect(await db.users.find(account.id)).toMatchObject({ state: 'active', verifiedAt: expect.any(Date) });
    const late = await register({ verification: token('too late', 0) });
    expect(await db.users.verifyEmail(sha256('too late'))).toEqual({ outcome: 'expired' });
    expect((await db.users.find(late.account.id))?.state).toBe('pending');
  });

  it('are told when their address was proven before', async () => {
    const { name } = await register();
    const email = `${name}@example.com`;
    const again = { to: { email }, purpose: 'verify_email' as const, states: ['pending' as const] };
    expect(await db.users.addMailToken({ ...again, token: token(`second ${name}`) })).toMatchObject({ username: name });
    await db.users.verifyEmail(sha256(`verify ${name}`));
    await expect(db.users.verifyEmail(sha256(`second ${name}`))).rejects.toMatchObject({ code: 'already_verified' });
    expect(await db.users.addMailToken({ ...again, token: token('third') })).toBeNull();
  });

  it('move to another address when that one is proven, and not before', async () => {
    const { account, name } = await register({ verification: null });
    const other = await register();
    const to = (newEmail: string) => ({ to: { accountId: account.id, newEmail }, purpose: 'verify_email' as const });
    await db.users.addMailToken({ ...to('new@example.com'), states: ['active'], token: token('to new') });
    expect((await db.users.find(account.id))?.email).toBe(`${name}@example.com`);
    expect(await db.users.verifyEmail(sha256('to new'))).toMatchObject({ account: { email: 'new@example.com' } });
    await db.users.addMailToken({ ...to(`${other.name}@example.com`), states: ['active'], token: token('to taken') });
    await expect(db.users.verifyEmail(sha256('to taken'))).rejects.toMatchObject({ code: 'email_taken' });
  });

  it('are found by name or address, and get their tokens revoked with a new password', async () => {
    const { account, name } = await register({ verification: null });
    expect(await db.users.findByLogin(name.toUpperCase())).toMatchObject({ passwordHash: `hash of ${name}` });
    expect(await db.users.findByLogin(`${name}@example.com`)).toMatchObject({ account: { id: account.id } });
    const [kept, lost] = [token(`kept ${name}`), token(`lost ${name}`)];
    for (const one of [kept, lost]) await db.users.createAccessToken({ accountId: account.id, token: one });
    await db.users.changePassword({ accountId: account.id, passwordHash: 'new', keepTokenId: kept.id });
    expect(await db.users.findBearer(kept.sha256)).toMatchObject({ outcome: 'live', bearer: { accountId: account.id } });
    expect(await db.users.findBearer(lost.sha256)).toEqual({ outcome: 'unknown' });
    await db.users.addMailToken({
      ...{ to: { email: `${name}@example.com` }, purpose: 'reset_password', states: ['active'], token: token(`reset ${name}`) },
    });
    const reset = () => db.users.resetPassword({ sha256: sha256(`reset ${name}`), passwordHash: 'newer' });
    expect(await reset()).toMatchObject({ outcome: 'done' });
    expect(await reset()).toEqual({ outcome: 'used' });
    expect(await db.users.findBearer(kept.sha256)).toEqual({ outcome: 'unknown' });
    expect(await db.users.passwordHash(account.id)).toBe('newer');
  });

  it('hold tokens that end by time and by choice', async () => {
    const { account } = await register({ verification: null });
    const [over, live] = [token('over bearer', 0), token('live bearer')];
    for (const one of [over, live]) await db.users.createAccessToken({ accountId: account.id, token: one });
    expect(await db.users.findBearer(over.sha256)).toEqual({ outcome: 'expired' });
    expect(await db.users.revokeAccessToken({ tokenId: live.id })).toBe(true);
    expect(await db.users.revokeAccessToken({ tokenId: live.id })).toBe(false);
    expect(await db.users.findBearer(live.sha256)).toEqual({ outcome: 'unknown' });
  });
});

describe('attempts to sign in', () => {
  const begin = (attemptId: string, keys = ['somebody', 'everybody']) =>
    db.users.beginAttempt({ attemptId, keys: keys.map((key) => ({ key, failuresMax: 10 })), windowSeconds: 900 });

  it('side by side never pass the limit, and one that succeeds gives its failures back', async () => {
    const begun = await Promise.all(Array.from({ length: 25 }, (_, index) => begin(`attempt ${index}`)));
    expect(begun.filter(({ waitSeconds }) => waitSeconds === null)).toHaveLength(10);
    const waits = begun.flatMap(({ waitSeconds }) => waitSeconds ?? []);
    expect(Math.max(...waits)).toBeLessThanOrEqual(900);
    expect(Math.min(...waits)).toBeGreaterThan(0);
    expect(await begin('another key', ['else'])).toEqual({ waitSeconds: null });
    const allowed = begun.findIndex(({ waitSeconds }) => waitSeconds === null);
    await db.users.forgetAttempt(`attempt ${allowed}`, 'somebody');
    expect(await begin('after', ['somebody'])).toEqual({ waitSeconds: null });
  });
});

describe('a deleted account', () => {
  it('has no name, keys, tokens, jobs, templates or files left, and its audit and ledger stay', async () => {
    const { account, name } = await register({ verification: null });
    const accountId = account.id;
    const bearer = token(`bearer ${name}`);
    await db.users.createAccessToken({ accountId, token: bearer });
    const key = { id: testIds.next('key'), sha256: sha256(`key ${name}`), prefix: 'vg_live_abcd', lastFour: 'wxyz' };
    await db.apiKeys.create({ accountId, name: 'laptop', key, expiresAt: null, liveMax: 50 });
    const job = newJob({ accountId, keyId: key.id });
    await db.jobs.submit(job);
    await db.templates.create({
      ...{ id: testIds.next('template'), accountId, surface: 'test-surface', templatesMax: 10 },
      ...{ name: 'Spring', description: null, body: {} },
    });
    const audit = {
      ...{ accountId, credential: 'access_token' as const, keyId: null, keyName: null, surface: 'test-surface' },
      ...{ action: 'delete', target: accountId, ip: null, userAgent: null, status: 200, requestId: null },
    };
    expect(await db.users.deleteAccount({ accountId, audit })).toBe(true);
    expect(await db.users.deleteAccount({ accountId })).toBe(false);
    expect(await db.users.find(accountId)).toBeNull();
    expect(await db.users.findByLogin(name)).toBeNull();
    expect(await db.users.findBearer(bearer.sha256)).toEqual({ outcome: 'unknown' });
    expect(await db.accounts.findPrincipalBySha256(key.sha256)).toBeNull();
    expect((await db.jobs.findById(job.id))?.state).toBe('cancelled');
    expect((await db.templates.list({ accountId, surface: 'test-surface', limit: 5 })).templates).toEqual([]);
    expect((await db.audit.list({ accountId, limit: 5 })).entries).toMatchObject([{ action: 'delete' }]);
    const row = await db.prisma.account.findUniqueOrThrow({ where: { id: accountId } });
    expect(row).toMatchObject({ name: null, username: null, email: null, state: 'deleted' });
    expect(await register({ username: name, email: `${name}@example.com` })).toMatchObject({ account: { username: name } });
  });
});
