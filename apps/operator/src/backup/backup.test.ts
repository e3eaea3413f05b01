import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { generateSecretKey, loadConfig } from '@polyreel/config';
import { surfaceSchemas } from '@polyreel/surfaces';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@polyreel/testkit/postgres';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { operate } from '../../test/operate.ts';
import { listMigrations, migrateDatabase } from '../run/migrate.ts';
import { repositoryRoot } from '../run/repository.ts';
import { dumpDatabase } from './database-dump.ts';
import { openObjects } from './open-objects.ts';

let postgres: TestPostgres;
let folder = '';
const databases: TestDatabase[] = [];
const secretKey = generateSecretKey();

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-backup-'));
});
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** An installation of its own: a database and a DATA_DIR. */
async function place(
  name: string,
  options: { isEmpty?: boolean } = {},
): Promise<NodeJS.ProcessEnv & { DATABASE_URL: string; DATA_DIR: string }> {
  const database = await postgres.createDatabase(options);
  databases.push(database);
  return {
    PATH: process.env.PATH,
    DATABASE_URL: database.url,
    SECRET_KEY: secretKey,
    PUBLIC_URL: 'http://127.0.0.1:8080',
    DATA_DIR: path.join(folder, name),
  };
}

async function query(url: string, sql: string, values: unknown[] = []): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, values, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

const openStore = (env: NodeJS.ProcessEnv) => openObjects(loadConfig(env, [], surfaceSchemas));
const signal = AbortSignal.timeout(120_000);

/** Rows of several tables, awkward texts among them, an audit entry of a month long gone, and objects of every size. */
async function fill(env: NodeJS.ProcessEnv & { DATABASE_URL: string }): Promise<Map<string, Buffer>> {
  const store = await openStore(env);
  const objects = new Map([
    ['system/identity', Buffer.from('installation-1')],
    ['jobs/job_1/film.mp4', randomBytes(3_000_000)],
    ['inputs/empty', Buffer.alloc(0)],
    ['inputs/ü and 日本 (1).png', randomBytes(1000)],
    [`deep/${'x'.repeat(100)}/${'y'.repeat(100)}`, randomBytes(512)],
  ]);
  for (const [key, bytes] of objects)
    await store.put(key, bytes, { contentType: key.endsWith('.mp4') ? 'video/mp4' : 'text/plain', signal });
  await store.close();
  const url = env.DATABASE_URL;
  const awkward = 'tab\there, newline\nthere, \\N, "quotes", ünïcode 日本, \u0001';
  await query(url, "INSERT INTO accounts (id, name, role) VALUES ('usr_a', $1, 'member')", [awkward]);
  await query(
    url,
    "INSERT INTO ledger_entries (id, account_id, surface, kind, credits) SELECT 'l' || n, 'usr_a', 's', 'charge', n FROM generate_series(1, 5000) n",
  );
  await query(
    url,
    `INSERT INTO files (id, account_id, origin, state, object_key, media_type, display_name, size_bytes, sha256, facts)
     VALUES ('fil_1', 'usr_a', 'output', 'ready', 'jobs/job_1/film.mp4', 'video/mp4', $1, 3000000, repeat('a', 64), $2)`,
    [awkward, JSON.stringify({ note: awkward.replace('\u0001', '') })],
  );
  await query(
    url,
    `CREATE TABLE audit_entries_2020_01 PARTITION OF audit_entries FOR VALUES FROM ('2020-01-01Z') TO ('2020-02-01Z')`,
  );
  await query(
    url,
    `CREATE TRIGGER audit_entries_keep_all BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries_2020_01 FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`,
  );
  await query(
    url,
    "INSERT INTO audit_entries (at, id, account_id, credential, action) VALUES ('2020-01-15Z', 'aud_1', 'usr_a', 'operator', 'made')",
  );
  return objects;
}

async function digestsOf(url: string): Promise<Record<string, string>> {
  const where = await mkdtemp(path.join(folder, 'digest-'));
  const { tables } = await dumpDatabase({ databaseUrl: url, folder: where });
  const sorted = await Promise.all(
    tables.map(async ({ name }) => [name, (await readFile(path.join(where, name), 'utf8')).split('\n').sort().join('\n')]),
  );
  return Object.fromEntries(sorted);
}

const backup = () => path.join(folder, 'backup.tar');

describe('export and import', () => {
  it('bring back every row of every table and every object, and keep the audit unchangeable', async () => {
    const from = await place('from');
    const objects = await fill(from);
    expect(await operate(['export', backup()], from)).toMatchObject({ code: 0 });
    expect((await stat(backup())).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(['backup.tar', 'from']);
    const to = await place('to');
    const imported = await operate(['import', backup()], to);
    expect(imported).toMatchObject({ code: 0, stderr: expect.stringContaining('5 objects') });
    expect(await digestsOf(to.DATABASE_URL)).toEqual(await digestsOf(from.DATABASE_URL));
    const store = await openStore(to);
    for (const [key, bytes] of objects) {
      const { stream, contentType } = await store.get(key, { signal });
      expect(contentType).toBe(key.endsWith('.mp4') ? 'video/mp4' : 'text/plain');
      const parts: Buffer[] = [];
      for await (const chunk of stream) parts.push(chunk);
      expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    }
    await store.close();
    await expect(query(to.DATABASE_URL, 'TRUNCATE audit_entries_2020_01')).rejects.toThrow(/audit entries cannot be changed/);
    expect((await operate(['doctor'], { ...to, MIN_FREE_BYTES: '0' })).code).toBe(0);
  });

  it('take a backup of an older version on to this one', async () => {
    const all = await listMigrations();
    const oldest = all.slice(0, 1);
    const migrations = path.join(folder, 'migrations');
    for (const name of ['migration_lock.toml', ...oldest]) {
      await cp(path.join(repositoryRoot, 'prisma', 'migrations', name), path.join(migrations, name), { recursive: true });
    }
    const from = await place('from', { isEmpty: true });
    await migrateDatabase({ databaseUrl: from.DATABASE_URL, env: process.env, migrationsFolder: migrations });
    await query(from.DATABASE_URL, "INSERT INTO accounts (id, name, role) VALUES ('usr_old', 'old', 'member')");
    expect(await operate(['export', backup()], from)).toMatchObject({ code: 0 });
    const to = await place('to', { isEmpty: true });
    expect(await operate(['import', backup()], to)).toMatchObject({ code: 0 });
    expect(await query(to.DATABASE_URL, 'SELECT id FROM accounts')).toEqual([['usr_old']]);
    expect(await query(to.DATABASE_URL, 'SELECT migration_name FROM _prisma_migrations ORDER BY 1')).toEqual(
      all.map((name) => [name]),
    );
  });

  it('can be tried again after an import that died before its end', async () => {
    const from = await place('from');
    await fill(from);
    await operate(['export', backup()], from);
    const to = await place('to');
    const store = await openStore(to);
    await store.put('jobs/job_1/film.mp4', Buffer.from('half'), { contentType: 'video/mp4', signal });
    await store.close();
    expect(await operate(['import', backup()], to)).toMatchObject({ code: 0 });
    expect(await digestsOf(to.DATABASE_URL)).toEqual(await digestsOf(from.DATABASE_URL));
  });

  it('says which object was lost before, instead of failing or hiding it', async () => {
    const from = await place('from');
    await fill(from);
    const store = await openStore(from);
    await store.delete('jobs/job_1/film.mp4');
    await store.close();
    expect(await operate(['export', backup()], from)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('The server knows the object jobs/job_1/film.mp4, but its store does not hold it'),
    });
  });
});

describe('an import is refused', () => {
  async function exported() {
    const from = await place('from');
    await fill(from);
    await operate(['export', backup()], from);
    return from;
  }

  it('into a database that holds something, and changes nothing', async () => {
    const from = await exported();
    const to = await place('to');
    await query(to.DATABASE_URL, "INSERT INTO accounts (id, name, role) VALUES ('usr_b', 'b', 'member')");
    const before = await digestsOf(to.DATABASE_URL);
    expect(await operate(['import', backup()], to)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The database is not empty (accounts)'),
    });
    expect(await digestsOf(to.DATABASE_URL)).toEqual(before);
    expect(await operate(['import', backup()], from)).toMatchObject({ code: 1 });
  });

  it('into an object store that holds something else', async () => {
    await exported();
    const to = await place('to');
    const store = await openStore(to);
    await store.put('somebody/else', Buffer.from('x'), { contentType: 'text/plain', signal });
    await store.close();
    expect(await operate(['import', backup()], to)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The object store is not empty (somebody/else)'),
    });
  });

  it('under another secret key, unless the old one is given beside it', async () => {
    await exported();
    const to = await place('to');
    const other = { ...to, SECRET_KEY: generateSecretKey() };
    expect(await operate(['import', backup()], other)).toMatchObject({ code: 1, stderr: expect.stringContaining('tar -xOf') });
    expect(await operate(['import', backup()], { ...other, SECRET_KEY_PREVIOUS: secretKey })).toMatchObject({ code: 0 });
  });

  it('from a file that is damaged anywhere, cut off, or no backup', async () => {
    await exported();
    const to = await place('to');
    const whole = await readFile(backup());
    const film = whole.indexOf('objects/jobs/job_1/film.mp4') + 4000;
    for (const at of [film, whole.indexOf('usr_a')]) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      await writeFile(backup(), flipped);
      expect(await operate(['import', backup()], to)).toMatchObject({ code: 1, stderr: expect.stringContaining('is damaged') });
    }
    for (const length of [0, 700, 5000, Math.floor(whole.length / 2), whole.length - 2048]) {
      await writeFile(backup(), whole.subarray(0, length));
      expect(await operate(['import', backup()], to)).toMatchObject({ code: 1, stderr: expect.stringMatching(/lacks|damaged/) });
    }
    await writeFile(backup(), 'not a tar at all');
    expect(await operate(['import', backup()], to)).toMatchObject({ code: 1 });
    expect(await query(to.DATABASE_URL, 'SELECT count(*)::int FROM accounts')).toEqual([[0]]);
  });

  it('from a newer version of this program', async () => {
    const from = await exported();
    await query(
      from.DATABASE_URL,
      "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ('x', 'x', '29990101000000_later', now(), 1)",
    );
    const later = path.join(folder, 'later.tar');
    await operate(['export', later], from);
    const to = await place('to');
    expect(await operate(['import', later], to)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('29990101000000_later'),
    });
  });
});

it('a backup passes through standard output and standard input', async () => {
  const from = await place('from');
  await fill(from);
  const piped = await operate(['export', '-'], from);
  const to = await place('to');
  expect(await operate(['import', '-'], to, piped.bytes)).toMatchObject({ code: 0 });
  expect(await digestsOf(to.DATABASE_URL)).toEqual(await digestsOf(from.DATABASE_URL));
  expect(await operate(['import', '-'], await place('third'), piped.bytes.subarray(0, 5000))).toMatchObject({ code: 1 });
});

it('an export never overwrites a file and leaves nothing when it fails', async () => {
  const from = await place('from');
  await writeFile(backup(), 'precious');
  expect(await operate(['export', backup()], from)).toMatchObject({ code: 1, stderr: expect.stringContaining('exists') });
  expect(await readFile(backup(), 'utf8')).toBe('precious');
  const nowhere = await operate(['export', path.join(folder, 'no', 'folder.tar')], from);
  expect(nowhere).toMatchObject({ code: 1, stderr: `There is no folder ${path.join(folder, 'no')}` });
  expect(await text(new Blob([await readFile(backup())]).stream())).toBe('precious');
  expect(await readdir(folder)).toEqual(['backup.tar']);
});
