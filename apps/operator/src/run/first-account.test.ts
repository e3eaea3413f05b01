import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDatabase } from '@polyreel/db';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@polyreel/testkit/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureFirstAccount } from './first-account.ts';

let postgres: TestPostgres;
let fresh: TestDatabase;
let database: Awaited<ReturnType<typeof openDatabase>>;
let dataDir = '';

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'polyreel-first-'));
  fresh = await postgres.createDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 2, onError: () => undefined });
});
afterEach(async () => {
  await database.close();
  await fresh.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the first account', () => {
  it('is an admin named owner, whose key lies in a private file and works', async () => {
    const made = await ensureFirstAccount(database.accounts, dataDir);
    const file = path.join(dataDir, 'api-key');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = (await readFile(file, 'utf8')).trim();
    expect(made).toEqual({ file, text });
    expect(text).toMatch(/^vg_live_[0-9A-Za-z]{43}$/);
    expect(await database.accounts.findPrincipalBySha256(sha256(text))).toMatchObject({ role: 'admin', surfaces: null });
    expect((await database.accounts.findAccountByName('owner'))?.role).toBe('admin');
  });

  it('is made once: a second start leaves file and key alone', async () => {
    const made = await ensureFirstAccount(database.accounts, dataDir);
    expect(await ensureFirstAccount(database.accounts, dataDir)).toBeNull();
    expect((await readFile(path.join(dataDir, 'api-key'), 'utf8')).trim()).toBe(made?.text);
    expect(await database.accounts.listKeys(null)).toHaveLength(1);
  });

  it('gets its key from the next start when the first died before it was made', async () => {
    await database.accounts.createAccount({ id: 'usr_00000000000000000000000000', name: 'owner', role: 'admin' });
    await writeFile(path.join(dataDir, 'api-key'), 'a key the database never knew\n');
    const made = await ensureFirstAccount(database.accounts, dataDir);
    expect((await readFile(path.join(dataDir, 'api-key'), 'utf8')).trim()).toBe(made?.text);
    expect(await database.accounts.findPrincipalBySha256(sha256(made?.text ?? ''))).not.toBeNull();
  });

  it('is not made where there are accounts', async () => {
    await database.accounts.createAccount({ id: 'usr_00000000000000000000000000', name: 'somebody', role: 'member' });
    expect(await ensureFirstAccount(database.accounts, dataDir)).toBeNull();
    expect(await database.accounts.countAccounts()).toBe(1);
  });
});
