import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Reporter } from 'vitest/node';

/** Where it writes, relative to the workspace. */
export const endReport = '.reports/end.json';

/** A vitest reporter for what its JSON report leaves out: errors outside every test. Written last, so its absence means a crash. */
export default class EndReporter implements Reporter {
  onTestRunEnd(_modules: unknown, unhandledErrors: readonly { message: string }[], reason: string): void {
    const file = resolve(endReport);
    mkdirSync(dirname(file), { recursive: true });
    const errors = unhandledErrors.map(({ message }) => message.split('\n')[0] ?? '');
    writeFileSync(file, JSON.stringify({ reason, errors }));
  }
}
