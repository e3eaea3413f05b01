import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { repositoryRoot } from '../src/run/repository.ts';

const run = promisify(execFile);
const deadlineMs = 180_000;

export interface StartedServer {
  readonly child: ChildProcess;
  output(): string;
  /** Waits for a text in what it wrote. */
  untilSaid(text: string | RegExp): Promise<void>;
  /** Waits for its end; its exit code, or the signal. */
  untilEnded(): Promise<number | NodeJS.Signals | null>;
}

/** `npm start`, as npm runs it, in a process group of its own. */
export function startServer(env: NodeJS.ProcessEnv, argv: readonly string[] = []): StartedServer {
  const child = spawn('node', [path.join(repositoryRoot, 'scripts', 'start.mjs'), ...argv], {
    cwd: repositoryRoot,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, MIN_FREE_BYTES: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
  return {
    child,
    output: () => output,
    untilEnded: () => ended,
    untilSaid: (text) =>
      vi.waitFor(
        () => {
          if (typeof text === 'string' ? output.includes(text) : text.test(output)) return;
          throw new Error(`has not said ${text} yet:\n${output}`);
        },
        { timeout: deadlineMs, interval: 100 },
      ),
  };
}

/** Processes whose environment names this DATA_DIR: whatever a server may have left. */
export async function findProcessesOf(dataDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(`DATA_DIR=${dataDir}`))
      found.push(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  }
  return found.filter((line) => line !== '').map((line) => line.replaceAll('\0', ' '));
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

/** A still and a tone of so many seconds, made by ffmpeg. */
export async function makeInputs(folder: string, seconds: number): Promise<{ image: Blob; audio: Blob }> {
  const image = path.join(folder, 'still.png');
  const audio = path.join(folder, 'tone.wav');
  await run('ffmpeg', ['-loglevel', 'error', '-y', '-f', 'lavfi', '-i', 'gradients=s=256x256:seed=1', '-frames:v', '1', image]);
  await run('ffmpeg', ['-loglevel', 'error', '-y', '-f', 'lavfi', '-i', `sine=frequency=220:duration=${seconds}`, audio]);
  return {
    image: new Blob([await readFile(image)], { type: 'image/png' }),
    audio: new Blob([await readFile(audio)], { type: 'audio/wav' }),
  };
}
