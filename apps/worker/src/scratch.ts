import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Scratch folders of one worker process below `<root>/<workerId>`. Folders of processes that are gone are removed at start;
 * `isAlive` tells which owners still live.
 */
export interface ScratchSpace {
  use<T>(name: string, work: (folder: string) => Promise<T>): Promise<T>;
  removeAll(): Promise<void>;
}

export async function openScratchSpace(root: string, owner: string): Promise<ScratchSpace> {
  const home = path.join(root, owner);
  await mkdir(home, { recursive: true, mode: 0o700 });
  return {
    async use(name, work) {
      const folder = await mkdtemp(path.join(home, `${name}-`));
      try {
        return await work(folder);
      } finally {
        await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    },
    removeAll: () => rm(home, { recursive: true, force: true, maxRetries: 3 }),
  };
}

const ownerPattern = /^pid-(\d+)-/;

/** `pid-<pid>-<start>`: names the process that owns a folder. */
export const scratchOwner = (pid: number, startedAt: Date): string => `pid-${pid}-${startedAt.getTime()}`;

/**
 * Removes what processes that no longer run left below `root`; `own` is the folder of this one. Another folder with this
 * process's number is a dead one's: in a container every process that starts again gets the same number.
 */
export async function removeDeadScratch(root: string, own: string): Promise<number> {
  const names = await readdir(root).catch(() => []);
  const dead = names.filter((name) => {
    const pid = Number(ownerPattern.exec(name)?.[1]);
    return Number.isInteger(pid) && name !== own && (pid === process.pid || !isRunning(pid));
  });
  for (const name of dead) await rm(path.join(root, name), { recursive: true, force: true });
  return dead.length;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
