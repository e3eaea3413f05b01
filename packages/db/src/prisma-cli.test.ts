import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startTestPostgres, type TestPostgres } from '@polyreel/testkit/postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
let server: TestPostgres;
/** A copy of the schema, the migrations and the engine, which a test may change. */
let project = '';

beforeAll(async () => {
  server = await startTestPostgres();
  await mkdir(path.join(root, '.cache'), { recursive: true });
  project = await mkdtemp(path.join(root, '.cache/prisma-'));
  for (const name of ['prisma', 'prisma.config.ts', 'package.json'])
    await cp(path.join(root, name), path.join(project, name), { recursive: true });
});
afterAll(async () => {
  await rm(project, { recursive: true, force: true });
  await server.stop();
});

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs the Prisma CLI in the copy. */
function prisma(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const { DATABASE_URL: _url, PRISMA_SCHEMA_ENGINE_BINARY: _engine, ...rest } = process.env;
  const cli = path.join(root, 'node_modules/prisma/build/index.js');
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { cwd: project, env: { ...rest, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, output: stdout + stderr });
    });
  });
}

async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The URL of a database that does not exist yet. */
function freshUrl(name: string): string {
  const url = new URL(server.url);
  url.pathname = `/prisma_cli_${name}_${process.pid}`;
  return url.href;
}

const dropDatabase = (url: string) =>
  onDatabase(server.url, (client) => client.query(`DROP DATABASE IF EXISTS ${new URL(url).pathname.slice(1)} WITH (FORCE)`));

describe('prisma without an engine download', () => {
  it('generates a client that Node runs as it is, with no database named', async () => {
    expect(await prisma(['generate'])).toMatchObject({ code: 0 });
    const client = path.join(project, 'packages/db/src/generated/client.ts');
    const script = `import { PrismaClient } from ${JSON.stringify(client)}; process.stdout.write(typeof PrismaClient);`;
    const ran = await new Promise<string>((resolve) => {
      execFile(process.execPath, ['--input-type=module', '-e', script], (error, stdout, stderr) =>
        resolve(error ? stderr : stdout),
      );
    });
    expect(ran).toBe('function');
  });

  it('deploys to a database that does not exist, sees no drift, and names drift when there is some', async () => {
    const env = { DATABASE_URL: freshUrl('deploy') };
    expect(await prisma(['migrate', 'deploy'], env)).toMatchObject({
      code: 0,
      output: expect.stringContaining('successfully applied'),
    });
    expect(await prisma(['migrate', 'status'], env)).toMatchObject({ code: 0, output: expect.stringContaining('up to date') });
    const diff = ['migrate', 'diff', '--from-config-datasource', '--to-schema', 'prisma/schema.prisma', '--exit-code'];
    expect(await prisma(diff, env)).toMatchObject({ code: 0, output: expect.stringContaining('No difference detected') });
    await onDatabase(env.DATABASE_URL, (client) => client.query('ALTER TABLE jobs ADD COLUMN by_hand int'));
    expect(await prisma(diff, env)).toMatchObject({ code: 2, output: expect.stringContaining('by_hand') });
    await dropDatabase(env.DATABASE_URL);
  });

  it('applies what is pending, writes the next migration, and leaves no shadow database behind', async () => {
    const env = { DATABASE_URL: freshUrl('dev') };
    const schema = path.join(project, 'prisma/schema.prisma');
    const text = await readFile(schema, 'utf8');
    await writeFile(schema, text.replace('model Setting {', 'model Setting {\n  note String?'));
    expect(await prisma(['migrate', 'dev', '--name', 'note'], env)).toMatchObject({
      code: 0,
      output: expect.stringContaining('in sync'),
    });
    const made = (await readdir(path.join(project, 'prisma/migrations'))).find((name) => name.endsWith('_note')) ?? '';
    const sql = await readFile(path.join(project, 'prisma/migrations', made, 'migration.sql'), 'utf8');
    expect(sql.trim()).toBe('-- AlterTable\nALTER TABLE "settings" ADD COLUMN     "note" TEXT;');
    await onDatabase(env.DATABASE_URL, (client) => client.query('SELECT note FROM settings'));
    const shadows = await onDatabase(server.url, (client) =>
      client.query(`SELECT FROM pg_database WHERE datname LIKE 'prisma_migrate_shadow%'`),
    );
    expect(shadows.rowCount).toBe(0);
    await dropDatabase(env.DATABASE_URL);
    await rm(path.join(project, 'prisma/migrations', made), { recursive: true });
    await writeFile(schema, text);
  });

  it('fails on broken SQL and says where, fails on a server that is not there', async () => {
    const env = { DATABASE_URL: freshUrl('broken') };
    const broken = path.join(project, 'prisma/migrations/29990101000000_broken');
    await mkdir(broken);
    await writeFile(path.join(broken, 'migration.sql'), 'CREATE TABLE fine (a int); CREATE TABEL broken (a int);');
    const ended = await prisma(['migrate', 'deploy'], env);
    expect(ended.code).toBe(1);
    expect(ended.output).toContain('29990101000000_broken');
    expect(ended.output).toContain('syntax error at or near "TABEL"');
    const half = await onDatabase(env.DATABASE_URL, (client) => client.query(`SELECT to_regclass('fine') AS fine`));
    expect(half.rows).toEqual([{ fine: null }]);
    await rm(broken, { recursive: true });
    await dropDatabase(env.DATABASE_URL);
    const nobody = await prisma(['migrate', 'deploy'], { DATABASE_URL: 'postgresql://postgres@127.0.0.1:9/none' });
    expect(nobody).toMatchObject({ code: 1, output: expect.stringContaining('P1001') });
  });

  it('leaves the work to a native engine when one is named', async () => {
    const engine = path.join(project, 'native-engine.sh');
    await writeFile(engine, `#!/bin/sh\necho called > '${engine}.called'\nexit 1\n`);
    await chmod(engine, 0o755);
    const env = { DATABASE_URL: server.url, PRISMA_SCHEMA_ENGINE_BINARY: engine };
    expect((await prisma(['migrate', 'deploy'], env)).code).not.toBe(0);
    expect(await readFile(`${engine}.called`, 'utf8')).toBe('called\n');
  });
});
