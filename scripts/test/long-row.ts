import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Counts } from '@polyreel/testkit/report';

const head = `# Runs at full scale

One row a run of \`npm run test:long\`: the same tests at TEST_SCALE=1. \`npm run test:long -- queue db\` runs those workspaces alone.

| date | commit | workspaces | passed | failed | skipped | seconds |
| --- | --- | --- | --- | --- | --- | --- |
`;

export async function appendLongRow(run: {
  root: string;
  /** Empty: all. */
  chosen: readonly string[];
  counts: Counts;
  seconds: number;
}): Promise<void> {
  const { root, chosen, counts, seconds } = run;
  const file = join(root, 'bench', 'LONG.md');
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' }).trim();
  const date = new Date().toISOString().slice(0, 16).replace('T', ' ');
  await mkdir(join(root, 'bench'), { recursive: true });
  const known = await readFile(file, 'utf8').catch(() => head);
  const row = `| ${date} | ${commit} | ${chosen.join(' ') || 'all'} | ${counts.passed} | ${counts.failed} | ${counts.skipped} | ${Math.round(seconds)} |\n`;
  await writeFile(file, insertRow(known, row));
}

/** Below the table's last row; what is said of the runs stands after it. */
const insertRow = (page: string, row: string): string => {
  const end = page.indexOf('\n', page.lastIndexOf('\n|') + 1) + 1;
  return page.slice(0, end) + row + page.slice(end);
};
