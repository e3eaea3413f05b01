import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, parseSecretKey, readOrMakeSecretKey } from './index.ts';

describe('readOrMakeSecretKey', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyreel-key-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes one key, readable by its owner alone, and keeps it', async () => {
    const dataDir = join(folder, 'deep', 'data');
    const key = await readOrMakeSecretKey(dataDir);
    expect(parseSecretKey(key)).toHaveLength(32);
    expect((await stat(join(dataDir, 'secret-key'))).mode & 0o777).toBe(0o600);
    expect(await readOrMakeSecretKey(dataDir)).toBe(key);
    expect(await readdir(dataDir)).toEqual(['secret-key']);
  });

  it('gives one key to many that start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => readOrMakeSecretKey(folder)));
    expect(new Set(keys).size).toBe(1);
    expect(await readdir(folder)).toEqual(['secret-key']);
  });

  it('stops at a damaged file and leaves it alone', async () => {
    await writeFile(join(folder, 'secret-key'), 'half a k');
    await expect(readOrMakeSecretKey(folder)).rejects.toThrow(ConfigError);
    expect(await readFile(join(folder, 'secret-key'), 'utf8')).toBe('half a k');
  });
});
