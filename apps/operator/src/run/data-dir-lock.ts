import { createHash, randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { identifyProcess, isStillRunning, outlive, type ProcessIdentity, processIdentitySchema } from './process-identity.ts';

const lockSchema = z.object({
  owner: processIdentitySchema,
  purpose: z.string(),
  children: z.array(processIdentitySchema),
  /** It hands its work back and will be gone soon. */
  isStopping: z.boolean().default(false),
});
type LockContent = z.infer<typeof lockSchema>;

export interface DataDirLock {
  /** Remembers the processes that a next start must wait for if this one is killed. */
  noteChildren(pids: readonly number[]): Promise<void>;
  /** From now on others wait for the end instead of being refused. */
  noteStopping(): Promise<void>;
  release(): Promise<void>;
}

export interface LockOptions {
  readonly dataDir: string;
  /** What holds it, for the message to others: `npm start`. */
  readonly purpose: string;
  readonly log: (line: string) => void;
  /** How long processes of a killed holder may take to end. */
  readonly childGraceMs?: number;
  /** How long a holder may take to notice that its own parent was killed, and to say that it stops. */
  readonly noticeMs?: number;
}

/** Somebody else works on DATA_DIR now. */
export class DataDirInUse extends Error {
  override readonly name = 'DataDirInUse';
}

/**
 * One process at a time starts and stops things on a DATA_DIR. `DATA_DIR/running.json` names the holder; what a killed holder
 * left is taken over, once its children are gone.
 */
export async function lockDataDir(options: LockOptions): Promise<DataDirLock> {
  const { dataDir, purpose, log, childGraceMs = 25_000 } = options;
  const file = path.join(dataDir, 'running.json');
  const owner = await identifyProcess(process.pid);
  if (owner === null) throw new Error('This process cannot see itself in the process table');
  let content: LockContent = { owner, purpose, children: [], isStopping: false };
  await waitForChildren(await acquireWhenFree(file, content, options), log, childGraceMs);
  // One write after the other: the last list told is the one that stays, and none comes after the release.
  let writes: Promise<void> = Promise.resolve();
  const inOrder = (write: () => Promise<void>): Promise<void> => {
    const done = writes.then(write);
    writes = done.catch(() => undefined);
    return done;
  };
  return {
    noteChildren: (pids) =>
      inOrder(async () => {
        const children = (await Promise.all(pids.map(identifyProcess))).filter((child) => child !== null);
        content = { ...content, children };
        await replace(file, content);
      }),
    noteStopping: () =>
      inOrder(async () => {
        content = { ...content, isStopping: true };
        await replace(file, content);
      }),
    release: () => inOrder(() => rm(file, { force: true })),
  };
}

const stopWaitMs = 60_000;

/** The children that a killed holder left. Waits for a holder that is stopping; DataDirInUse for any other. */
async function acquireWhenFree(
  file: string,
  content: LockContent,
  { dataDir, log, noticeMs = 2000 }: LockOptions,
): Promise<readonly ProcessIdentity[]> {
  const askedAt = Date.now();
  let hasSaid = false;
  for (;;) {
    const left = await acquire(file, content);
    if (left.heldBy === null) return left.children;
    const { purpose, owner, isStopping } = left.heldBy;
    if (Date.now() - askedAt >= (isStopping ? stopWaitMs : noticeMs))
      throw new DataDirInUse(`${dataDir} is in use by \`${purpose}\` (process ${owner.pid}): stop that one first`);
    if (isStopping && !hasSaid) log(`Waiting for \`${purpose}\` (process ${owner.pid}) to stop`);
    hasSaid = isStopping;
    await delay(pollMs);
  }
}
const pollMs = 100;

type Acquired = { heldBy: null; children: readonly ProcessIdentity[] } | { heldBy: LockContent };

/**
 * A dead holder's text is replaced only under a lock of its own, named by that text and held for no longer: whoever has it and
 * still finds the text is the one. A process that dies there leaves a dead holder of that lock, which is taken over likewise.
 */
async function acquire(file: string, content: LockContent): Promise<Acquired> {
  while (!(await tryCreate(file, content))) {
    const text = await readText(file);
    if (text === null) continue;
    const held = parseLock(text);
    if (held !== null && (await isStillRunning(held.owner))) return { heldBy: held };
    const children = held?.children ?? [];
    const takeover = `${file}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    if ((await acquire(takeover, content)).heldBy !== null) {
      await delay(takeoverPollMs);
      continue;
    }
    try {
      if ((await readText(file)) !== text) continue;
      await replace(file, { ...content, children });
      return { heldBy: null, children };
    } finally {
      await rm(takeover, { force: true });
    }
  }
  return { heldBy: null, children: [] };
}

const takeoverPollMs = 10;
const readText = (file: string): Promise<string | null> => readFile(file, 'utf8').catch(() => null);

async function waitForChildren(
  children: readonly ProcessIdentity[],
  log: (line: string) => void,
  graceMs: number,
): Promise<void> {
  const alive = (await Promise.all(children.map(async (child) => ((await isStillRunning(child)) ? [child] : [])))).flat();
  if (alive.length === 0) return;
  log(`Waiting for ${alive.length} process${alive.length === 1 ? '' : 'es'} of a killed start to end`);
  await outlive(alive, graceMs);
}

/** Whole at once: the text is written beside and then linked to the name, which fails when the name is taken. */
async function tryCreate(file: string, content: LockContent): Promise<boolean> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, JSON.stringify(content), { mode: 0o600, flag: 'wx' });
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function replace(file: string, content: LockContent): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, JSON.stringify(content), { mode: 0o600, flag: 'wx' });
  await rename(temporary, file);
}

/** Null for a damaged file: whoever wrote it died over it. */
function parseLock(text: string): LockContent | null {
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
