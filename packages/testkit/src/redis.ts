import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** SIGKILL; everything in it is lost. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

const startDeadlineMs = 30_000;
const triesMax = 5;

/** A real redis-server (Debian's, or `REDIS_SERVER_PATH`) on a free loopback port, keeping nothing on disk. */
export async function startTestRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(path.join(tmpdir(), 'polyreel-test-redis-'));
  let { server, port } = await startOnFreePort(folder);
  const killOnExit = () => server.kill('SIGKILL');
  process.once('exit', killOnExit);
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    restart: async () => {
      await kill();
      server = await startServer(folder, port);
    },
    stop: async () => {
      process.off('exit', killOnExit);
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Between finding a free port and taking it somebody else may: try another. */
async function startOnFreePort(folder: string): Promise<{ server: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    try {
      return { server: await startServer(folder, port), port };
    } catch (error) {
      if (attempt === triesMax) throw error;
    }
  }
}

async function startServer(folder: string, port: number): Promise<ChildProcess> {
  const program = process.env.REDIS_SERVER_PATH ?? 'redis-server';
  const options = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: folder, 'tcp-backlog': 128 };
  const argv = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => {
      server.kill('SIGKILL');
      reject(new Error(`${program} did not start: ${why}\n${output}`));
    };
    const timer = setTimeout(() => fail('no answer in time'), startDeadlineMs);
    server.once('error', (error) => fail(error.message));
    server.once('exit', (code) => fail(`exit code ${code}`));
    server.stdout.on('data', (chunk: Buffer) => {
      if (output.length < 10_000) output += chunk.toString();
      if (!output.includes('Ready to accept connections')) return;
      clearTimeout(timer);
      server.removeAllListeners('exit');
      resolve();
    });
  });
  return server;
}

function findFreePort(): Promise<number> {
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
