import { readFile } from 'node:fs/promises';
import type { RunnerTask } from '@polyreel/core';
import { probe } from '@polyreel/media';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ComfyRunner, createComfyRunner } from '../../src/backends/comfyui/index.ts';
import { testTools } from '../../src/backends/tool/test-kit.ts';
import { type Lane, openLane } from './lane.ts';
import { createJobDesk, expectIdle, filmsOf, makeLaneInputs, patienceMs } from './lane-jobs.ts';

const tags = 'slow harp over waves';

describe('music, alone on one real server', () => {
  let lane: Lane;
  let runner: ComfyRunner;
  beforeAll(async () => {
    lane = await openLane(1, { hasPlaceholders: false });
    runner = createComfyRunner({
      ...{ ...testTools, headers: {}, quality: 'fast', warmsUp: false },
      urls: lane.servers.map(({ url }) => url),
    });
    await runner.examine(AbortSignal.timeout(60_000));
  });
  afterAll(async () => {
    await runner?.close();
    await lane?.close();
  });

  it('is exactly as long as was asked, made once, and names nothing of the words', async () => {
    const desk = createJobDesk({ lane, runner, inputs: await makeLaneInputs(lane) });
    const task: RunnerTask = {
      ...{ type: 'music', model: 'ace-step', tags, lyrics: '', bpm: 85, keyscale: 'Eb minor', durationSeconds: 1, seed: 1 },
    };
    for (const seed of [1, 2]) {
      const job = await desk.work({ ...task, seed });
      const { audio, durationSeconds } = await probe(testTools, job.path, { signal: AbortSignal.timeout(patienceMs) });
      expect(durationSeconds).toBe(1);
      expect(audio).toMatchObject({ channels: 2, sampleRate: 48_000 });
      expect(job.failures).toEqual([]);
      expect(await filmsOf(lane, job)).toHaveLength(1);
      const bytes = await readFile(job.path);
      expect(bytes.includes(tags)).toBe(false);
      expect(
        bytes.subarray(44).some((byte) => byte !== 0),
        'something is to be heard',
      ).toBe(true);
      await expectIdle(lane);
      console.log(`music of 1 s: ${job.seconds.toFixed(0)} s`);
    }
  });
});
