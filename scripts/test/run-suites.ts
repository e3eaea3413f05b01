import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestPostgres } from '@polyreel/testkit/postgres';
import { addCounts, type Counts, collectReport, dropReport, reportFlags, type WorkspaceResult } from '@polyreel/testkit/report';
import { z } from 'zod';
import { binDir, root } from '../setup/paths.mjs';
import { appendLongRow } from './long-row.ts';
import { runTool } from './run-tool.ts';

const turbo = join(binDir, 'turbo');
// Two workspaces at a time: while one waits for a lease to lapse, the other has the cores. The two longest begin, which `turbo.json` says
// as a dependency; `--only` keeps it from bringing a workspace in that was not chosen.
const turboFlags = ['--concurrency=2', '--continue=always', '--env-mode=loose', '--log-order=grouped', '--log-prefix=none'];

/** Names after the flags choose workspaces, e.g. `npm run test:long -- queue db`; without any all are run, and the checks before them. */
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const startedAt = Date.now();
const checks = chosen.length === 0 ? await runChecks() : [];
const workspaces = await runWorkspaces();
const counts = addCounts([...checks, ...workspaces]);
printTable(checks, workspaces);
if (process.argv.includes('--long')) await appendLongRow({ root, chosen, counts, seconds: (Date.now() - startedAt) / 1000 });
process.send?.(counts);

interface Check extends Counts {
  readonly name: string;
  readonly seconds: number;
}

async function runChecks(): Promise<Check[]> {
  const house = ['--disable-warning=ExperimentalWarning', join(root, 'scripts', 'lint-house-rules.ts')];
  return [
    await check('biome', join(binDir, 'biome'), ['lint', '.']),
    await check('house rules', process.execPath, house),
    // The whole tree at once: each package for itself would read the others again and again.
    await check('types', join(binDir, 'tsc'), ['-p', '.']),
  ];
}

async function check(name: string, command: string, args: readonly string[]): Promise<Check> {
  const from = Date.now();
  const isGood = await runTool(command, args);
  return { name, seconds: (Date.now() - from) / 1000, passed: 0, failed: isGood ? 0 : 1, skipped: 0 };
}

async function runWorkspaces(): Promise<WorkspaceResult[]> {
  const all = await listWorkspaces();
  const unknown = chosen.filter((name) => !all.some((workspace) => workspace.name === name));
  if (unknown.length > 0) throw new Error(`No such workspace: ${unknown.join(', ')}`);
  const workspaces = all.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
  const filters = chosen.length === 0 ? [] : ['--only', ...chosen.map((name) => `--filter=@polyreel/${name}`)];
  for (const { folder } of workspaces) await dropReport({ root, folder });
  await rm(join(root, '.reports'), { recursive: true, force: true });
  const postgres = await startTestPostgres();
  try {
    await runTool(turbo, ['run', 'test', ...turboFlags, ...filters, '--', ...reportFlags], {
      ...process.env,
      TEST_DATABASE_URL: postgres.url,
    });
  } finally {
    await postgres.stop();
  }
  const results: WorkspaceResult[] = [];
  for (const { folder, name } of workspaces) results.push(await collectReport({ root, folder, name }));
  return results;
}

/** Every workspace, whether it has tests or not: one without any is a fault, never a silence. */
async function listWorkspaces(): Promise<{ folder: string; name: string }[]> {
  const manifest = z.object({ name: z.string() });
  const found: { folder: string; name: string }[] = [];
  for (const group of ['packages', 'apps']) {
    for (const entry of (await readdir(join(root, group))).sort()) {
      const text = await readFile(join(root, group, entry, 'package.json'), 'utf8').catch(() => undefined);
      if (text !== undefined)
        found.push({ folder: `${group}/${entry}`, name: manifest.parse(JSON.parse(text)).name.replace('@polyreel/', '') });
    }
  }
  return found;
}

function printTable(checks: readonly Check[], workspaces: readonly WorkspaceResult[]): void {
  console.log(
    `\n${'workspace'.padEnd(14)} ${'seconds'.padStart(8)} ${'passed'.padStart(7)} ${'failed'.padStart(7)} ${'skipped'.padStart(8)}`,
  );
  for (const row of [...checks, ...workspaces]) {
    const seconds = row.seconds === null ? '-' : row.seconds.toFixed(1);
    console.log(
      `${row.name.padEnd(14)} ${seconds.padStart(8)} ${String(row.passed).padStart(7)} ${String(row.failed).padStart(7)} ${String(row.skipped).padStart(8)}`,
    );
  }
  for (const { name, faults } of workspaces) for (const fault of faults) console.log(`${name}: ${fault}`);
  console.log('');
}
