import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.drop());

const sha256 = (letter: string) => letter.repeat(64);
const key = (id: string, accountId: string, letter: string, surfaces: readonly string[] | null = null) => ({
  id,
  accountId,
  name: `key ${id}`,
  sha256: sha256(letter),
  prefix: 'vg_live_',
  lastFour: 'wxyz',
  surfaces,
});

describe('accounts and keys', () => {
  it('an account is found by its name, and a taken name is a conflict', async () => {
    expect(await db.accounts.countAccounts()).toBe(0);
    const owner = await db.accounts.createAccount({ id: 'usr_owner', name: 'owner', role: 'admin' });
    expect(owner).toMatchObject({ id: 'usr_owner', name: 'owner', role: 'admin' });
    expect(await db.accounts.findAccountByName('owner')).toEqual(owner);
    expect(await db.accounts.findAccountByName('Owner')).toBeNull();
    await expect(db.accounts.createAccount({ id: 'usr_2', name: 'owner', role: 'member' })).rejects.toMatchObject({
      kind: 'conflict',
    });
    expect(await db.accounts.countAccounts()).toBe(1);
  });

  it('a key opens its account by hash, with its surfaces; null means all, an empty list none', async () => {
    const row = await db.accounts.createKey(key('key_a', 'usr_owner', 'a'));
    expect(row).toMatchObject({ id: 'key_a', surfaces: null, lastUsedAt: null, revokedAt: null, lastFour: 'wxyz' });
    await db.accounts.createKey(key('key_b', 'usr_owner', 'b', ['one']));
    await db.accounts.createKey(key('key_c', 'usr_owner', 'c', []));
    const find = (letter: string) => db.accounts.findPrincipalBySha256(sha256(letter));
    expect(await find('a')).toEqual({ accountId: 'usr_owner', keyId: 'key_a', role: 'admin', surfaces: null });
    expect((await find('b'))?.surfaces).toEqual(['one']);
    expect((await find('c'))?.surfaces).toEqual([]);
    expect(await find('d')).toBeNull();
    await expect(db.accounts.createKey(key('key_z', 'usr_owner', 'a'))).rejects.toMatchObject({ code: 'key_exists' });
    expect((await db.accounts.listKeys('usr_owner')).map((listed) => listed.id)).toEqual(['key_a', 'key_b', 'key_c']);
    expect(await db.accounts.listKeys('usr_other')).toEqual([]);
    expect(await db.accounts.listKeys(null)).toHaveLength(3);
  });

  it('a revoked key, an expired key and a key of a disabled account open nothing', async () => {
    expect(await db.accounts.revokeKey('key_a')).toBe(true);
    expect(await db.accounts.revokeKey('key_a')).toBe(false);
    expect(await db.accounts.findPrincipalBySha256(sha256('a'))).toBeNull();
    await db.prisma.apiKey.update({ where: { id: 'key_b' }, data: { expiresAt: new Date(Date.now() - 1000) } });
    expect(await db.accounts.findPrincipalBySha256(sha256('b'))).toBeNull();
    const { name } = await db.prisma.account.findUniqueOrThrow({ where: { id: 'usr_owner' } });
    expect(await db.accounts.setActive(name ?? '', false)).toBe(true);
    expect(await db.accounts.setActive(name ?? '', false)).toBe(false);
    expect(await db.accounts.findPrincipalBySha256(sha256('c'))).toBeNull();
    expect(await db.accounts.setActive(name ?? '', true)).toBe(true);
    expect(await db.accounts.findPrincipalBySha256(sha256('c'))).toMatchObject({ accountId: 'usr_owner' });
    expect(await db.accounts.setActive('nobody', false)).toBe(false);
  });

  it('the use of a key is written at most once a minute', async () => {
    await db.accounts.touchKeys(['key_a', 'key_b']);
    const first = (await db.accounts.listKeys(null)).map((listed) => listed.lastUsedAt?.getTime() ?? 0);
    expect(first.map((time) => time > 0)).toEqual([true, true, false]);
    await db.accounts.touchKeys(['key_a', 'key_c']);
    const second = (await db.accounts.listKeys(null)).map((listed) => listed.lastUsedAt?.getTime() ?? 0);
    expect(second[0]).toBe(first[0]);
    expect(second[2]).toBeGreaterThan(0);
  });
});

describe('webhook secrets', () => {
  const make = (id: string, sealed: string, overlapSeconds: number) =>
    db.webhookSecrets.rotate({ id, accountId: 'usr_owner', sealed, overlapSeconds });

  it('twenty callers who need one at once agree on it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_unused, index) =>
        db.webhookSecrets.ensure({ id: `sec_${index}`, accountId: 'usr_owner', sealed: `sealed-${index}` }),
      ),
    );
    expect(new Set(answers.flat()).size).toBe(1);
    expect(await db.webhookSecrets.current('usr_owner')).toEqual(answers[0]);
    expect(await db.webhookSecrets.current('usr_none')).toEqual([]);
  });

  it('a rotated one stands first; the one before it overlaps, older ones never', async () => {
    await make('sec_a', 'a', 0);
    expect(await db.webhookSecrets.current('usr_owner')).toEqual(['a']);
    await make('sec_b', 'b', 3600);
    expect(await db.webhookSecrets.current('usr_owner')).toEqual(['b', 'a']);
    await make('sec_c', 'c', 3600);
    expect(await db.webhookSecrets.current('usr_owner')).toEqual(['c', 'b']);
    await make('sec_d', 'd', 0);
    expect(await db.webhookSecrets.current('usr_owner')).toEqual(['d']);
  });
});
