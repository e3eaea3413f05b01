import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { type Cluster, startCluster } from './cluster.ts';
import { checkPlace, choosePlace, clearPlace, systemFolder } from './cluster-place.ts';
import { chooseFreePort, newPassword, type PostgresState, readState, writeState } from './postgres-state.ts';
import { ensureServerUser, type ServerUser } from './server-user.ts';

export interface EmbeddedPostgresOptions {
  /** DATA_DIR; made when absent. One process at a time may start a server on it: the caller holds a lock. */
  readonly dataDir: string;
  readonly log: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** Connection string of the database `polyreel`, as superuser. */
  readonly url: string;
  readonly port: number;
  /** Where the cluster lies. */
  readonly folder: string;
  /** True: a server left by a killed start was taken over. */
  readonly wasRunning: boolean;
  /** The system user that this start made for PostgreSQL; null: none had to be made. */
  readonly madeUser: string | null;
  /** Fast shutdown: ends sessions, writes a checkpoint. */
  stop(): Promise<void>;
}

const databaseName = 'polyreel';
const portTriesMax = 5;
const maxConnections = '200';

/**
 * The database of a server without DATABASE_URL: PostgreSQL on loopback, its files below DATA_DIR (or /var/lib/polyreel, when the
 * user it runs as cannot reach DATA_DIR), with a port and password chosen once and kept in `DATA_DIR/postgres.json`. Durable:
 * fsync stays on. Throws when the cluster was made by another major version, with the command that helps.
 */
export async function startEmbeddedPostgres({ dataDir, log }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  await makeDataDir(dataDir);
  const home = await realpath(dataDir);
  const user = await ensureServerUser();
  const known = await readState(home);
  const state = known === null ? await firstState(home, user, log) : relocate(known, home);
  await checkPlace(state, home, user);
  const cluster = await startOnFreePort(state, home, log);
  const now = { ...state, dataDir: home, port: cluster.port };
  if (known === null || JSON.stringify(known) !== JSON.stringify(now)) await writeState(home, now, { isFirst: false });
  await createDatabase(cluster);
  return {
    url: cluster.urlOf(databaseName),
    port: cluster.port,
    folder: state.folder,
    wasRunning: cluster.wasRunning,
    madeUser: user.wasMade ? user.name : null,
    stop: () => cluster.stop(),
  };
}

/** The running server of this DATA_DIR, for a command beside it; null: none answers. */
export async function findEmbeddedPostgres(dataDir: string): Promise<{ url: string; folder: string } | null> {
  const known = await readState(dataDir);
  if (known === null) return null;
  const state = relocate(known, await realpath(dataDir));
  const url = `postgresql://postgres:${encodeURIComponent(state.password)}@127.0.0.1:${state.port}/${databaseName}`;
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    return rows[0]?.data_directory === state.folder ? { url, folder: state.folder } : null;
  } catch {
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A cluster below DATA_DIR moves with it. */
function relocate(state: PostgresState, dataDir: string): PostgresState {
  const inside = path.relative(state.dataDir, state.folder);
  return inside.startsWith('..') ? state : { ...state, folder: path.join(dataDir, inside) };
}

/** As root the folder may be passed through, not listed, so that PostgreSQL's user can reach its files in it. */
export async function makeDataDir(dataDir: string): Promise<void> {
  await mkdir(path.dirname(path.resolve(dataDir)), { recursive: true });
  await mkdir(dataDir, { mode: process.getuid?.() === 0 ? 0o711 : 0o700 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
}

/** Written before the cluster is made: a death in between leaves a password without a cluster, never the other way round. */
async function firstState(dataDir: string, user: ServerUser, log: (line: string) => void): Promise<PostgresState> {
  const folder = await choosePlace(dataDir, user);
  await clearPlace({ folder, dataDir, user, log });
  const state = { folder, dataDir, port: await chooseFreePort(), password: newPassword() };
  await writeState(dataDir, state, { isFirst: true });
  return state;
}

/** The kept port may be somebody else's by now: then another one is chosen and kept. */
async function startOnFreePort(state: PostgresState, dataDir: string, log: (line: string) => void): Promise<Cluster> {
  let port = state.port;
  for (let tries = 1; ; tries += 1) {
    try {
      return await startCluster({
        dataDir: state.folder,
        copyDir: systemFolder,
        port,
        password: state.password,
        settings: { max_connections: maxConnections },
      });
    } catch (error) {
      const isPortTaken = error instanceof Error && /Address already in use/.test(error.message);
      if (!isPortTaken || tries === portTriesMax) throw error;
      const next = await chooseFreePort();
      log(`Port ${port} of the database is taken: it moves to ${next}`);
      port = next;
      await writeState(dataDir, { ...state, port }, { isFirst: false });
    }
  }
}

async function createDatabase(cluster: Cluster): Promise<void> {
  const client = new pg.Client({ connectionString: cluster.urlOf('postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${databaseName}`);
  } finally {
    await client.end();
  }
}
