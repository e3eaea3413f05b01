import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from './config-error.ts';
import { generateSecretKey, parseSecretKey } from './secrets.ts';

/**
 * The embedded server's SECRET_KEY in its written form, from `DATA_DIR/secret-key` (0600), made on the first call.
 * The file appears whole and once: a death in the middle leaves no half key, and of two processes that start together both read one key.
 * Throws ConfigError when the file holds anything else; a key is never replaced.
 */
export async function readOrMakeSecretKey(dataDir: string): Promise<string> {
  const path = join(dataDir, 'secret-key');
  const existing = await readIfPresent(path);
  if (existing !== undefined) return checked(existing, path);
  await mkdir(dataDir, { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${generateSecretKey()}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // A hard link fails when the name is taken, unlike a rename, which would replace another process's key.
    await link(temporary, path).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
  const folder = await open(dataDir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return checked(await readFile(path, 'utf8'), path);
}

function checked(text: string, path: string): string {
  if (parseSecretKey(text.trim()) === undefined) {
    throw new ConfigError([
      { name: path, value: undefined, rule: 'must hold 32 random bytes as base64url; restore it from a backup' },
    ]);
  }
  return text.trim();
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
