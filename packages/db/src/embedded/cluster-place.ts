import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { locateBinaries } from './binaries.ts';
import { type PostgresState, readState, stateFileOf } from './postgres-state.ts';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);

/** Clusters and programs for DATA_DIRs that the server's user cannot reach. */
export const systemFolder = '/var/lib/polyreel';

/** Where a new cluster of this DATA_DIR goes; its parent can be entered by the server's user. */
export async function choosePlace(dataDir: string, user: ServerUser): Promise<string> {
  if (await canEnter(user, dataDir)) return path.join(dataDir, 'postgres');
  await mkdir(systemFolder, { recursive: true, mode: 0o755 });
  if (!(await canEnter(user, systemFolder))) {
    throw new Error(`The user ${user.name}, as whom PostgreSQL runs, can enter neither ${dataDir} nor ${systemFolder}`);
  }
  return path.join(systemFolder, createHash('sha256').update(dataDir).digest('hex').slice(0, 16));
}

/** Asks the system, as that user: mode bits of every parent, groups and ACLs count. */
async function canEnter(user: ServerUser, folder: string): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { ...user.ids, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

/**
 * A cluster at the chosen place without a postgres.json: its password is lost. When DATA_DIR was emptied, the cluster beside it
 * belongs to the data that were thrown away: it is stopped and set aside, never deleted. Otherwise the file was lost: that is said.
 */
export async function clearPlace(options: {
  folder: string;
  dataDir: string;
  user: ServerUser;
  log: (line: string) => void;
}): Promise<void> {
  const { folder, dataDir, user, log } = options;
  if (!(await exists(folder))) return;
  const isEmptied = !folder.startsWith(`${dataDir}${path.sep}`) && !(await holdsData(dataDir));
  if (!isEmptied) {
    throw new Error(
      `${stateFileOf(dataDir)} is missing, and with it the password of the database in ${folder}: restore the file from a backup, or move ${folder} away to begin anew`,
    );
  }
  const { pgCtl } = await locateBinaries(user, systemFolder);
  const asServer = { ...user.ids, cwd: '/' };
  const isRunning = await run(pgCtl, ['status', '-D', folder], asServer).then(
    () => true,
    () => false,
  );
  if (isRunning) await run(pgCtl, ['stop', '-D', folder, '-m', 'fast', '-w'], asServer);
  const aside = `${folder}.left-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  await rename(folder, aside);
  log(`${dataDir} was emptied: the database that belonged to it was set aside in ${aside}`);
}

async function holdsData(dataDir: string): Promise<boolean> {
  return (await exists(path.join(dataDir, 'secret-key'))) || (await exists(path.join(dataDir, 'objects')));
}

/** Refuses what would end in two servers' data in one cluster, or in a server that cannot read its own files. */
export async function checkPlace(state: PostgresState, dataDir: string, user: ServerUser): Promise<void> {
  const { folder } = state;
  if (state.dataDir !== dataDir && !folder.startsWith(`${dataDir}${path.sep}`)) {
    const original = await readState(state.dataDir).catch(() => null);
    if (original?.password === state.password) {
      throw new Error(
        `${dataDir} is a copy of ${state.dataDir}, whose database lies in ${folder}: copy by \`npm run polyreel -- export FILE\` and \`import FILE\``,
      );
    }
  }
  if (!(await exists(path.join(folder, 'PG_VERSION')))) return;
  const owner = (await stat(folder)).uid;
  const wanted = user.ids.uid ?? process.getuid?.() ?? owner;
  if (owner !== wanted) {
    const who = await nameOf(owner);
    const hint = who === 'postgres' ? 'it was made by a start as root: start as root again' : `start as ${who}`;
    throw new Error(
      `The database in ${folder} belongs to ${who}, but PostgreSQL would run as ${user.name}: ${hint}, or give the folder to ${user.name}`,
    );
  }
  if (!(await canEnter(user, path.dirname(folder)))) {
    throw new Error(
      `The user ${user.name}, as whom PostgreSQL runs, can no longer enter ${path.dirname(folder)}: chmod o+x that folder and its parents`,
    );
  }
}

async function nameOf(uid: number): Promise<string> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const line = users.split('\n').find((entry) => entry.split(':')[2] === String(uid));
  return line?.split(':')[0] ?? `uid ${uid}`;
}

async function exists(name: string): Promise<boolean> {
  return stat(name).then(
    () => true,
    () => false,
  );
}
