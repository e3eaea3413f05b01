import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

/** A process id together with when that process began, so that a reused number is not taken for the old process. */
export const processIdentitySchema = z.object({ pid: z.int().positive(), startedAt: z.string().min(1) });
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** Null: no such process, or one that has ended and only waits to be reaped. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | null> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The second field is the program's name in brackets, which may hold spaces and brackets of its own.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const startedAt = fields[19];
    return fields[0] === 'Z' || startedAt === undefined ? null : { pid, startedAt };
  }
  const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() === '' ? null : { pid, startedAt: stdout.trim() };
}

export async function isStillRunning({ pid, startedAt }: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(pid))?.startedAt === startedAt;
}

const pollMs = 100;

/** Waits for processes that are ending; those still there after `graceMs` are killed. */
export async function outlive(processes: readonly ProcessIdentity[], graceMs: number): Promise<void> {
  const deadline = Date.now() + graceMs;
  for (const one of processes) {
    while (Date.now() < deadline && (await isStillRunning(one))) await delay(pollMs);
    if (await isStillRunning(one)) process.kill(one.pid, 'SIGKILL');
    while (await isStillRunning(one)) await delay(pollMs);
  }
}
