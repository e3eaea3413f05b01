import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataDirInUse, lockDataDir } from './data-dir-lock.ts';
import { identifyProcess } from './process-identity.ts';

let dataDir = '';
let lines: string[] = [];
const children: ChildProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'polyreel-lock-'));
  lines = [];
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

const lock = (childGraceMs?: number, noticeMs = 0) =>
  lockDataDir({
    dataDir,
    purpose: 'npm start',
    log: (line) => lines.push(line),
    noticeMs,
    ...(childGraceMs !== undefined && { childGraceMs }),
  });
const file = () => path.join(dataDir, 'running.json');

async function spawnSleeper(code = 'setInterval(() => {}, 1000)'): Promise<number> {
  const child = spawn(process.execPath, ['-e', `${code}; console.log('up')`], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout ?? child, 'data');
  return child.pid ?? 0;
}

/** The lock file of a holder that was killed, with the children it had. */
async function writeStale(pids: readonly number[] = []): Promise<void> {
  const kept = await Promise.all(pids.map(identifyProcess));
  await writeFile(file(), JSON.stringify({ owner: { pid: process.pid, startedAt: '1' }, purpose: 'npm start', children: kept, isStopping: false }));
}

describe('the lock of a DATA_DIR', () => {
  it('refuses a second holder and names the first', async () => {
    const held = await lock();
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    await expect(lock()).rejects.toThrow(DataDirInUse);
    await expect(lock()).rejects.toThrow(`\`npm start\` (process ${process.pid})`);
    await held.release();
    await (await lock()).release();
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('waits for a holder that is stopping, or says within the notice that it will', async () => {
    const held = await lock();
    const next = lock(undefined, 60_000);
    await held.noteStopping();
    await expect.poll(() => lines).toContain(`Waiting for \`npm start\` (process ${process.pid}) to stop`);
    await held.release();
    await (await next).release();
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('goes to exactly one of many that ask at once, over a dead holder too', async () => {
    for (let round = 0; round < 20; round += 1) {
      await writeStale();
      const results = await Promise.allSettled(Array.from({ length: 20 }, () => lock()));
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
      expect(await readdir(dataDir)).toEqual(['running.json']);
    }
  });

  it('is taken over from a process that died while it took over', async () => {
    await writeStale();
    const text = await readFile(file(), 'utf8');
    await writeFile(`${file()}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text);
    await (await lock()).release();
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('is taken over from a holder whose process number is used by another process now', async () => {
    await writeStale();
    const held = await lock();
    const content: { owner: unknown } = JSON.parse(await readFile(file(), 'utf8'));
    expect(content.owner).toEqual(await identifyProcess(process.pid));
    await held.release();
  });

  it('is taken over when the file is damaged', async () => {
    await writeFile(file(), '{"owner"');
    await (await lock()).release();
  });

  it('waits for the children of a killed holder, and kills those that do not end', async () => {
    const ending = await spawnSleeper("process.on('SIGUSR2', () => process.exit(0)); setInterval(() => {}, 1000)");
    const hanging = await spawnSleeper();
    await writeStale([ending, hanging]);
    process.kill(ending, 'SIGUSR2');
    const held = await lock(1000);
    expect(await identifyProcess(ending)).toBeNull();
    expect(await identifyProcess(hanging)).toBeNull();
    expect(lines).toEqual([expect.stringMatching(/Waiting for [12] process(es)? of a killed start/)]);
    await held.release();
  });

  it('remembers the children for the start that comes after a kill', async () => {
    const pid = await spawnSleeper();
    const held = await lock();
    await held.noteChildren([pid]);
    const content: { children: unknown } = JSON.parse(await readFile(file(), 'utf8'));
    expect(content.children).toEqual([await identifyProcess(pid)]);
    await held.release();
  });

  it('remembers the children that were told last, however fast they were told', async () => {
    const pids = [await spawnSleeper(), await spawnSleeper()];
    const held = await lock();
    for (let round = 0; round < 20; round += 1) void held.noteChildren(round % 2 === 0 ? pids : pids.slice(0, 1));
    await held.noteChildren(pids);
    const content: { children: unknown } = JSON.parse(await readFile(file(), 'utf8'));
    expect(content.children).toEqual(await Promise.all(pids.map(identifyProcess)));
    void held.noteChildren(pids);
    await held.release();
    expect(await readdir(dataDir)).toEqual([]);
  });
});
