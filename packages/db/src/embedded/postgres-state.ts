import { randomBytes, randomInt } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { z } from 'zod';

/** `DATA_DIR/postgres.json` (0600): what a later start needs to find and enter the cluster. */
const stateSchema = z.object({
  /** Where the cluster lies: below DATA_DIR, or below /var/lib/polyreel when the server's user cannot reach DATA_DIR. */
  folder: z.string(),
  /** DATA_DIR when the cluster was made, its links resolved. */
  dataDir: z.string(),
  port: z.int().min(1).max(65_535),
  password: z.string().min(1),
});
export type PostgresState = z.infer<typeof stateSchema>;

export const stateFileOf = (dataDir: string): string => path.join(dataDir, 'postgres.json');

/** Null: none was written yet. */
export async function readState(dataDir: string): Promise<PostgresState | null> {
  const file = stateFileOf(dataDir);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${file} is damaged: restore it from a backup`, { cause });
  }
}

/** Whole or not at all: a temporary file is synced, then takes the name. `isFirst`: throws when another process was faster. */
export async function writeState(dataDir: string, state: PostgresState, { isFirst }: { isFirst: boolean }): Promise<void> {
  const file = stateFileOf(dataDir);
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(state, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    if (isFirst) await link(temporary, file);
    else await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  const folder = await open(dataDir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export const newPassword = (): string => randomBytes(24).toString('base64url');

const portFirst = 20_000;
const portLast = 29_999;
const triesMax = 50;

/** A free loopback port below the range that systems hand out to outgoing connections, so that it is likely free next time too. */
export async function chooseFreePort(): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = randomInt(portFirst, portLast + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free loopback port found between ${portFirst} and ${portLast}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
