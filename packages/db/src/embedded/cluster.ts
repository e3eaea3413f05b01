import { execFile } from 'node:child_process';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { embeddedPostgresMajor, locateBinaries, type PostgresBinaries } from './binaries.ts';
import { ensureServerUser, type ServerUser } from './server-user.ts';

const run = promisify(execFile);
const timeoutSeconds = 60;

export interface ClusterOptions {
  /** Made when absent. Its parent must be a folder that the server's user can enter. */
  dataDir: string;
  /** Loopback port to listen on; a server that already runs on this folder keeps its own. */
  port: number;
  /** Password of the superuser `postgres`, set when the folder is made. */
  password: string;
  /** Where the programs are copied when the server's user cannot reach node_modules. */
  copyDir: string;
  /** False: no fsync anywhere; a crash of the machine may lose the folder. For tests. */
  durable?: boolean;
  /** Server settings, passed as `-c name=value`. */
  settings?: Readonly<Record<string, string>>;
}

export interface Cluster {
  readonly port: number;
  /** Connection string of the superuser for `database`. */
  urlOf(database: string): string;
  /** True: a server was already running on the folder, left by a killed start, and was taken over. */
  readonly wasRunning: boolean;
  /** The system user it runs as, and whether it was made for it. */
  readonly serverUser: ServerUser;
  /** Ends sessions, writes a checkpoint, waits for the end of the server. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL of the npm package on a data folder, or takes over the one that runs there. The server is a daemon:
 * it outlives a killed parent, whose next start finds it. Throws when the folder belongs to another major version.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const serverUser = await ensureServerUser();
  const binaries = await locateBinaries(serverUser, options.copyDir);
  if (!(await hasCluster(options.dataDir))) await initialise(options, binaries, serverUser);
  await checkMajor(options.dataDir);
  const asServer = { ...serverUser.ids, cwd: '/' };
  const { port, wasRunning } = await reachOrStart(options, binaries, asServer);
  return {
    port,
    wasRunning,
    serverUser,
    urlOf: (database) =>
      `postgresql://postgres:${encodeURIComponent(options.password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    stop: async () => {
      if (!(await isRunning(binaries, options.dataDir, asServer))) return;
      await run(binaries.pgCtl, ['stop', '-D', options.dataDir, '-m', 'fast', '-w', '-t', String(timeoutSeconds)], asServer);
    },
  };
}

/**
 * A killed server may be dying still: listed as running but deaf, or gone while its children hold the shared memory. Both
 * pass, so both are tried again until the deadline.
 */
async function reachOrStart(options: ClusterOptions, binaries: PostgresBinaries, asServer: AsServer) {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    if (await isRunning(binaries, options.dataDir, asServer)) {
      const port = await runningPort(options.dataDir);
      if (port !== undefined && (await isListening(port))) return { port, wasRunning: true };
      if (Date.now() > deadline) throw new Error(`The PostgreSQL on ${options.dataDir} runs but does not answer on its port`);
    } else {
      const fault = await start(options, binaries, asServer);
      if (fault === undefined) return { port: options.port, wasRunning: false };
      const passes = /shared memory block|lock file "postmaster.pid" already exists/.test(fault.message);
      if (!passes || Date.now() > deadline) throw fault;
    }
    await delay(100);
  }
}

interface AsServer {
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd: string;
}

/** initdb writes beside the goal, which then takes its name: a death in the middle never looks like a cluster. */
async function initialise(options: ClusterOptions, binaries: PostgresBinaries, user: ServerUser): Promise<void> {
  const unfinished = `${options.dataDir}.unfinished`;
  const passwordFile = `${options.dataDir}.password`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600, flag: 'wx' });
  try {
    for (const name of [unfinished, passwordFile]) await giveTo(user, name);
    const flags = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8'];
    const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
    const sync = options.durable === false ? ['--no-sync'] : [];
    await run(binaries.initdb, [`--pgdata=${unfinished}`, ...flags, ...locale, ...sync], { ...user.ids, cwd: '/' });
    await rename(unfinished, options.dataDir);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function giveTo(user: ServerUser, name: string): Promise<void> {
  if (user.ids.uid !== undefined && user.ids.gid !== undefined) await chown(name, user.ids.uid, user.ids.gid);
}

async function start(options: ClusterOptions, binaries: PostgresBinaries, asServer: AsServer): Promise<Error | undefined> {
  const settings = {
    ...loopbackOnly(options.port),
    ...logging,
    ...(options.durable === false ? fragile : {}),
    ...options.settings,
  };
  const flags = Object.entries(settings).map(([name, value]) => `-c ${name}=${shellQuote(value)}`);
  const logFile = path.join(options.dataDir, 'server.log');
  await rename(logFile, `${logFile}.before`).catch(() => undefined);
  const wait = ['-w', '-t', String(timeoutSeconds)];
  try {
    await run(binaries.pgCtl, ['start', '-D', options.dataDir, '-l', logFile, ...wait, '-o', flags.join(' ')], asServer);
    return undefined;
  } catch (cause) {
    const log = await readFile(logFile, 'utf8').catch(() => '');
    return new Error(`PostgreSQL did not start on ${options.dataDir}, port ${options.port}: ${log.trim()}`, { cause });
  }
}

const loopbackOnly = (port: number) => ({ port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' });
/** Little is written and no statement text: statements may hold prompts. */
const logging = { log_checkpoints: 'off', log_min_error_statement: 'panic', log_error_verbosity: 'terse' };
const fragile = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** pg_ctl hands its `-o` text to a shell. */
const shellQuote = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;

async function hasCluster(dataDir: string): Promise<boolean> {
  return readFile(path.join(dataDir, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

async function checkMajor(dataDir: string): Promise<void> {
  const found = (await readFile(path.join(dataDir, 'PG_VERSION'), 'utf8')).trim();
  if (found === embeddedPostgresMajor) return;
  throw new Error(
    `${dataDir} was made by PostgreSQL ${found}, this server brings ${embeddedPostgresMajor}. ` +
      'Export with the version that made it (`npm run polyreel -- export FILE`), move the folder away, then `npm run polyreel -- import FILE`',
  );
}

/** pg_ctl status: 0 running, 3 not running. */
async function isRunning(binaries: PostgresBinaries, dataDir: string, asServer: AsServer): Promise<boolean> {
  await dropPidOfZombie(dataDir);
  try {
    await run(binaries.pgCtl, ['status', '-D', dataDir], asServer);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 3) return false;
    throw error;
  }
}

/** In a container whose first process reaps nothing, a killed server stays as a zombie, and PostgreSQL takes it for alive. */
async function dropPidOfZombie(dataDir: string): Promise<void> {
  const pid = Number((await pidFileLines(dataDir))[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const facts = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  if (/\) Z /.test(facts)) await rm(path.join(dataDir, 'postmaster.pid'), { force: true });
}

async function runningPort(dataDir: string): Promise<number | undefined> {
  const port = Number((await pidFileLines(dataDir))[3]);
  return Number.isInteger(port) && port > 0 ? port : undefined;
}

async function pidFileLines(dataDir: string): Promise<string[]> {
  return (await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2000 });
    const answer = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket
      .once('connect', () => answer(true))
      .once('error', () => answer(false))
      .once('timeout', () => answer(false));
  });
}
