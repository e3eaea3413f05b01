import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/**
 * Real S3 servers that check signatures. `swift-debian`: OpenStack Swift as Debian packs it (2.30), the stand-in for older
 * third-party stores, needs `checksums: 'when-required'`. `swift`: the current Swift. `seaweedfs`: what compose runs.
 */
export const s3ServerKinds = ['swift-debian', 'swift', 'seaweedfs'] as const;
export type S3ServerKind = (typeof s3ServerKinds)[number];

/** Loopback only. `stop` resolves when the process is gone and its folder removed. */
export interface TestS3 {
  readonly kind: S3ServerKind;
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly version: string;
  /** What the S3 adapter must be set to. */
  readonly checksums: 'default' | 'when-required';
  stop(): Promise<void>;
}

const readySchema = z.object({
  endpoint: z.url(),
  region: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  version: z.string(),
});

const python = '/usr/bin/python3'; // by its path: another python3 on PATH lacks Debian's modules
const here = import.meta.dirname;
const cacheDir = path.join(here, '../../../../.cache');
const weedProgram = path.join(cacheDir, 'seaweedfs/bin/weed');
const startMillisecondsMax = 60_000;

interface Launch {
  readonly script: string;
  readonly args: (dir: string) => readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly checksums: TestS3['checksums'];
  /** Files without which the server cannot start. */
  readonly needs: readonly string[];
}

const launches = {
  'swift-debian': {
    script: 'swift-server.py',
    args: (dir) => [dir],
    environment: {},
    checksums: 'when-required',
    needs: [python, '/usr/lib/python3/dist-packages/swift/__init__.py'],
  },
  swift: {
    script: 'swift-server.py',
    args: (dir) => [dir],
    environment: { PYTHONPATH: path.join(cacheDir, 'swift') },
    checksums: 'default',
    needs: [python, '/usr/lib/python3/dist-packages/swift/__init__.py', path.join(cacheDir, 'swift/swift/__init__.py')],
  },
  seaweedfs: {
    script: 'seaweed-server.py',
    args: (dir) => [weedProgram, dir],
    environment: {},
    checksums: 'default',
    needs: [python, weedProgram],
  },
} as const satisfies Record<S3ServerKind, Launch>;

/** The file that is missing for this server, or null. Set up by `scripts/setup/s3-test-server.mjs`. */
export async function findMissingForS3(kind: S3ServerKind): Promise<string | null> {
  for (const file of launches[kind].needs) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (!isThere) return file;
  }
  return null;
}

/** Starts a private server in a temporary folder. It ends when this process does, however that ends. */
export async function startS3(kind: S3ServerKind): Promise<TestS3> {
  const missing = await findMissingForS3(kind);
  if (missing !== null) throw new Error(`${kind} cannot start: ${missing} is missing; run node scripts/setup/s3-test-server.mjs`);
  const launch: Launch = launches[kind];
  const dir = await mkdtemp(path.join(tmpdir(), `${kind}-`));
  const child = spawn(python, ['-W', 'ignore', path.join(here, launch.script), ...launch.args(dir)], {
    stdio: ['pipe', 'pipe', 'inherit'], // our end of its standard input is its lifeline
    env: { ...(process.env.PATH !== undefined && { PATH: process.env.PATH }), ...launch.environment },
  });
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`ended with ${code ?? signal}`));
    child.once('error', (error) => resolve(error.message));
  });
  const stop = async () => {
    child.ref();
    child.kill('SIGTERM');
    await exited;
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const line = await readFirstLine(child, exited, kind);
    detach(child);
    return { kind, ...readySchema.parse(JSON.parse(line)), checksums: launch.checksums, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readFirstLine(child: ChildProcess, exited: Promise<string>, kind: S3ServerKind): Promise<string> {
  if (child.stdout === null) throw new Error(`${kind} has no standard output`);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), startMillisecondsMax);
  try {
    const line = once(createInterface({ input: child.stdout }), 'line', { signal: deadline.signal }).then(([text]) =>
      String(text),
    );
    return await Promise.race([
      line,
      exited.then((how) => {
        throw new Error(`${kind} did not start: it ${how}`);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    deadline.abort();
  }
}

/** The server alone does not keep a test process alive. */
function detach(child: ChildProcess): void {
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) if (pipe instanceof Socket) pipe.unref();
}
