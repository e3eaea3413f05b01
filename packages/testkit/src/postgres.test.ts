import { mkdir, mkdtemp, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPostgres, type TestPostgres } from './postgres.ts';

async function ask(url: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

describe('a test PostgreSQL', { timeout: 120_000 }, () => {
  let server: TestPostgres;
  let abandoned = '';
  beforeAll(async () => {
    abandoned = await mkdtemp(path.join(tmpdir(), 'polyreel-test-postgres-'));
    await mkdir(path.join(abandoned, 'data'));
    await writeFile(path.join(abandoned, 'owner'), String(2 ** 22 + 1));
    server = await startTestPostgres({ isDurable: true });
  }, 120_000);
  afterAll(async () => {
    await server.stop();
  }, 120_000);

  it('is durable when asked for, whatever TEST_DATABASE_URL says', async () => {
    expect(await ask(server.url, 'SHOW fsync')).toEqual([['on']]);
  });

  it('gives every caller a migrated database of its own, ten at once', async () => {
    const databases = await Promise.all(Array.from({ length: 10 }, () => server.createDatabase()));
    expect(new Set(databases.map((database) => database.url)).size).toBe(10);
    await ask(databases[0]?.url ?? '', `INSERT INTO settings (name, value) VALUES ('a', 'b')`);
    expect(await ask(databases[1]?.url ?? '', 'SELECT count(*)::int FROM settings')).toEqual([[0]]);
    for (const database of databases) await database.drop();
    const left = await ask(server.url, `SELECT count(*)::int FROM pg_database WHERE datname LIKE 'polyreel_test_%'`);
    expect(left).toEqual([[0]]);
  });

  it('gives an empty database when asked for', async () => {
    const database = await server.createDatabase({ isEmpty: true });
    expect(await ask(database.url, `SELECT to_regclass('jobs')`)).toEqual([[null]]);
    await database.drop();
  });

  it('removes what a killed test run left', async () => {
    await expect(stat(abandoned)).rejects.toThrow(/ENOENT/);
    expect(await readdir(tmpdir())).not.toContain(path.basename(abandoned));
  });
});
