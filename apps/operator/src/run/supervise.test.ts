import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { identifyProcess, outlive } from './process-identity.ts';
import { type Supervised, supervise } from './supervise.ts';

const until = { timeout: 30_000, interval: 20 };
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-supervise-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeScript(name: string, code: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, code);
  return file;
}

function start(entry: string, args: readonly string[] = []) {
  const pids: number[] = [];
  const lines: string[] = [];
  const child: Supervised = supervise({
    name: 'worker',
    entry,
    args,
    env: process.env,
    cwd: folder,
    log: (line) => lines.push(line),
    onSpawn: (pid) => pids.push(pid),
    backoffMs: { first: 10, max: 40 },
  });
  return { child, pids, lines };
}

const polite = `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); process.send({ type: 'ready' });`;

describe('a supervised child', () => {
  it('is ready when it says so, and is gone after a stop', async () => {
    const { child, pids } = start(await writeScript('polite.mjs', polite));
    await child.ready;
    await child.stop(20_000);
    expect(pids).toHaveLength(1);
    expect(await identifyProcess(pids[0] ?? 0)).toBeNull();
  });

  it('that ends before it is up fails the start, and is not tried again', async () => {
    const { child, pids } = start(await writeScript('broken.mjs', 'process.exit(3);'));
    await expect(child.ready).rejects.toThrow('The worker ended with code 3 before it was up');
    await child.stop(1000);
    expect(pids).toHaveLength(1);
  });

  it('that crashes later is started again, each time after a longer pause', async () => {
    const { child, pids, lines } = start(await writeScript('polite.mjs', polite));
    await child.ready;
    for (let crashes = 1; crashes <= 4; crashes += 1) {
      process.kill(pids.at(-1) ?? 0, 'SIGKILL');
      await vi.waitFor(() => expect(lines.filter((line) => line.includes('is up again'))).toHaveLength(crashes), until);
    }
    expect(lines.filter((line) => line.includes('started again'))).toEqual(
      [0.01, 0.02, 0.04, 0.04].map((seconds) => `The worker ended with SIGKILL: it is started again in ${seconds} s`),
    );
    await child.stop(20_000);
    expect(await identifyProcess(pids.at(-1) ?? 0)).toBeNull();
  });

  it('that does not answer SIGTERM is killed when its grace is over', async () => {
    const { child, pids } = start(await writeScript('deaf.mjs', polite.replace('process.exit(0)', 'undefined')));
    await child.ready;
    await child.stop(200);
    expect(await identifyProcess(pids[0] ?? 0)).toBeNull();
  });

  it.each([
    [
      'hands its work back',
      `process.on('disconnect', () => { require('node:fs').writeFileSync(process.argv[2], 'handed back'); process.exit(0); });`,
      'handed back',
    ],
    ['ends even if it does not listen', '', ''],
  ])('whose parent is killed %s', async (_title, listen, expected) => {
    const note = path.join(folder, `note-${expected.length}`);
    await writeFile(note, '');
    const entry = await writeScript(
      `orphan-${expected.length}.cjs`,
      `${listen} setInterval(() => {}, 1000); process.send({ type: 'ready' });`,
    );
    const parent = await writeScript(
      'parent.mjs',
      `import { supervise } from ${JSON.stringify(path.join(import.meta.dirname, 'supervise.ts'))};
       let pid;
       const child = supervise({ name: 'worker', entry: ${JSON.stringify(entry)}, args: [${JSON.stringify(note)}], env: process.env,
         cwd: ${JSON.stringify(folder)}, log: () => {}, onSpawn: (started) => { pid = started; } });
       await child.ready;
       process.send(pid);`,
    );
    const process_ = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', parent], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [pid] = await once(process_, 'message');
    const identity = await identifyProcess(Number(pid));
    expect(identity).not.toBeNull();
    process_.kill('SIGKILL');
    await vi.waitFor(async () => expect(await identifyProcess(Number(pid))).toBeNull(), until);
    await outlive(identity === null ? [] : [identity], 0);
    expect(await readFile(note, 'utf8')).toBe(expected);
  });
});
