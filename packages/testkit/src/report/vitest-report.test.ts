import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCounts, collectReport, reportFlags } from './vitest-report.ts';

const run = promisify(execFile);
const modules = join(import.meta.dirname, '..', '..', '..', '..', 'node_modules');
let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'polyreel-report-'));
  // So that the files under test find vitest.
  await symlink(modules, join(root, 'node_modules'));
});

afterAll(() => rm(root, { recursive: true, force: true }));

/** Runs a real vitest over the given files, as a workspace of `npm test` is run. */
async function resultOf(files: Record<string, string>) {
  const folder = `workspace-${Math.random().toString(36).slice(2)}`;
  await mkdir(join(root, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, folder, name), text);
  const vitest = join(modules, 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--root', join(root, folder), ...reportFlags];
  await run(process.execPath, args, { cwd: join(root, folder) }).catch(() => undefined);
  return collectReport({ root, folder, name: folder });
}

const head = "import { expect, it } from 'vitest';\n";

describe('the count of a workspace', { timeout: 120_000 }, () => {
  it('counts passed, failed, skipped and todo tests, and keeps the report', async () => {
    const result = await resultOf({
      'a.test.ts': `${head}it('a', () => expect(1).toBe(1)); it('b', () => expect(1).toBe(2)); it.skip('c', () => {}); it.todo('d');`,
    });
    expect(result).toMatchObject({ passed: 1, failed: 1, skipped: 2, faults: [] });
    expect(result.seconds).toBeGreaterThan(0);
    expect(await readFile(join(root, '.reports', `${result.name}.json`), 'utf8')).toContain('"numPassedTests":1');
  });

  it('counts a file that does not load as one failure', async () => {
    const result = await resultOf({
      'a.test.ts': "import './nothing.ts';\n",
      'b.test.ts': `${head}it('a', () => expect(1).toBe(1));`,
    });
    expect(result).toMatchObject({ passed: 1, failed: 1, skipped: 0 });
    expect(result.faults).toHaveLength(1);
  });

  it('counts an error outside every test as one failure', async () => {
    const result = await resultOf({
      'a.test.ts': `${head}it('a', () => { setImmediate(() => { throw new Error('late'); }); return new Promise((done) => setTimeout(done, 50)); });`,
    });
    expect(result).toMatchObject({ passed: 1, failed: 1, faults: ['late'] });
  });

  it('counts a workspace without tests, and one whose run died, as one failure', async () => {
    expect(await resultOf({})).toMatchObject({ passed: 0, failed: 1 });
    expect(await resultOf({ 'a.test.ts': `${head}it('a', () => process.kill(process.ppid, 'SIGKILL'));` })).toMatchObject({
      passed: 0,
      failed: 1,
    });
  });
});

it('adds counts up', () => {
  const counts = { passed: 1, failed: 2, skipped: 3 };
  expect(addCounts([counts, counts])).toEqual({ passed: 2, failed: 4, skipped: 6 });
});
