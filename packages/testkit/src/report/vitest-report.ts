import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { endReport } from './end-reporter.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface WorkspaceResult extends Counts {
  readonly name: string;
  /** From the start of vitest to the end of its report; null: no report was written. */
  readonly seconds: number | null;
  /** What no single test can be blamed for: a file that does not load, an error outside every test, no report. */
  readonly faults: readonly string[];
}

const reportSchema = z.object({
  startTime: z.number(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});
const endSchema = z.object({ reason: z.enum(['passed', 'failed', 'interrupted']), errors: z.array(z.string()) });

/** Where vitest's own JSON report goes, relative to the workspace; git ignores it. */
const jsonReport = '.reports/vitest.json';

/** What a workspace's vitest must be told so that `collectReport` can count it. */
export const reportFlags: readonly string[] = [
  '--reporter=default',
  '--reporter=json',
  `--reporter=${join(import.meta.dirname, 'end-reporter.ts')}`,
  `--outputFile.json=${jsonReport}`,
];

/** Removes what an earlier run left, so that a crash cannot be counted by an old report. */
export async function dropReport({ root, folder }: { root: string; folder: string }): Promise<void> {
  await rm(join(root, folder, jsonReport), { force: true });
  await rm(join(root, folder, endReport), { force: true });
}

/**
 * Moves a workspace's report to `.reports/<name>.json` of the repository and counts it. A file that failed without a failed
 * test, an error outside every test, and a run that wrote nothing count as one failure each.
 */
export async function collectReport({
  root,
  folder,
  name,
}: {
  root: string;
  folder: string;
  name: string;
}): Promise<WorkspaceResult> {
  const written = join(root, folder, jsonReport);
  const end = await readFile(join(root, folder, endReport), 'utf8').catch(() => undefined);
  const text = await readFile(written, 'utf8').catch(() => undefined);
  if (text === undefined || end === undefined) {
    return {
      name,
      seconds: null,
      passed: 0,
      failed: 1,
      skipped: 0,
      faults: ['vitest wrote no report: it found no tests or crashed'],
    };
  }
  const endedAt = (await stat(written)).mtimeMs;
  await mkdir(join(root, '.reports'), { recursive: true });
  await rename(written, join(root, '.reports', `${name}.json`));
  await dropReport({ root, folder });
  const report = reportSchema.parse(JSON.parse(text));
  const faults = findFaults(report, endSchema.parse(JSON.parse(end)));
  return {
    name,
    seconds: (endedAt - report.startTime) / 1000,
    passed: report.numPassedTests,
    failed: report.numFailedTests + faults.length,
    skipped: report.numPendingTests + report.numTodoTests,
    faults,
  };
}

function findFaults(report: z.infer<typeof reportSchema>, end: z.infer<typeof endSchema>): string[] {
  const faults = report.testResults
    .filter((file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'))
    .map((file) => `${file.name}: ${file.message.split('\n')[0]}`);
  faults.push(...end.errors);
  if (report.numPassedTests + report.numFailedTests + report.numPendingTests + report.numTodoTests + faults.length === 0) {
    faults.push('no test ran');
  }
  if (end.reason !== 'passed' && report.numFailedTests + faults.length === 0) faults.push(`the run ${end.reason}`);
  return faults;
}

export function addCounts(all: readonly Counts[]): Counts {
  const sum = (pick: (counts: Counts) => number) => all.reduce((total, counts) => total + pick(counts), 0);
  return { passed: sum((item) => item.passed), failed: sum((item) => item.failed), skipped: sum((item) => item.skipped) };
}
