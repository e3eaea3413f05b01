import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type RefineTask, StepError } from '@polyreel/core';
import { probe } from '@polyreel/media';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunContext, RunResult } from '../runner.ts';
import { filesBelow, refusal } from './attempts.ts';
import { childProcesses, hashFrames, readFilmFacts } from './film-facts.ts';
import { type GetTarget, PATIENCE_MS } from './target.ts';

/** Everything that the contract says about films made from films, for one kind of task. */
export const refineCases = (type: RefineTask['type'], target: GetTarget): void => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyreel-refine-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const taskOf = async (): Promise<RefineTask> => {
    const { inputs, tools } = target();
    if (inputs.video === undefined) throw new Error('the target has no video');
    const { video } = await probe(tools, inputs.video, {
      kind: 'mp4',
      signal: AbortSignal.timeout(PATIENCE_MS),
      countsFrames: true,
    });
    if (!video?.frameRate || video.frameCount === null) throw new Error('the video of the target cannot be counted');
    const { width, height, frameRate, frameCount } = video;
    const given = { type, model: 'reference', canvas: { width, height }, frameRate, frameCount };
    if (type === 'upscale-video') return { ...given, canvas: { width: width * 2, height: height * 2 } };
    if (type === 'cut-out-video') return given;
    return { ...given, frameCount: frameCount * 2, frameRate: { ...frameRate, numerator: frameRate.numerator * 2 } };
  };
  const run = async (context: Partial<RunContext> = {}, change: { canvas?: RefineTask['canvas'] } = {}): Promise<RunResult> => {
    const scratchDir = await mkdtemp(join(folder, 'run-'));
    const { runner, inputs } = target();
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return runner.run(
      { ...(await taskOf()), ...change },
      { inputs, scratchDir, signal, onProgress: () => undefined, ...context },
    );
  };

  it('has exactly its frames, size and rate, in its one format; equal inputs give equal frames', async () => {
    const ratios: number[] = [];
    const task = await taskOf();
    const { path, mediaType } = await run({ onProgress: (ratio) => ratios.push(ratio) });
    expect(dirname(path).startsWith(folder)).toBe(true);
    const facts = await readFilmFacts(target().tools, path);
    expect(facts).toMatchObject({ streamCount: 1, ...task.canvas });
    expect(facts.times).toHaveLength(task.frameCount);
    const { numerator, denominator } = task.frameRate;
    if (type === 'cut-out-video') {
      expect([mediaType, facts.codec]).toEqual(['video/webm', 'vp9']);
      // WebM counts milliseconds.
      expect(facts.times).toEqual(facts.times.map((_, index) => Math.round((index * denominator * 1000) / numerator)));
    } else {
      expect([mediaType, facts.codec, facts.profile, facts.pixelFormat]).toEqual(['video/mp4', 'h264', 'High', 'yuv420p']);
      expect(facts.colours).toEqual(['bt709', 'bt709', 'bt709', 'tv']);
      const [, ticks = 0] = facts.timeBase.split('/').map(Number);
      expect(facts.times).toEqual(facts.times.map((_, index) => (index * ticks * denominator) / numerator));
    }
    expect(ratios.length).toBeGreaterThan(1);
    expect(ratios).toEqual(ratios.toSorted((a, b) => a - b));
    expect(ratios.at(-1)).toBe(1);
    const frames = await hashFrames(target().tools, path);
    expect(frames).toHaveLength(task.frameCount);
    expect(await hashFrames(target().tools, (await run()).path)).toEqual(frames);
  });

  it('stops when it is told to, in the middle or before, and leaves no process and no film', async () => {
    const before = await childProcesses();
    const stop = new AbortController();
    const onProgress = (ratio: number): void => {
      if (ratio > 0) stop.abort();
    };
    const error = await refusal(run({ signal: stop.signal, onProgress }));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ code: 'aborted' });
    const early = await refusal(run({ signal: AbortSignal.abort() }));
    expect(early).toBeInstanceOf(StepError);
    expect(early).toMatchObject({ code: 'aborted' });
    expect(await childProcesses()).toEqual(before);
    expect(await filesBelow(folder)).toEqual([]);
  });

  it('is refused for good without a video, and at a size that no film can have', async () => {
    const error = await refusal(run({ inputs: {} }));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ permanent: true });
    const odd = await refusal(run({}, { canvas: { width: 401, height: 301 } }));
    expect(odd).toBeInstanceOf(StepError);
    expect(odd).toMatchObject({ permanent: true });
    expect(await filesBelow(folder)).toEqual([]);
  });
};
