import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startTestPostgres } from './postgres.ts';

export interface StackOptions {
  /** Further settings for both processes, e.g. REDIS_URL or S3_*. */
  readonly env?: Readonly<Record<string, string>>;
  /** How many workers start with the stack. Default 1. */
  readonly workers?: number;
}

export interface StackProcess {
  readonly name: string;
  readonly pid: number;
  /** Everything it wrote, for assertions on logs. */
  output(): string;
  /** Resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

export interface Stack {
  readonly url: string;
  readonly databaseUrl: string;
  readonly secretKey: string;
  readonly dataDir: string;
  readonly accountId: string;
  /** A key of the stack's account. */
  readonly key: string;
  readonly pool: pg.Pool;
  readonly processes: readonly StackProcess[];
  /** A further account with a key. */
  createAccount(): Promise<{ accountId: string; key: string }>;
  createKey(accountId: string): Promise<string>;
  /** A further api beside the first, on a port of its own: `PORT` and `HOST` in `env`. */
  startApi(env?: Readonly<Record<string, string>>): Promise<StackProcess>;
  startWorker(env?: Readonly<Record<string, string>>): Promise<StackProcess>;
  stop(): Promise<void>;
}

const root = path.resolve(import.meta.dirname, '../../..');
const startDeadlineMs = 240_000;
const keyAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The real api and worker as processes of their own, over a fresh database and folder: what a user talks to. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const server = await startTestPostgres();
  const database = await server.createDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'polyreel-stack-'));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const pool = new pg.Pool({ connectionString: database.url, max: 5 });
  pool.on('error', () => undefined);
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    DATABASE_URL: database.url,
    SECRET_KEY: randomBytes(32).toString('base64url'),
    PUBLIC_URL: url,
    PORT: String(port),
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    MIN_FREE_BYTES: '0',
    // A model in every process of every test is too much for two cores; tests of it switch it on.
    CONTENT_SAFETY_STAGES: 'images=off',
    LOG_LEVEL: 'info',
    ...options.env,
  };
  const processes: StackProcess[] = [];
  const start = async (name: string, entry: string, more: Readonly<Record<string, string>>): Promise<StackProcess> => {
    const one = await startProcess(name, entry, { ...env, ...more });
    processes.push(one);
    return one;
  };
  const createKey = async (accountId: string): Promise<string> => {
    const key = `vg_live_${Array.from(randomBytes(43), (byte) => keyAlphabet[byte % 62]).join('')}`;
    await pool.query(
      `INSERT INTO api_keys (id, account_id, name, sha256, prefix, last_four) VALUES ($1, $2, 'test', $3, 'vg_live_', $4)`,
      [`key_${randomBytes(13).toString('hex')}`, accountId, createHash('sha256').update(key).digest('hex'), key.slice(-4)],
    );
    return key;
  };
  const createAccount = async () => {
    const accountId = `usr_${randomBytes(13).toString('hex')}`;
    await pool.query(`INSERT INTO accounts (id, name, role) VALUES ($1, $1, 'member')`, [accountId]);
    return { accountId, key: await createKey(accountId) };
  };
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((one) => one.kill('SIGTERM')));
    await pool.end();
    await database.drop();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  const startApi = (more: Readonly<Record<string, string>> = {}) => start('api', 'apps/api/src/server.ts', more);
  const startWorker = async (more: Readonly<Record<string, string>> = {}) =>
    start('worker', 'apps/worker/src/main.ts', { WORKER_HTTP_PORT: String(await findFreePort()), ...more });
  try {
    await Promise.all([startApi(), ...Array.from({ length: options.workers ?? 1 }, () => startWorker())]);
    const account = await createAccount();
    return {
      url,
      databaseUrl: database.url,
      secretKey: env.SECRET_KEY,
      dataDir,
      ...account,
      pool,
      processes,
      createAccount,
      createKey,
      startApi,
      startWorker,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startProcess(name: string, entry: string, env: Record<string, string>): Promise<StackProcess> {
  const child = spawn(path.join(root, 'node_modules/.bin/node'), [path.join(root, entry)], {
    env,
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  await untilReady(child, name, () => output);
  return {
    name,
    pid: child.pid ?? 0,
    output: () => output,
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
      return child.exitCode;
    },
  };
}

function untilReady(child: ChildProcess, name: string, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`${name} did not start: ${why}\n${output()}`));
    };
    const timer = setTimeout(() => fail('no answer in time'), startDeadlineMs);
    const onExit = (code: number | null): void => fail(`exit code ${code}`);
    child.once('exit', onExit);
    child.on('message', () => {
      clearTimeout(timer);
      child.off('exit', onExit);
      resolve();
    });
  });
}

export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
