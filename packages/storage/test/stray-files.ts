import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Every file under a store's folder that is neither a meta file nor named by one, and every empty folder. */
export async function findStrayFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const named = new Set<string>();
  for (const file of paths.filter((name) => name.endsWith('~meta.json'))) {
    const { version } = JSON.parse(await readFile(file, 'utf8'));
    named.add(file).add(file.replace('~meta.json', `~${version}.bytes`));
  }
  const inUse = new Set(entries.map((entry) => entry.parentPath));
  const emptyFolders = entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(entry.parentPath, entry.name));
  return [...paths.filter((file) => !named.has(file)), ...emptyFolders.filter((name) => !inUse.has(name))];
}
