import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, findEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';

const isRoot = process.getuid?.() === 0;
const running: EmbeddedPostgres[] = [];
const clustersOutside: string[] = [];
let folder = '';
let lines: string[] = [];

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'polyreel-embedded-')));
  await chmod(folder, 0o755);
});

afterEach(stopAll);

async function stopAll(): Promise<void> {
  for (const server of running.splice(0)) await server.stop();
}

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  for (const cluster of clustersOutside) await rm(cluster, { recursive: true, force: true });
});

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  lines = [];
  const server = await startEmbeddedPostgres({ dataDir, log: (line) => lines.push(line) });
  running.push(server);
  if (!server.folder.startsWith(folder)) clustersOutside.push(server.folder);
  return server;
}

async function query(url: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

const stateOf = async (dataDir: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path.join(dataDir, 'postgres.json'), 'utf8'));
const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

describe('the embedded PostgreSQL', { timeout: 180_000 }, () => {
  it('keeps port, password and rows over a stop, in a file that only its owner reads, and syncs to disk', async () => {
    const dataDir = path.join(folder, 'plain');
    const first = await start(dataDir);
    expect(first.folder).toBe(path.join(dataDir, 'postgres'));
    expect(await query(first.url, 'SHOW fsync')).toEqual([['on']]);
    expect(await query(first.url, 'SHOW listen_addresses')).toEqual([['127.0.0.1']]);
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS value');
    expect(await modeOf(path.join(dataDir, 'postgres.json'))).toBe(0o600);
    expect(await findEmbeddedPostgres(dataDir)).toEqual({ url: first.url, folder: first.folder });
    await first.stop();
    expect(await findEmbeddedPostgres(dataDir)).toBeNull();
    const second = await start(dataDir);
    expect(second).toMatchObject({ url: first.url, wasRunning: false, madeUser: null });
    expect(await query(second.url, 'SELECT value FROM kept')).toEqual([[7]]);
  });

  it('takes over the server that a killed start left behind', async () => {
    const dataDir = path.join(folder, 'killed');
    const parent = await startInChild(dataDir);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    expect(await findEmbeddedPostgres(dataDir)).not.toBeNull();
    const server = await start(dataDir);
    expect(server.wasRunning).toBe(true);
    expect(await query(server.url, 'SELECT value FROM kept')).toEqual([[1]]);
  });

  it('begins anew where a start was killed before the cluster was made', async () => {
    const dataDir = path.join(folder, 'halfway');
    const first = await start(dataDir);
    await first.stop();
    await rm(first.folder, { recursive: true });
    const second = await start(dataDir);
    expect(await query(second.url, 'SELECT 1')).toEqual([[1]]);
  });

  it('stops at a cluster of another major version and names the commands that help', async () => {
    const dataDir = path.join(folder, 'version');
    const server = await start(dataDir);
    await server.stop();
    await writeFile(path.join(server.folder, 'PG_VERSION'), '17\n');
    await expect(start(dataDir)).rejects.toThrow(/PostgreSQL 17.*polyreel -- export FILE.*polyreel -- import FILE/s);
    await writeFile(path.join(server.folder, 'PG_VERSION'), '18\n');
  });

  it('moves to another port when its own is taken, and keeps that one', async () => {
    const dataDir = path.join(folder, 'taken');
    const first = await start(dataDir);
    await first.stop();
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(first.port, '127.0.0.1', resolve));
    const second = await start(dataDir);
    blocker.close();
    expect(second.port).not.toBe(first.port);
    expect((await stateOf(dataDir)).port).toBe(second.port);
    expect(lines).toEqual([`Port ${first.port} of the database is taken: it moves to ${second.port}`]);
  });

  it('moves with its DATA_DIR', async () => {
    const dataDir = path.join(folder, 'before');
    const first = await start(dataDir);
    await query(first.url, 'CREATE TABLE kept AS SELECT 3 AS value');
    await stopAll();
    await rename(dataDir, path.join(folder, 'after'));
    const second = await start(path.join(folder, 'after'));
    expect(second.folder).toBe(path.join(folder, 'after', 'postgres'));
    expect(await query(second.url, 'SELECT value FROM kept')).toEqual([[3]]);
  });

  it('refuses to begin anew over a database whose postgres.json was lost', async () => {
    const dataDir = path.join(folder, 'lost');
    const server = await start(dataDir);
    await server.stop();
    await rename(path.join(dataDir, 'postgres.json'), path.join(folder, 'lost.json'));
    await expect(start(dataDir)).rejects.toThrow(/postgres\.json is missing.*restore/);
    await rename(path.join(folder, 'lost.json'), path.join(dataDir, 'postgres.json'));
    expect(await query((await start(dataDir)).url, 'SELECT 1')).toEqual([[1]]);
  });
});

describe.runIf(isRoot)('as root below a folder that only root may enter', { timeout: 180_000 }, () => {
  let home = '';

  beforeAll(async () => {
    home = path.join(folder, 'home');
    await mkdir(home, { mode: 0o700 });
  });

  it('puts the cluster below /var/lib/polyreel, as a user of its own, and finds it again', async () => {
    const dataDir = path.join(home, 'clone', '.data');
    const first = await start(dataDir);
    expect(first.folder).toMatch(/^\/var\/lib\/polyreel\/[0-9a-f]{16}$/);
    expect((await stat(first.folder)).uid).not.toBe(0);
    expect(await modeOf(first.folder)).toBe(0o700);
    await query(first.url, 'CREATE TABLE kept AS SELECT 5 AS value');
    await first.stop();
    const second = await start(dataDir);
    expect(await query(second.url, 'SELECT value FROM kept')).toEqual([[5]]);
  });

  it('sets the database of an emptied DATA_DIR aside, running or not, and says where', async () => {
    const dataDir = path.join(home, 'emptied');
    const first = await start(dataDir);
    await query(first.url, 'CREATE TABLE kept ()');
    await rm(dataDir, { recursive: true });
    const second = await start(dataDir);
    expect(second.folder).toBe(first.folder);
    expect(await query(second.url, "SELECT count(*)::int FROM pg_tables WHERE tablename = 'kept'")).toEqual([[0]]);
    const aside = (await readdir('/var/lib/polyreel')).filter((name) => name.startsWith(`${path.basename(first.folder)}.left-`));
    expect(aside).toHaveLength(1);
    clustersOutside.push(path.join('/var/lib/polyreel', aside[0] ?? 'none'));
    expect(lines).toEqual([expect.stringContaining(aside[0] ?? 'none')]);
  });

  it('refuses to serve a copied DATA_DIR from the database of the original', async () => {
    const dataDir = path.join(home, 'original');
    const server = await start(dataDir);
    await server.stop();
    await cp(dataDir, path.join(home, 'copy'), { recursive: true });
    await expect(start(path.join(home, 'copy'))).rejects.toThrow(/is a copy of .*export FILE/);
    await rename(dataDir, path.join(home, 'moved'));
    expect((await start(path.join(home, 'moved'))).folder).toBe(server.folder);
  });
});

/** A process that starts the server, writes a row and then waits: what `npm start` is when it is killed. */
async function startInChild(dataDir: string): Promise<ChildProcess> {
  const module = path.join(import.meta.dirname, 'embedded-postgres.ts');
  const code = `
    import pg from 'pg';
    import { startEmbeddedPostgres } from ${JSON.stringify(module)};
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: () => {} });
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('CREATE TABLE kept AS SELECT 1 AS value');
    process.send('up');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', code], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (first !== 'up') throw new Error(`the child ended with ${first}`);
  return child;
}
