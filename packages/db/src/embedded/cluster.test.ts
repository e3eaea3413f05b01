import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './cluster.ts';

const password = "it's $HOME";
let folder = '';
let cluster: Cluster;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-cluster-'));
  await chmod(folder, 0o755);
  cluster = await open();
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

async function open(): Promise<Cluster> {
  return startCluster({
    dataDir: path.join(folder, 'data'),
    copyDir: path.join(folder, 'programs'),
    port: await freePort(),
    password,
    settings: { max_connections: '20', application_name: "quo'ted $(touch x)" },
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

async function query(sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: cluster.urlOf('postgres') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

describe('an embedded cluster', { timeout: 120_000 }, () => {
  it('listens on loopback only, asks for the password, and syncs to disk', async () => {
    expect(await query('SHOW listen_addresses')).toEqual([['127.0.0.1']]);
    expect(await query('SHOW fsync')).toEqual([['on']]);
    expect(await query('SHOW max_connections')).toEqual([['20']]);
    const stranger = new pg.Client({ host: '127.0.0.1', port: cluster.port, user: 'postgres', password: 'wrong' });
    await expect(stranger.connect()).rejects.toThrow(/password/);
  });

  it('passes settings through the shell unharmed', async () => {
    expect(await query("SELECT reset_val FROM pg_settings WHERE name = 'application_name'")).toEqual([["quo'ted $(touch x)"]]);
  });

  it('is taken over, port and data kept, when a start finds it running', async () => {
    await query('CREATE TABLE kept (value int)');
    const first = cluster;
    cluster = await open();
    expect(cluster.wasRunning).toBe(true);
    expect(cluster.port).toBe(first.port);
    expect(await query('SELECT count(*)::int FROM kept')).toEqual([[0]]);
  });

  it('comes back with committed rows after a kill -9 of the server', async () => {
    await query('INSERT INTO kept VALUES (7)');
    const pid = Number((await readFile(path.join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    cluster = await open();
    expect(await query('SELECT value FROM kept')).toEqual([[7]]);
  });

  it('refuses a folder of another major version and says what helps', async () => {
    await cluster.stop();
    const versionFile = path.join(folder, 'data', 'PG_VERSION');
    await writeFile(versionFile, '17\n');
    await expect(open()).rejects.toThrow(/made by PostgreSQL 17.*export FILE/s);
    await writeFile(versionFile, '18\n');
  });

  it('says why when the port is taken', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const address = blocker.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const attempt = startCluster({ dataDir: path.join(folder, 'data'), copyDir: folder, port, password });
    await expect(attempt).rejects.toThrow(/Address already in use/);
    blocker.close();
  });
});
