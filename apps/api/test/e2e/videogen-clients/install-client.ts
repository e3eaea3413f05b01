import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../../../../..');

/** What the lane needs of Python; null: there is none. */
export async function findPython(): Promise<string | null> {
  try {
    await run('python3', ['-m', 'pip', '--version']);
    return 'python3';
  } catch {
    return null;
  }
}

/** A folder for PYTHONPATH with the client of that requirement, downloaded once a day into a cache outside git. */
export async function installClient(python: string, requirement: string, name: string): Promise<string> {
  const folder = path.join(root, '.cache', 'python', name);
  const stamp = path.join(folder, 'installed');
  const today = new Date().toISOString().slice(0, 10);
  if ((await readFile(stamp, 'utf8').catch(() => '')) === today) return folder;
  const fresh = `${folder}-${process.pid}`;
  await mkdir(path.dirname(folder), { recursive: true });
  try {
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', fresh, requirement], {
      maxBuffer: 16 * 1024 * 1024,
    });
    await writeFile(path.join(fresh, 'installed'), today);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return folder;
}
