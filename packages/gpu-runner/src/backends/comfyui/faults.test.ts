import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { clipTask, type ComfyBench, openComfyBench, runOn, until } from '../../../test/comfyui-kit.ts';
import type { RunContext } from '../../runner.ts';

let bench: ComfyBench;
const fake = () => {
  const [only] = bench.fakes;
  if (!only) throw new Error('no server');
  return only;
};
const fail = (context?: Partial<RunContext>): Promise<unknown> =>
  bench.run(clipTask, context).then(
    () => 'a film',
    (error: unknown) => error,
  );

beforeEach(async () => {
  bench = await openComfyBench();
});
afterEach(() => bench?.close());

describe('a server that misbehaves', () => {
  it('tells of success before its history has it: the film is waited for', async () => {
    fake().faults.historyLagMs = 300;
    await expect(bench.run(clipTask)).resolves.toMatchObject({ mediaType: 'video/mp4' });
  });

  it('gives the events away with a stolen socket: the film comes all the same', async () => {
    let isStolen = false;
    fake().onPhase(async (phase) => {
      if (phase !== 'queued' || isStolen) return;
      isStolen = true;
      // A second connection under the same id, whose predecessor closes, gets nothing: neither does anybody else.
      const clientId = new URL(`http://x${fake().calls.find((call) => call.includes('/ws')) ?? ''}`).searchParams.get('clientId');
      const thief = new WebSocket(`${fake().url.replace('http', 'ws')}/ws?clientId=${clientId ?? 'unknown'}`);
      await new Promise((resolve) => thief.once('open', resolve));
      thief.terminate();
      await until(() => fake().socketCount() <= 1, 'the thief to go');
    });
    await expect(bench.run(clipTask)).resolves.toMatchObject({ mediaType: 'video/mp4' });
  });

  it('tells nothing through a stuck socket: the film comes all the same', async () => {
    fake().faults.isSocketStuck = true;
    await expect(bench.run(clipTask)).resolves.toMatchObject({ mediaType: 'video/mp4' });
  });

  it('takes a graph and drops an output of it: refused for good, and nothing is left running', async () => {
    fake().faults.nodeErrorsOnAccept = 1;
    expect(await fail()).toMatchObject({ code: 'backend_refused', permanent: true });
    await until(() => fake().load() === 0, 'the prompt to be gone');
  });

  it('loses the answer to a post: the prompt is found again, and not posted twice', async () => {
    fake().faults.lostPostAnswers = 1;
    await expect(bench.run(clipTask)).resolves.toMatchObject({ mediaType: 'video/mp4' });
    expect(fake().posts).toHaveLength(1);
  });

  it('is restarted in the middle: told as lost, and the next attempt makes the film', async () => {
    fake().onPhase(async (phase) => {
      if (phase !== 'sampling') return;
      fake().onPhase(null);
      await fake().restart();
    });
    expect(await fail()).toMatchObject({ code: 'backend_lost', permanent: false });
    await expect(bench.run(clipTask)).resolves.toMatchObject({ mediaType: 'video/mp4' });
  });

  it('answers from its cache: no two prompts of ours are equal, so no file of another is taken', async () => {
    const first = await bench.run(clipTask);
    const second = await bench.run(clipTask);
    expect(first.path).not.toBe(second.path);
    expect(await fake().outputs()).toHaveLength(2);
  });

  it('runs out of memory: its models are unloaded, and the next attempt makes the film', async () => {
    fake().faults.outOfMemory = 1;
    expect(await fail()).toMatchObject({ code: 'backend_out_of_memory', permanent: false });
    expect(fake().calls).toContain('POST /free');
    await expect(bench.run(clipTask)).resolves.toMatchObject({ mediaType: 'video/mp4' });
  });

  it('answers no JSON twice: asked again; for ever: told as unreadable', async () => {
    fake().onPhase((phase) => {
      if (phase === 'sampling') fake().faults.malformedAnswers = { pattern: /^\/api\/jobs\//, count: 2 };
    });
    await expect(bench.run(clipTask)).resolves.toMatchObject({ mediaType: 'video/mp4' });
    fake().onPhase((phase) => {
      if (phase === 'sampling') fake().faults.malformedAnswers = { pattern: /^\/api\/jobs\//, count: 1000 };
    });
    expect(await fail()).toMatchObject({ code: 'backend_bad_answer', permanent: false });
  });

  it('has a full disk: told so, and it is left alone for a while', async () => {
    fake().faults.diskFull = 1;
    expect(await fail()).toMatchObject({ code: 'backend_disk_full', permanent: false });
    const stop = new AbortController();
    const waiting = fail({ signal: stop.signal });
    stop.abort();
    expect(await waiting).toMatchObject({ code: 'aborted' });
    expect(fake().posts).toHaveLength(1);
  });

  it('breaks in a node: told as failed, without a word of its message', async () => {
    fake().faults.broken = 1;
    expect(await fail()).toMatchObject({
      code: 'backend_failed',
      permanent: false,
      publicMessage: 'The generation failed at the backend',
    });
  });

  it('takes work and does none, as after the death of its thread: told as stalled', async () => {
    fake().faults.isWorkerDead = true;
    expect(await fail()).toMatchObject({ code: 'backend_stalled', permanent: false });
    await until(() => fake().load() === 0, 'the prompt to be gone');
  });

  it('is not done by the deadline: the prompt is cancelled', async () => {
    fake().faults.isHanging = true;
    expect(await fail({ timeoutMs: 600 })).toMatchObject({ code: 'backend_timeout', permanent: false });
    await until(() => fake().load() === 0, 'the prompt to be gone');
  });

  it.each([
    ['makes half of the frames', () => (fake().faults.shortFilms = 1)],
    ['has lost the file', () => (fake().faults.lostFiles = 1)],
  ])('%s: told as bad output, which the next attempt does not find again', async (_, breakIt) => {
    breakIt();
    expect(await fail({ runNames: ['stp_1/1'] })).toMatchObject({ code: 'backend_bad_output', permanent: false });
    const again = await bench.run(clipTask, { runNames: ['stp_1/2', 'stp_1/1'] });
    expect(again.mediaType).toBe('video/mp4');
    expect(fake().posts).toHaveLength(2);
  });

  it('loses a model file between two looks: told as misconfigured, not as the request’s fault', async () => {
    const models: Record<string, readonly string[]> = { vae: ['wan_2.1_vae.safetensors'] };
    const { productionModels } = await import('@polyreel/testkit/comfyui');
    const changing = { ...productionModels, ...models };
    const other = await openComfyBench({ fakes: [{ models: changing }] });
    try {
      changing.vae = [];
      await expect(other.run(clipTask)).rejects.toMatchObject({ code: 'backend_misconfigured', permanent: false });
    } finally {
      await other.close();
    }
  });

  it('stops somebody’s prompt at somebody else’s wish: told as interrupted', async () => {
    fake().onPhase(async (phase) => {
      if (phase === 'sampling') await fetch(`${fake().url}/interrupt`, { method: 'POST', body: '{}' });
    });
    expect(await fail()).toMatchObject({ code: 'backend_interrupted', permanent: false });
  });
});

describe('a cancelled run', () => {
  it.each(['0.33.0', '0.20.1', '0.8.0'])('frees a server of version %s, and touches no prompt of others', async (version) => {
    const own = await openComfyBench({ fakes: [{ version }] });
    const [server] = own.fakes;
    try {
      if (!server) throw new Error('no server');
      server.faults.isHanging = true;
      const stop = new AbortController();
      const run = runOn(own.runner, own.folder, clipTask, { signal: stop.signal });
      await until(() => server.runningId() !== null, 'the prompt to run');
      await until(() => server.calls.some((call) => call.startsWith('GET /api/jobs')), 'a look');
      stop.abort();
      await expect(run).rejects.toMatchObject({ code: 'aborted' });
      await until(() => server.load() === 0, 'the server to be free');
      expect(server.calls.filter((call) => call === 'POST /interrupt').length).toBe(version === '0.33.0' ? 0 : 1);
    } finally {
      await own.close();
    }
  });
});
