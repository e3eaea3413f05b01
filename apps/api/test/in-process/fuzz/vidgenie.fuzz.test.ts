import { scaled } from '@polyreel/testkit/scale';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApp, startApp } from '../start-app.ts';
import { runFuzz, tableOf, timesEachRow } from './run-fuzz.ts';
import { jobOf, keyHeaders, kinds, rows } from './vidgenie.ts';

let app: InProcessApp;
beforeAll(async () => {
  app = await startApp({ env: { MAX_QUEUED_STEPS: '1000000', MAX_ACTIVE_JOBS_PER_ACCOUNT: '1000000' } });
});
afterAll(() => app.stop());

it('answers any request as documented, every row of the table of errors among the answers', { timeout: 3_600_000 }, async () => {
  const met = await runFuzz({ app, rows, kinds, runs: scaled(3000), keyHeaders, jobOf });
  console.info(tableOf(met, rows));
  expect(rows.filter(({ name }) => (met.get(name) ?? 0) < timesEachRow).map(({ name }) => name)).toEqual([]);
});
