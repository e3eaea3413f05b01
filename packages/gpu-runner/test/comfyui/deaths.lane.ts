import { setTimeout as sleep } from 'node:timers/promises';
import type { RunnerTask } from '@polyreel/core';
import { scaled } from '@polyreel/testkit/scale';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ComfyRunner, createComfyRunner } from '../../src/backends/comfyui/index.ts';
import { testTools } from '../../src/backends/tool/test-kit.ts';
import { type Lane, httpOf, openLane } from './lane.ts';
import { clip, createJobDesk, type EndedJob, expectAsAsked, expectIdle, filmsOf, isBusy, makeLaneInputs } from './lane-jobs.ts';
import { moments, type Moment, someMoments, watchFor } from './moments.ts';

let lane: Lane;
let runner: ComfyRunner;
let desk: ReturnType<typeof createJobDesk>;

beforeAll(async () => {
  lane = await openLane(2, { hasPlaceholders: false });
  const inputs = await makeLaneInputs(lane);
  // Twenty steps: long enough to be met in the middle.
  const settings = { ...testTools, headers: {}, quality: 'best', warmsUp: false } as const;
  runner = createComfyRunner({ ...settings, urls: lane.servers.map(({ url }) => url) });
  desk = createJobDesk({ lane, runner, inputs });
});
afterAll(async () => {
  await runner?.close();
  await lane?.close();
});

/** Nothing is loaded and nothing is remembered, so that every phase comes again; and the runner knows that both are there. */
async function settle(): Promise<void> {
  for (const server of lane.servers) await httpOf(server).free(AbortSignal.timeout(60_000));
  await sleep(1000);
  await runner.examine(AbortSignal.timeout(60_000));
}

const film = (type: Moment['type'], seed: number): RunnerTask => ({ type, ...clip, seed });

describe('films of two real servers of which one is killed', () => {
  it.each(someMoments(scaled(20)).map((moment, at) => ({ at, moment, name: moment.name })))(
    'all end, none twice and none lost ($at: $name)',
    async ({ at, moment }) => {
      await settle();
      const index = at % lane.servers.length;
      const victim = lane.servers[index];
      if (victim === undefined) throw new Error('no server');
      const begun = performance.now();
      const watch = watchFor(moment, lane, index);
      const ended = new Map<EndedJob, number>();
      const work = [0, 1, 2].map(async (one) => {
        const job = await desk.work(film(moment.type, 1000 + at * 10 + one));
        ended.set(job, Date.now());
        return job;
      });
      const all = Promise.all(work);
      const met = await Promise.race([watch.reached, all.then(() => null)]);
      watch.stop();
      await victim.kill();
      const killedAt = Date.now();
      expect(met, 'the moment came').not.toBeNull();
      await victim.restart();
      const jobs = await all;
      const seconds = (performance.now() - begun) / 1000;
      console.log(`${moment.name}: ${jobs.map(({ attempts }) => attempts).join(', ')} attempts, ${seconds.toFixed(0)} s; ${met}`);
      for (const job of jobs) {
        await expectAsAsked(job);
        expect(job.attempts, 'one attempt more for one death').toBeLessThanOrEqual(2);
        const films = await filmsOf(lane, job);
        const isSpent = ({ server, writtenAtMs }: (typeof films)[number]) => server === index && writtenAtMs <= killedAt;
        expect(films.filter((one) => !isSpent(one)).length, 'films that nothing destroyed').toBeLessThanOrEqual(1);
        expect(films.filter(isSpent).length, 'films that died with the server').toBeLessThanOrEqual(1);
        // Who had his film before the death is not made another.
        if ((ended.get(job) ?? Number.POSITIVE_INFINITY) < killedAt) expect(films).toHaveLength(1);
        else expect(films.length).toBeGreaterThanOrEqual(1);
      }
      await expectIdle(lane);
    },
  );
});

describe('a cancelled film', () => {
  const told = [
    'taken on',
    'text encoder',
    'first expert, 0 %',
    'first expert, 40 %',
    'second expert, 40 %',
    'both experts done',
  ];
  const chosen = moments.filter(({ name }) => told.includes(name));
  it.each(chosen.map((moment, at) => ({ at, moment, name: moment.name })))(
    'frees its server within three seconds ($name)',
    async ({ at, moment }) => {
      await settle();
      const stop = new AbortController();
      const watches = lane.servers.map((_, server) => watchFor(moment, lane, server));
      const made = desk.run(film(moment.type, 5000 + at), { signal: stop.signal }).catch((error: unknown) => error);
      const met = await Promise.race([...watches.map(({ reached }) => reached), made.then(() => null)]);
      for (const watch of watches) watch.stop();
      expect(met, 'the moment came').not.toBeNull();
      const begun = performance.now();
      stop.abort();
      expect(await made).toMatchObject({ code: 'aborted' });
      while ((await Promise.all(lane.servers.map(({ url }) => isBusy(url)))).some(Boolean)) await sleep(20);
      const seconds = (performance.now() - begun) / 1000;
      console.log(`cancelled, ${moment.name}: free after ${seconds.toFixed(2)} s; ${met}`);
      expect(seconds).toBeLessThan(3);
    },
  );
});
