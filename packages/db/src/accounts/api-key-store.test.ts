import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { testIds } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';

let db: OpenTestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
  await db.addAccount(2);
});
afterEach(() => db.drop());

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const keyOf = (text: string) => ({
  id: testIds.next('key'),
  sha256: sha256(text),
  prefix: text.slice(0, 12),
  lastFour: text.slice(-4),
});
const create = (text: string, more: { expiresAt?: Date; liveMax?: number } = {}) =>
  db.apiKeys.create({ accountId: 'usr_1', name: text, key: keyOf(text), expiresAt: null, liveMax: 50, ...more });
const strict = { thresholds: {}, allow: [], block: ['lighthouse'] };
const works = async (text: string): Promise<boolean> => (await db.accounts.findPrincipalBySha256(sha256(text))) !== null;

it('a key works until it is revoked, and revoking it again changes nothing', async () => {
  const key = await create('vg_live_aaaa');
  expect(await works('vg_live_aaaa')).toBe(true);
  expect(await db.apiKeys.revoke({ accountId: 'usr_2', id: key.id })).toBeNull();
  const revoked = await db.apiKeys.revoke({ accountId: 'usr_1', id: key.id });
  expect(revoked).toMatchObject({ isChanged: true, key: { revokedAt: expect.any(Date) } });
  expect(await db.apiKeys.revoke({ accountId: 'usr_1', id: key.id })).toEqual({ ...revoked, isChanged: false });
  expect(await works('vg_live_aaaa')).toBe(false);
});

it('a rotated key works beside the new one for its grace alone', async () => {
  const key = await create('vg_live_old');
  const rotate = (text: string, id: string, graceSeconds: number, accountId = 'usr_1') =>
    db.apiKeys.rotate({ accountId, id, key: keyOf(text), graceSeconds, liveMax: 4 });
  expect(await rotate('vg_live_x', key.id, 60, 'usr_2')).toBeNull();
  await db.accounts.writeSafetyPolicy(key.id, strict);
  const rotated = await rotate('vg_live_new', key.id, 60);
  expect(await db.accounts.readSafetyPolicy(rotated?.fresh.id ?? '')).toEqual(strict);
  expect(rotated?.fresh).toMatchObject({ name: 'vg_live_old', expiresAt: null });
  expect([await works('vg_live_old'), await works('vg_live_new')]).toEqual([true, true]);
  // With key_1 of the account three work now; old ones in their grace count.
  const fourth = await rotate('vg_live_fourth', rotated?.fresh.id ?? '', 60);
  await expect(rotate('vg_live_fifth', fourth?.fresh.id ?? '', 60)).rejects.toMatchObject({ code: 'too_many_keys' });
  await db.apiKeys.revoke({ accountId: 'usr_1', id: fourth?.fresh.id ?? '' });
  await rotate('vg_live_newer', rotated?.fresh.id ?? '', 0);
  expect([await works('vg_live_new'), await works('vg_live_newer')]).toEqual([false, true]);
  await expect(rotate('vg_live_y', rotated?.fresh.id ?? '', 60)).rejects.toMatchObject({ code: 'key_not_live' });
});

it('no more than so many live keys are made, and dead ones do not count', async () => {
  const made = await create('vg_live_one', { liveMax: 2 }); // key_1 of the account is the other one
  await expect(create('vg_live_two', { liveMax: 2 })).rejects.toMatchObject({ code: 'too_many_keys' });
  await db.apiKeys.revoke({ accountId: 'usr_1', id: made.id });
  await create('vg_live_two', { liveMax: 2, expiresAt: new Date(0) });
  await create('vg_live_three', { liveMax: 2 });
  const page = await db.apiKeys.list({ accountId: 'usr_1', limit: 2 });
  expect(page).toMatchObject({ hasMore: true, keys: [{ name: 'test' }, { name: 'vg_live_three' }] });
  expect((await db.apiKeys.list({ accountId: 'usr_1', limit: 9, afterId: page.keys[1]?.id ?? '' })).keys).toHaveLength(2);
  expect(await db.apiKeys.nameOf(made.id)).toBe('vg_live_one');
});
