import { scaled } from '@polyreel/testkit/scale';
import { createTestMedia, type TestMedia } from '@polyreel/testkit/surface-app';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApp, startApp } from '../start-app.ts';
import { runFuzz, tableOf, timesEachRow } from './run-fuzz.ts';
import { jobOf, keyHeaders, limits, makeKinds, prices, rows } from './vividflow.ts';

let app: InProcessApp;
let full: InProcessApp;
let media: TestMedia;
beforeAll(async () => {
  media = await createTestMedia();
  const env = {
    MAX_ACTIVE_JOBS_PER_ACCOUNT: String(limits.activeJobs),
    VIVIDFLOW_MONTHLY_CREDITS: String(limits.credits),
    VIVIDFLOW_PRICES: prices,
    VIVIDFLOW_MAX_IMAGE_BYTES: String(limits.imageBytes),
  };
  app = await startApp({ env: { ...env, MAX_QUEUED_STEPS: '1000000' } });
  full = await startApp({ env: { ...env, MAX_QUEUED_STEPS: '1' } });
});
afterAll(async () => {
  await app.stop();
  await full.stop();
  await media.close();
});

it('answers any request as documented, every row of the table of errors among the answers', { timeout: 3_600_000 }, async () => {
  const met = await runFuzz({ app, rows, kinds: await makeKinds(media, full), runs: scaled(5000), keyHeaders, jobOf });
  console.info(tableOf(met, rows));
  expect(rows.filter(({ name }) => (met.get(name) ?? 0) < timesEachRow).map(({ name }) => name)).toEqual([]);
});
