import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { exitError, ProcessFailure, type StopReason, spawnError, stoppedError } from './process-errors.ts';

export interface ProcessOptions {
  readonly command: string;
  /** Passed as they are: no shell ever sees them. */
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Default `ignore`. */
  readonly stdin?: 'pipe' | 'ignore';
  /** `collect` (default): stdout comes back in the result. `stream`: the caller reads `process.stdout` to its end. A socket: the program
   * writes into it, and whoever gave it closes it here once the program has started. */
  readonly stdout?: 'collect' | 'stream' | Socket;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Address space. Enforced where `prlimit` exists (Linux). */
  readonly maxMemoryBytes?: number;
  /** Memory that is written to, for programs that reserve far more addresses than they use (Node). Enforced as above. */
  readonly maxDataBytes?: number;
  /** Enforced where `prlimit` exists (Linux). */
  readonly maxCpuSeconds?: number;
  /** Collected stdout beyond this ends the process. Default 16 MiB. */
  readonly maxOutputBytes?: number;
  readonly onStderrLine?: (line: string) => void;
  /** Lines of stdout as they come, beside collecting them; for `-progress pipe:1`. */
  readonly onStdoutLine?: (line: string) => void;
}

export interface ProcessResult {
  readonly code: 0;
  /** Empty unless it was collected. */
  readonly stdout: Buffer;
  /** The last 64 KiB. */
  readonly stderr: string;
}

export interface RunningProcess {
  readonly stdin: Writable | null;
  /** Null unless `stdout: 'stream'`. */
  readonly stdout: Readable | null;
  /** Settles once the process and its whole group are gone. Rejects with a StepError unless it exited with 0. */
  readonly finished: Promise<ProcessResult>;
  /** Ends the whole group: SIGTERM, then SIGKILL half a second later. `finished` then rejects with code `aborted`. */
  stop(): void;
}

const KILL_GRACE_MS = 500;
const DRAIN_GRACE_MS = 2000;
const STDERR_TAIL_CHARS = 64 * 1024;
const DEFAULT_MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin';

/** Runs a program to its end. See `startProcess`. */
export const runProcess = (options: ProcessOptions): Promise<ProcessResult> => startProcess(options).finished;

/**
 * Starts a program in a process group of its own, with limits on time, memory, CPU and output. It gets a small environment that holds
 * none of ours, so no secret reaches it and no variable steers it. However this process ends, the group ends too: on Linux the kernel
 * kills the program when we die, and members it left behind are killed when it exits.
 */
export const startProcess = (options: ProcessOptions): RunningProcess => {
  const { command, args } = limitedCommand(options);
  const name = basename(options.command);
  if (options.signal.aborted) return neverStarted(name, options.signal);
  const output = options.stdout instanceof Socket ? options.stdout : null;
  const child = spawn(command, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    // MALLOC_ARENA_MAX: glibc reserves 64 MiB of address space a thread, which would count against the memory limit.
    env: { PATH: SEARCH_PATH, LC_ALL: 'C.UTF-8', MALLOC_ARENA_MAX: '2' },
    stdio: [options.stdin ?? 'ignore', output ?? 'pipe', 'pipe'],
    detached: true,
    shell: false,
    windowsHide: true,
  });
  trackGroup(child);
  const { stdout: out, stderr: err } = child;
  if ((out === null && output === null) || err === null) throw new Error('the pipes of a process are missing');

  let stopReason: StopReason | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (reason: StopReason): void => {
    if (stopReason !== undefined || child.exitCode !== null || child.signalCode !== null) return;
    stopReason = reason;
    signalGroup(child, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_GRACE_MS);
  };
  const onAbort = (): void => stop('aborted');
  options.signal.addEventListener('abort', onAbort, { once: true });
  const timeout = setTimeout(() => stop('timeout'), options.timeoutMs);

  const stderr = keepTail(err, options.onStderrLine);
  const isCollected = options.stdout === undefined || options.stdout === 'collect';
  const collected = isCollected && out !== null ? collect(out, options, () => stop('output-limit')) : undefined;
  // Writing to a program that has ended is reported through its exit, not as an uncaught EPIPE.
  child.stdin?.on('error', () => undefined);

  const finished = waitForEnd(child, isCollected)
    .then(({ code, signal, startFailure }): ProcessResult => {
      // 126 and 127 are how the wrappers say that the program is not there.
      if (startFailure !== undefined || (stopReason === undefined && (code === 126 || code === 127))) {
        throw spawnError(name, startFailure ?? new Error(stderr()));
      }
      if (stopReason === undefined && code === 0) return { code: 0, stdout: collected?.() ?? Buffer.alloc(0), stderr: stderr() };
      const cause = stopReason === 'aborted' ? options.signal.reason : undefined;
      const failure = new ProcessFailure({ command: name, exitCode: code, exitSignal: signal, stderrTail: stderr(), cause });
      throw stopReason === undefined ? exitError(failure) : stoppedError(stopReason, failure);
    })
    .finally(() => {
      clearTimeout(timeout);
      clearTimeout(killTimer);
      options.signal.removeEventListener('abort', onAbort);
    });
  // A caller that still writes frames looks at `finished` later; Node must not call that unhandled meanwhile.
  finished.catch(() => undefined);
  return { stdin: child.stdin, stdout: options.stdout === 'stream' ? out : null, finished, stop: onAbort };
};

const neverStarted = (name: string, signal: AbortSignal): RunningProcess => {
  const failure = new ProcessFailure({
    command: name,
    exitCode: null,
    exitSignal: null,
    stderrTail: 'not started',
    cause: signal.reason,
  });
  const finished = Promise.reject<ProcessResult>(stoppedError('aborted', failure));
  finished.catch(() => undefined);
  return { stdin: null, stdout: null, finished, stop: () => undefined };
};

/** Wraps a command with `setpriv --pdeathsig` and `prlimit`; both replace themselves by the program, so the process id is the program's. */
const limitedCommand = (options: ProcessOptions): { command: string; args: string[] } => {
  const { setpriv, prlimit } = findLimiters();
  const words = [options.command, ...options.args];
  const limits: string[] = [];
  if (options.maxMemoryBytes !== undefined) limits.push(`--as=${Math.floor(options.maxMemoryBytes)}`);
  if (options.maxDataBytes !== undefined) limits.push(`--data=${Math.floor(options.maxDataBytes)}`);
  if (options.maxCpuSeconds !== undefined) {
    const soft = Math.max(1, Math.ceil(options.maxCpuSeconds));
    limits.push(`--cpu=${soft}:${soft + 5}`);
  }
  if (prlimit !== undefined && limits.length > 0) words.unshift(prlimit, '--core=0', ...limits, '--');
  if (setpriv !== undefined) words.unshift(setpriv, '--pdeathsig', 'KILL', '--');
  const [command = options.command, ...args] = words;
  return { command, args };
};

let limiters: { setpriv: string | undefined; prlimit: string | undefined } | undefined;
const findLimiters = (): { setpriv: string | undefined; prlimit: string | undefined } => {
  if (limiters !== undefined) return limiters;
  const find = (name: string): string | undefined =>
    process.platform === 'linux'
      ? ['/usr/bin/', '/bin/'].map((folder) => folder + name).find((path) => existsSync(path))
      : undefined;
  limiters = { setpriv: find('setpriv'), prlimit: find('prlimit') };
  return limiters;
};

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // ESRCH: nobody is left. EPERM: macOS says so of a group of which only zombies are left.
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
  }
};

const liveGroups = new Set<ChildProcess>();
let isExitHooked = false;
const trackGroup = (child: ChildProcess): void => {
  if (!isExitHooked) {
    isExitHooked = true;
    process.once('exit', () => {
      for (const live of liveGroups) signalGroup(live, 'SIGKILL');
    });
  }
  liveGroups.add(child);
  child.once('exit', () => {
    liveGroups.delete(child);
    signalGroup(child, 'SIGKILL');
  });
  child.once('error', () => liveGroups.delete(child));
};

interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly startFailure?: Error;
}

/** Waits for the exit, and for what is still in the pipes. A pipe held open by a process that left the group is cut off. */
const waitForEnd = (child: ChildProcess, waitsForStdout: boolean): Promise<ProcessEnd> =>
  new Promise((resolve) => {
    child.once('error', (startFailure) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, startFailure });
    });
    child.once('exit', (code, signal) => {
      const pipes = waitsForStdout ? [child.stdout, child.stderr] : [child.stderr];
      const open = pipes.filter((pipe) => pipe !== null).filter((pipe) => !pipe.closed && !pipe.readableEnded);
      const timer = setTimeout(() => {
        for (const pipe of open) pipe.destroy();
      }, DRAIN_GRACE_MS);
      const drained = open.map((pipe) => new Promise<void>((done) => pipe.once('close', done).once('end', done)));
      void Promise.all(drained).then(() => {
        clearTimeout(timer);
        resolve({ code, signal });
      });
    });
  });

const collect = (stream: Readable, options: ProcessOptions, onTooMuch: () => void): (() => Buffer) => {
  const chunks: Buffer[] = [];
  const limit = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
  let size = 0;
  const feedLines = options.onStdoutLine === undefined ? undefined : splitLines(options.onStdoutLine);
  stream.on('data', (chunk: Buffer) => {
    feedLines?.(chunk.toString('utf8'));
    size += chunk.length;
    if (size > limit) onTooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks);
};

const keepTail = (stream: Readable, onLine: ((line: string) => void) | undefined): (() => string) => {
  let tail = '';
  const feedLines = onLine === undefined ? undefined : splitLines(onLine);
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    feedLines?.(text);
    tail = (tail + text).slice(-STDERR_TAIL_CHARS);
  });
  return () => tail;
};

/** Calls back with each line without its end; ffmpeg ends status lines with a carriage return. A line longer than 64 KiB is cut. */
const splitLines = (onLine: (line: string) => void): ((text: string) => void) => {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(-STDERR_TAIL_CHARS);
    for (const line of lines) if (line !== '') onLine(line);
  };
};
