import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FilmTask, type FilmTaskType, StepError } from '@polyreel/core';
import { runProcess } from '@polyreel/media';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunContext, RunResult } from '../runner.ts';
import { filesBelow, refusal } from './attempts.ts';
import { childProcesses, hashFrames, readFilmFacts } from './film-facts.ts';
import { type ClipSize, filmTask, type GetTarget, neededInputs, PATIENCE_MS } from './target.ts';

/** Everything that the contract says about films, for one kind of task. */
export const filmCases = (type: FilmTaskType, target: GetTarget, sizes: readonly ClipSize[]): void => {
  const [usual] = sizes;
  if (usual === undefined) throw new RangeError('the suite needs at least one size');
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyreel-runner-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = async (task: FilmTask, context: Partial<RunContext> = {}): Promise<RunResult> => {
    const scratchDir = await mkdtemp(join(folder, 'run-'));
    const { runner, inputs } = target();
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return runner.run(task, { inputs, scratchDir, signal, onProgress: () => undefined, ...context });
  };

  describe.each(sizes)(
    '$frameCount frames of $canvas.width x $canvas.height at $frameRate.numerator/$frameRate.denominator',
    (size) => {
      it('are exactly that, in constant time, in the one format that joins by copy', async () => {
        const { path, mediaType } = await run(filmTask(type, size));
        expect(mediaType).toBe('video/mp4');
        expect(dirname(path).startsWith(folder)).toBe(true);
        const facts = await readFilmFacts(target().tools, path);
        expect(facts).toMatchObject({ codec: 'h264', profile: 'High', pixelFormat: 'yuv420p', streamCount: 1, ...size.canvas });
        expect(facts.colours).toEqual(['bt709', 'bt709', 'bt709', 'tv']);
        expect(facts.times).toHaveLength(size.frameCount);
        const ticks = ticksOfFrame(facts.timeBase, size.frameRate);
        expect(Number.isInteger(ticks)).toBe(true);
        expect(facts.times).toEqual(facts.times.map((_, index) => index * ticks));
        const group = Math.max(1, Math.round(size.frameRate.numerator / size.frameRate.denominator));
        expect(facts.keyFrames).toEqual(facts.times.flatMap((_, index) => (index % group === 0 ? [index] : [])));
      });
    },
  );

  it('are equal for equal seeds', async () => {
    const once = await hashFrames(target().tools, (await run(filmTask(type, usual, 5))).path);
    const again = await hashFrames(target().tools, (await run(filmTask(type, usual, 5))).path);
    expect(once).toHaveLength(usual.frameCount);
    expect(again).toEqual(once);
  });

  it('of two runs join by copy', async () => {
    const clips = [await run(filmTask(type, usual, 1)), await run(filmTask(type, usual, 2))];
    const list = join(folder, 'list.txt');
    await writeFile(list, clips.map(({ path }) => `file '${path}'\n`).join(''));
    const joined = join(folder, 'joined.mp4');
    const args = ['-loglevel', 'error', '-nostdin', '-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', joined];
    await runProcess({ command: target().tools.ffmpegPath, args, signal: AbortSignal.timeout(60_000), timeoutMs: 60_000 });
    const parts = await Promise.all(clips.map(({ path }) => hashFrames(target().tools, path)));
    expect(await hashFrames(target().tools, joined)).toEqual(parts.flat());
  });

  it('report progress that rises to 1 and never falls', async () => {
    const ratios: number[] = [];
    await run(filmTask(type, usual), { onProgress: (ratio) => ratios.push(ratio) });
    expect(ratios.length).toBeGreaterThan(1);
    expect(ratios).toEqual(ratios.toSorted((a, b) => a - b));
    expect(ratios[0]).toBeGreaterThanOrEqual(0);
    expect(ratios.at(-1)).toBe(1);
  });

  it('stop when they are told to, in the middle, and leave no process and no film', async () => {
    const before = await childProcesses();
    const stop = new AbortController();
    const onProgress = (ratio: number): void => {
      if (ratio > 0) stop.abort();
    };
    const long = { ...filmTask(type, usual), frameCount: type === 'talking-head' ? usual.frameCount : 2000 };
    const error = await refusal(run(long, { signal: stop.signal, onProgress }));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ code: 'aborted' });
    expect(await childProcesses()).toEqual(before);
    expect(await filesBelow(folder)).not.toContainEqual(expect.stringMatching(/\.mp4$/));
  });

  it('do not start when they are told to stop before', async () => {
    const error = await refusal(run(filmTask(type, usual), { signal: AbortSignal.abort() }));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ code: 'aborted' });
  });

  it('refuse for good a canvas that H.264 cannot carry', async () => {
    const error = await refusal(run(filmTask(type, { ...usual, canvas: { width: 65, height: 64 } })));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ permanent: true });
    expect(await filesBelow(folder)).toEqual([]);
  });

  it.each(neededInputs[type].map((role) => [role]))('refuse for good to be made without their %s', async (role) => {
    const { [role]: _, ...inputs } = target().inputs;
    const error = await refusal(run(filmTask(type, usual), { inputs }));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ permanent: true });
  });
};

const ticksOfFrame = (timeBase: string, rate: ClipSize['frameRate']): number => {
  const [numerator = 0, denominator = 0] = timeBase.split('/').map(Number);
  return (denominator * rate.denominator) / (numerator * rate.numerator);
};
