import { scaled } from '@polyreel/testkit/scale';
import { referenceCapabilities } from '@polyreel/testkit/surface-app';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApp, startApp } from '../start-app.ts';
import { runFuzz, tableOf, timesEachRow } from './run-fuzz.ts';
import { activeJobsMax, jobOf, keyHeaders, makeKinds, rows } from './vidgen-v2.ts';

let app: InProcessApp;
let full: InProcessApp;
beforeAll(async () => {
  app = await startApp({ env: { MAX_QUEUED_STEPS: '1000000', MAX_ACTIVE_JOBS_PER_ACCOUNT: String(activeJobsMax) } });
  full = await startApp({
    env: { MAX_QUEUED_STEPS: '1' },
    capabilities: referenceCapabilities.filter(({ task }) => /-video$|-frame$/.test(task) && task !== 'upscale-video'),
  });
});
afterAll(async () => {
  await app.stop();
  await full.stop();
});

it('answers any request as documented, every row of the table of errors among the answers', { timeout: 3_600_000 }, async () => {
  const met = await runFuzz({ app, rows, kinds: makeKinds(full), runs: scaled(5000), keyHeaders, jobOf });
  console.info(tableOf(met, rows));
  expect(rows.filter(({ name }) => (met.get(name) ?? 0) < timesEachRow).map(({ name }) => name)).toEqual([]);
});
