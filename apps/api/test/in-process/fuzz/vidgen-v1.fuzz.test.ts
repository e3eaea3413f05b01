import { scaled } from '@polyreel/testkit/scale';
import { createTestMedia, type TestMedia } from '@polyreel/testkit/surface-app';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApp, startApp } from '../start-app.ts';
import { runFuzz, tableOf, timesEachRow } from './run-fuzz.ts';
import { audioSecondsMax, jobOf, keyHeaders, makeKinds, rows } from './vidgen-v1.ts';

let app: InProcessApp;
let full: InProcessApp;
let media: TestMedia;
beforeAll(async () => {
  media = await createTestMedia();
  app = await startApp({
    env: {
      MAX_QUEUED_STEPS: '1000000',
      MAX_ACTIVE_JOBS_PER_ACCOUNT: '1',
      VIDGEN_V1_MAX_AUDIO_SECONDS: `${audioSecondsMax}s`,
    },
  });
  full = await startApp({ env: { MAX_QUEUED_STEPS: '1' } });
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
