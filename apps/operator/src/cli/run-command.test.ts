import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateSecretKey } from '@polyreel/config';
import { openDatabase } from '@polyreel/db';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '@polyreel/testkit/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operate } from '../../test/operate.ts';

let postgres: TestPostgres;
let fresh: TestDatabase;
let database: Awaited<ReturnType<typeof openDatabase>>;
let dataDir = '';
let env: NodeJS.ProcessEnv = {};

beforeAll(async () => {
  postgres = await startTestPostgres();
  fresh = await postgres.createDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 2, onError: () => undefined });
  dataDir = await mkdtemp(path.join(tmpdir(), 'polyreel-cli-'));
  env = {
    PATH: process.env.PATH,
    DATABASE_URL: fresh.url,
    SECRET_KEY: generateSecretKey(),
    PUBLIC_URL: 'http://127.0.0.1:8080',
    DATA_DIR: dataDir,
    MIN_FREE_BYTES: '0',
  };
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const principalOf = (key: string) => database.accounts.findPrincipalBySha256(createHash('sha256').update(key).digest('hex'));

describe('polyreel key', () => {
  it('create prints the key alone on standard output, and makes the account', async () => {
    const { code, stdout, stderr } = await operate(
      ['key', 'create', '--account', 'studio', '--name', 'laptop', '--surfaces', 'vidgen-v1'],
      env,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^vg_live_[0-9A-Za-z]{43}\n$/) });
    expect(stderr).toContain('made account studio');
    expect(await principalOf(stdout.trim())).toMatchObject({ role: 'member', surfaces: ['vidgen-v1'] });
  });

  it('list shows every key without its text', async () => {
    const { stdout: key } = await operate(['key', 'create', '--account', 'lister'], env);
    const { code, stdout } = await operate(['key', 'list', '--account', 'lister'], env);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toHaveLength(3);
    expect(stdout).toContain(`vg_live_...${key.trim().slice(-4)}`);
    expect(stdout).toContain('active');
    expect(stdout).not.toContain(key.trim());
  });

  it('revoke ends a key, once', async () => {
    const { stdout: key } = await operate(['key', 'create', '--account', 'leaver'], env);
    const principal = await principalOf(key.trim());
    expect((await operate(['key', 'revoke', principal?.keyId ?? ''], env)).code).toBe(0);
    expect(await principalOf(key.trim())).toBeNull();
    expect(await operate(['key', 'revoke', principal?.keyId ?? ''], env)).toMatchObject({
      code: 1,
      stderr: `there is no active key ${principal?.keyId}`,
    });
  });

  it('an account that is disabled is let in again when it is enabled', async () => {
    const { stdout: key } = await operate(['key', 'create', '--account', 'guest'], env);
    expect((await operate(['account', 'disable', 'guest'], env)).code).toBe(0);
    expect(await principalOf(key.trim())).toBeNull();
    expect(await operate(['account', 'disable', 'guest'], env)).toMatchObject({
      code: 1,
      stderr: 'there is no account guest to disable',
    });
    expect((await operate(['account', 'enable', 'guest'], env)).code).toBe(0);
    expect(await principalOf(key.trim())).not.toBeNull();
  });

  it('import takes a key from standard input, and no key twice', async () => {
    const key = `made-elsewhere-${randomBytes(8).toString('hex')}`;
    expect(await operate(['key', 'import', '--account', 'studio'], env, `${key}\n`)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^key_/),
    });
    expect(await principalOf(key)).not.toBeNull();
    expect(await operate(['key', 'import', '--account', 'other'], env, key)).toMatchObject({ code: 1 });
    expect(await operate(['key', 'import', '--account', 'other'], env, 'short')).toMatchObject({
      code: 1,
      stderr: 'a key has 20 to 512 characters, not 5',
    });
  });

  it.each([
    [['key', 'create'], '--account is missing'],
    [['key', 'create', '--account'], '--account needs a value'],
    [['key', 'create', '--account', 'a', '--account', 'b'], '--account is given twice'],
    [['key', 'create', 'studio', '--account', 'a'], 'unexpected: studio'],
    [['key', 'create', '--account', 'a', '--surfaces', 'nothing'], '--surfaces names nothing'],
    [['key', 'revoke'], 'expected ID, got nothing'],
    [['key', 'import', '--account', 'a'], 'standard input holds no key'],
    [['key', 'frobnicate'], 'There is no command key frobnicate'],
  ])('%j ends with code 2 and says: %s', async (argv, message) => {
    const result = await operate(argv, env);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(message);
    expect(result.stdout).toBe('');
  });

  it('refuses an unknown setting by name', async () => {
    expect(await operate(['key', 'list', '--data-dri', '/tmp'], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--data-dri: is not a known flag'),
    });
  });
});

describe('polyreel webhook-secret', () => {
  it('show makes one secret and keeps showing it; rotate adds a new one before it, or ends it at once', async () => {
    await operate(['key', 'create', '--account', 'hooks'], env);
    const first = await operate(['webhook-secret', 'show', '--account', 'hooks'], env);
    expect(first.stdout).toMatch(/^whsec_\S+\n$/);
    expect((await operate(['webhook-secret', 'show', '--account', 'hooks'], env)).stdout).toBe(first.stdout);
    const second = await operate(['webhook-secret', 'rotate', '--account', 'hooks'], env);
    expect(second.stdout).not.toBe(first.stdout);
    expect((await operate(['webhook-secret', 'show', '--account', 'hooks'], env)).stdout).toBe(`${second.stdout}${first.stdout}`);
    const third = await operate(['webhook-secret', 'rotate', '--account', 'hooks', '--overlap', '0'], env);
    expect((await operate(['webhook-secret', 'show', '--account', 'hooks'], env)).stdout).toBe(third.stdout);
  });

  it('is stored sealed only', async () => {
    const { stdout } = await operate(['webhook-secret', 'show', '--account', 'hooks'], env);
    const account = await database.accounts.findAccountByName('hooks');
    const sealed = await database.webhookSecrets.current(account?.id ?? '');
    expect(sealed).toHaveLength(1);
    expect(sealed[0]).not.toContain(stdout.trim().slice(6));
  });

  it('says that an account is not known', async () => {
    expect(await operate(['webhook-secret', 'show', '--account', 'nobody'], env)).toMatchObject({
      code: 1,
      stderr: 'there is no account nobody',
    });
  });
});

describe('polyreel doctor', () => {
  const statesOf = (stdout: string) =>
    Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(/\s+/).slice(0, 2)),
    );

  it('finds everything well', async () => {
    const { code, stdout } = await operate(['doctor'], env);
    expect(statesOf(stdout)).toEqual({
      node: 'ok',
      ffmpeg: 'ok',
      ffprobe: 'ok',
      database: 'ok',
      queue: 'ok',
      storage: 'ok',
      disk: 'ok',
      runner: 'ok',
      speech: 'ok',
    });
    expect(code).toBe(0);
  });

  it('names each bad part and ends with code 1', async () => {
    const broken = {
      ...env,
      FFMPEG_PATH: '/nowhere/ffmpeg',
      MIN_FREE_BYTES: '8000TiB',
      RUNNER: 'comfyui',
      COMFYUI_URLS: 'http://127.0.0.1:9',
    };
    const { code, stdout } = await operate(['doctor'], broken);
    expect(statesOf(stdout)).toMatchObject({ ffmpeg: 'bad', ffprobe: 'ok', database: 'ok', disk: 'bad', runner: 'bad' });
    expect(code).toBe(1);
  });

  it('goes on when the database is away', async () => {
    const { code, stdout } = await operate(['doctor'], { ...env, DATABASE_URL: 'postgresql://postgres:wrong@127.0.0.1:9/none' });
    expect(statesOf(stdout)).toMatchObject({ node: 'ok', database: 'bad', queue: 'bad', storage: 'ok' });
    expect(code).toBe(1);
  });

  it('tells a database without tables from one of this version', async () => {
    const empty = await postgres.createDatabase({ isEmpty: true });
    const { stdout } = await operate(['doctor'], { ...env, DATABASE_URL: empty.url });
    expect(stdout).toMatch(/database\s+bad\s+\d+ migrations are missing/);
    await empty.drop();
  });
});

describe('polyreel safety', () => {
  it('policy writes, shows and clears what a key may ask for', async () => {
    const { stdout: key } = await operate(['key', 'create', '--account', 'studio'], env);
    const id = (await principalOf(key.trim()))?.keyId ?? '';
    expect((await operate(['safety', 'policy', id], env)).stdout).toBe('null\n');
    const policy = { thresholds: { violence: 'medium' }, allow: [], block: ['acme'] };
    expect(await operate(['safety', 'policy', id, '--from', 'stdin'], env, JSON.stringify(policy))).toMatchObject({ code: 0 });
    expect((await principalOf(key.trim()))?.safety).toEqual(policy);
    const wrong = await operate(['safety', 'policy', id, '--from', 'stdin'], env, '{"thresholds":{"minors":"off"}}');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('minors is always blocked') });
    expect((await operate(['safety', 'policy', id, '--from', 'default'], env)).stdout).toBe('null\n');
    expect(await operate(['safety', 'policy', 'key_nobody'], env)).toMatchObject({ code: 1 });
  });

  it('log lists decisions by hash', async () => {
    await database.sql.run({
      text: `INSERT INTO safety_decisions (id, account_id, phase, outcome, is_checked, categories, content_hash, stages)
        VALUES ('aud_1', 'usr_1', 'before', 'blocked', true, '{sexual}', 'abcdef', '[]')`,
    });
    const { code, stdout } = await operate(['safety', 'log', '--outcome', 'blocked'], env);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/usr_1 .*blocked +sexual .*abcdef/) });
    expect((await operate(['safety', 'log', '--outcome', 'x'], env)).code).toBe(2);
  });
});

describe('polyreel migrate', () => {
  it('brings an empty database up and makes the first account, again and again', async () => {
    const empty = await postgres.createDatabase({ isEmpty: true });
    const own = await mkdtemp(path.join(tmpdir(), 'polyreel-migrate-'));
    const there = { ...env, DATABASE_URL: empty.url, DATA_DIR: own };
    expect(await operate(['migrate'], there)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(path.join(own, 'api-key')),
    });
    expect(await operate(['migrate'], there)).toMatchObject({ code: 0, stderr: expect.not.stringContaining('api-key') });
    expect((await operate(['doctor'], there)).stdout).toMatch(/database\s+ok/);
    await empty.drop();
    await rm(own, { recursive: true, force: true });
  });
});

describe('polyreel audit drop', () => {
  it('removes whole months before a day, and takes nothing but a day', async () => {
    await database.pool.query(
      `CREATE TABLE audit_entries_2020_02 PARTITION OF audit_entries FOR VALUES FROM ('2020-02-01Z') TO ('2020-03-01Z')`,
    );
    const drop = (before: string) => operate(['audit', 'drop', '--before', before], env);
    expect(await drop('2020-02-29')).toMatchObject({ code: 0, stdout: '' });
    expect(await drop('2020-03-01')).toMatchObject({ code: 0, stdout: 'audit_entries_2020_02\n' });
    for (const bad of ['2020-02-30', 'yesterday', '2020-03']) expect((await drop(bad)).code, bad).toBe(2);
    expect((await operate(['audit', 'drop'], env)).code).toBe(2);
  });
});
