import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCluster } from '@polyreel/db/embedded';
import pg from 'pg';
import { ensureTemplate } from './postgres-template.ts';

export interface TestDatabase {
  readonly url: string;
  /** Ends every session of the database and removes it. */
  drop(): Promise<void>;
}

export interface TestPostgres {
  /** Superuser, database `postgres`. */
  readonly url: string;
  /** A database of its own with every migration applied (copied from a template), or an empty one. */
  createDatabase(options?: { isEmpty?: boolean }): Promise<TestDatabase>;
  /** Stops the server and removes its folder; does nothing to a server named by TEST_DATABASE_URL. */
  stop(): Promise<void>;
}

export interface TestPostgresOptions {
  /** Keep fsync on, and start a server of its own whatever TEST_DATABASE_URL says. */
  isDurable?: boolean;
}

const folderPrefix = 'polyreel-test-postgres-';

/** A real PostgreSQL on loopback: the one that TEST_DATABASE_URL names, else a fresh one below the system's temp folder. */
export async function startTestPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== '' && options.isDurable !== true) {
    return { url: given, createDatabase: (wanted) => createDatabase(given, wanted), stop: async () => undefined };
  }
  await removeAbandoned();
  const folder = await mkdtemp(path.join(tmpdir(), folderPrefix));
  await chmod(folder, 0o755);
  await writeFile(path.join(folder, 'owner'), String(process.pid));
  const cluster = await startCluster({
    ...placesIn(folder),
    port: await freePort(),
    password: randomBytes(12).toString('hex'),
    durable: options.isDurable === true,
    settings: { max_connections: '300' },
  });
  const url = cluster.urlOf('postgres');
  return {
    url,
    createDatabase: (wanted) => createDatabase(url, wanted),
    stop: async () => {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const placesIn = (folder: string) => ({
  dataDir: path.join(folder, 'data'),
  copyDir: path.join(tmpdir(), 'polyreel-test-programs'),
});

/** A test run that was killed leaves its server behind: the next run ends it. */
async function removeAbandoned(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(folderPrefix));
  for (const name of names) {
    const folder = path.join(tmpdir(), name);
    const facts = await stat(folder).catch(() => null);
    if (facts === null || facts.uid !== process.getuid?.()) continue;
    const owner = Number(await readFile(path.join(folder, 'owner'), 'utf8').catch(() => ''));
    if (!Number.isInteger(owner) || owner <= 0 || isAlive(owner)) continue;
    const pidFile = await readFile(path.join(folder, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
    const [server, dataDir] = pidFile.split('\n');
    if (dataDir === path.join(folder, 'data') && Number(server) > 0 && isAlive(Number(server)))
      process.kill(Number(server), 'SIGQUIT');
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function createDatabase(serverUrl: string, wanted: { isEmpty?: boolean } = {}): Promise<TestDatabase> {
  const name = `polyreel_test_${randomBytes(8).toString('hex')}`;
  const template = wanted.isEmpty === true ? 'template1' : await ensureTemplate(serverUrl);
  await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await withClient(serverUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
