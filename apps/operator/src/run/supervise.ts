import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { z } from 'zod';

export interface SuperviseOptions {
  readonly name: string;
  /** Script of the child. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly log: (line: string) => void;
  /** The running process changed. */
  readonly onSpawn: (pid: number) => void;
  readonly backoffMs?: { readonly first: number; readonly max: number };
}

export interface Supervised {
  /** Resolves when the child has said that it is up; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** SIGTERM, then SIGKILL after `graceMs`; no restart follows. A second call may shorten the grace. */
  stop(graceMs: number): Promise<void>;
}

const preload = path.join(import.meta.dirname, 'die-with-parent.ts');
const readySchema = z.object({ type: z.literal('ready') });
/** A child that lived this long had recovered: its next crash begins a new series. */
const healthyMs = 60_000;

/** Keeps one child process running: a crash after the first start is answered with a restart, each later than the one before. */
export function supervise(options: SuperviseOptions): Supervised {
  const { first, max } = options.backoffMs ?? { first: 1000, max: 30_000 };
  let child: ChildProcess;
  let isStopping = false;
  let wasReady = false;
  let delayMs = first;
  let restart: NodeJS.Timeout | undefined;
  let ended: Promise<void> = Promise.resolve();

  const begin = (onReady: () => void, onEarlyEnd: (how: string) => void): void => {
    const startedAt = performance.now();
    child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--import', preload, options.entry, ...options.args],
      {
        cwd: options.cwd,
        env: options.env,
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    );
    if (child.pid !== undefined) options.onSpawn(child.pid);
    child.on('message', (message) => {
      if (!readySchema.safeParse(message).success) return;
      wasReady = true;
      onReady();
    });
    ended = new Promise((resolve) => {
      child.once('error', (error) => {
        if (child.pid !== undefined) return;
        if (!wasReady || isStopping) onEarlyEnd(error.message);
        else scheduleRestart(error.message, 0);
        resolve();
      });
      child.once('exit', (code, signal) => {
        const how = signal ?? `code ${code}`;
        if (!wasReady || isStopping) onEarlyEnd(how);
        else scheduleRestart(how, performance.now() - startedAt);
        resolve();
      });
    });
  };

  const scheduleRestart = (how: string, livedMs: number): void => {
    if (livedMs >= healthyMs) delayMs = first;
    options.log(`The ${options.name} ended with ${how}: it is started again in ${delayMs / 1000} s`);
    restart = setTimeout(
      () =>
        begin(
          () => options.log(`The ${options.name} is up again`),
          () => undefined,
        ),
      delayMs,
    );
    delayMs = Math.min(max, delayMs * 2);
  };

  const ready = new Promise<void>((resolve, reject) => {
    begin(resolve, (how) => reject(new Error(`The ${options.name} ended with ${how} before it was up: see its messages above`)));
  });
  return {
    ready,
    async stop(graceMs) {
      isStopping = true;
      clearTimeout(restart);
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(kill);
    },
  };
}
