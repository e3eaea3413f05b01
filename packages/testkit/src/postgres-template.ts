import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const repositoryRoot = path.resolve(import.meta.dirname, '../../..');
/** Any number of our own: one process at a time builds the template. */
const templateLock = 7_240_901;

/** Name of a database that has every migration applied and that nobody may connect to. Built once a server and migration set. */
export async function ensureTemplate(serverUrl: string): Promise<string> {
  const name = `polyreel_template_${await hashOfMigrations()}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    if (await isBuilt(client, name)) return name;
    await client.query('SELECT pg_advisory_lock($1)', [templateLock]);
    if (!(await isBuilt(client, name))) await build(client, serverUrl, name);
    return name;
  } finally {
    await client.end();
  }
}

async function isBuilt(client: pg.Client, name: string): Promise<boolean> {
  return (await client.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [name])).rowCount === 1;
}

async function build(client: pg.Client, serverUrl: string, name: string): Promise<void> {
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const prisma = path.join(repositoryRoot, 'node_modules/prisma/build/index.js');
  const { stdout, stderr } = await run(process.execPath, [prisma, 'migrate', 'deploy'], {
    cwd: repositoryRoot,
    env: { ...process.env, DATABASE_URL: url.href },
  });
  const tables = await countTables(url.href);
  if (tables === 0) throw new Error(`prisma migrate deploy made no table:\n${stdout}\n${stderr}`);
  await client.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true`);
}

/** A dead schema engine can end in exit code 0: look at the database, not at the code. */
async function countTables(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'jobs'",
    );
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}

async function hashOfMigrations(): Promise<string> {
  const folder = path.join(repositoryRoot, 'prisma/migrations');
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.sql')).sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(name).update(await readFile(path.join(folder, name)));
  return hash.digest('hex').slice(0, 12);
}
