import { randomUUID } from 'node:crypto';
import { fakePhases } from '@polyreel/testkit/comfyui';
import { scaled } from '@polyreel/testkit/scale';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clipTask, type ComfyBench, openComfyBench, runOn, until } from '../../../test/comfyui-kit.ts';
import type { RunContext } from '../../runner.ts';
import type { ComfyRunner } from './index.ts';

let bench: ComfyBench;
const fake = () => {
  const [only] = bench.fakes;
  if (!only) throw new Error('no server');
  return only;
};
beforeEach(async () => {
  bench = await openComfyBench();
});
afterEach(() => bench?.close());

/** As the worker does: up to three attempts, each under a name of its own. */
async function attempts(task: Parameters<ComfyBench['run']>[0], context: Partial<RunContext> = {}) {
  const step = randomUUID();
  const names: string[] = [];
  const codes: unknown[] = [];
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    names.unshift(`${step}/${attempt}`);
    const made = await bench.run(task, { ...context, runNames: [...names] }).catch((error: unknown) => error);
    if (!(made instanceof Error)) return { made, attempt, codes };
    codes.push('code' in made ? made.code : made.message);
  }
  return { made: null, attempt: 3, codes };
}

describe('a server that dies', () => {
  // At full scale twenty times over all phases.
  const phases = Array.from(
    { length: scaled(20) },
    (_, at) => fakePhases[(at * 2 + Math.floor((at * 2) / fakePhases.length)) % fakePhases.length] ?? 'sampling',
  );
  it.each(phases.map((phase, at) => ({ phase, at })))(
    'in the phase $phase ($at): the film is made once it is back, within the attempts of a step',
    async ({ phase }) => {
      let isKilled = false;
      fake().onPhase(async (now) => {
        if (now !== phase || isKilled) return;
        isKilled = true;
        await fake().kill();
        void fake().restart();
      });
      const { made, codes } = await attempts(clipTask);
      expect(isKilled).toBe(true);
      expect(made, codes.join(', ')).toMatchObject({ mediaType: 'video/mp4' });
      // One attempt was lost at most, and none ran beside another.
      expect(codes.length).toBeLessThanOrEqual(1);
      expect(fake().posts.length).toBeLessThanOrEqual(2);
      await until(() => fake().load() === 0, 'the server to be free');
    },
  );

  it('still counts as able, and takes the next task once it is back', async () => {
    await fake().kill();
    await expect(bench.run(clipTask, { signal: AbortSignal.timeout(500) })).rejects.toMatchObject({ code: 'aborted' });
    expect(bench.runner.tasks).toContain('text-to-video');
    const waiting = bench.run(clipTask);
    await fake().restart();
    await expect(waiting).resolves.toMatchObject({ mediaType: 'video/mp4' });
  });

  it('is forgotten after the time for which it counts, and a task that finds nobody is told so', async () => {
    const own = await bench.openRunner({ times: { rememberedMs: 200, waitMs: 300, lookMs: 50 } });
    await fake().kill();
    await until(() => own.tasks.size === 0, 'the server to be forgotten');
    await expect(runOn(own, bench.folder, clipTask)).rejects.toMatchObject({ code: 'backend_unavailable', permanent: false });
  });
});

describe('a worker that dies', () => {
  /** A run that is given up in the middle, as by a process that is killed: the prompt goes on. */
  async function abandon(runner: ComfyRunner, runNames: readonly string[]): Promise<void> {
    const crash = new AbortController();
    const run = runOn(runner, bench.folder, clipTask, { runNames, signal: crash.signal, isHandedOver: () => true });
    await until(() => fake().runningId() !== null, 'the prompt to run');
    crash.abort();
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
  }

  it('leaves its prompt running, and the next attempt goes on with it', async () => {
    fake().faults.isHanging = true;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    fake().onPhase((phase) => {
      if (phase !== 'sampling') return;
      fake().faults.isHanging = false;
      return held;
    });
    await abandon(bench.runner, ['stp_1/1']);
    const other = await bench.openRunner();
    const next = runOn(other, bench.folder, clipTask, { runNames: ['stp_1/2', 'stp_1/1'] });
    release();
    await expect(next).resolves.toMatchObject({ mediaType: 'video/mp4' });
    expect(fake().posts).toHaveLength(1);
  });

  it('leaves a prompt that ends before anybody asks: its film is taken, not made again', async () => {
    fake().onPhase(() => new Promise((resolve) => setImmediate(resolve)));
    await abandon(bench.runner, ['stp_2/1']);
    await until(() => fake().load() === 0, 'the prompt to end');
    const other = await bench.openRunner();
    await expect(runOn(other, bench.folder, clipTask, { runNames: ['stp_2/1'] })).resolves.toBeDefined();
    expect(fake().posts).toHaveLength(1);
  });

  it('leaves a prompt that then fails: the next attempt posts a new one', async () => {
    fake().onPhase((phase) => {
      if (phase === 'sampling') fake().faults.broken = 1;
    });
    await abandon(bench.runner, ['stp_3/1']);
    await until(() => fake().load() === 0, 'the prompt to end');
    fake().onPhase(null);
    const next = await runOn(bench.runner, bench.folder, clipTask, { runNames: ['stp_3/1'] });
    expect(next.mediaType).toBe('video/mp4');
    expect(fake().posts).toHaveLength(2);
  });
});
