import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type PictureTask, StepError } from '@polyreel/core';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunContext, RunResult } from '../runner.ts';
import { filesBelow, refusal } from './attempts.ts';
import { childProcesses } from './film-facts.ts';
import { type GetTarget, PATIENCE_MS } from './target.ts';

/** An odd size, so that nothing is rounded to what a film could carry. */
const DRAWN = { width: 131, height: 97 } as const;

/** Everything that the contract says about pictures, for one kind of task. */
export const pictureCases = (type: PictureTask['type'], target: GetTarget): void => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyreel-picture-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = async (context: Partial<RunContext> = {}): Promise<RunResult> => {
    const scratchDir = await mkdtemp(join(folder, 'run-'));
    const { runner, inputs } = target();
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const given = type === 'image' ? {} : inputs;
    return runner.run(await taskOf(type, inputs.image), {
      inputs: given,
      scratchDir,
      signal,
      onProgress: () => undefined,
      ...context,
    });
  };

  it('is one file of its type, in scratch, of exactly the size; progress rises to 1; equal inputs give equal bytes', async () => {
    const ratios: number[] = [];
    const { path, mediaType } = await run({ onProgress: (ratio) => ratios.push(ratio) });
    expect(ratios.length).toBeGreaterThan(1);
    expect(ratios).toEqual(ratios.toSorted((a, b) => a - b));
    expect(ratios.at(-1)).toBe(1);
    expect(dirname(path).startsWith(folder)).toBe(true);
    const bytes = await readFile(path);
    const { width, height, format, hasAlpha } = await sharp(bytes).metadata();
    expect({ width, height }).toEqual(await wantedSize(type, target().inputs.image));
    expect([mediaType, format]).toEqual(type === 'vectorise' ? ['image/svg+xml', 'svg'] : ['image/png', 'png']);
    if (type === 'cut-out-image') expect(hasAlpha).toBe(true);
    expect(await readFile((await run()).path)).toEqual(bytes);
  });

  it('stops when it is told to, in the middle or before, and leaves no process and no picture', async () => {
    const before = await childProcesses();
    const stop = new AbortController();
    const error = await refusal(run({ signal: stop.signal, onProgress: () => stop.abort() }));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ code: 'aborted' });
    const early = await refusal(run({ signal: AbortSignal.abort() }));
    expect(early).toBeInstanceOf(StepError);
    expect(early).toMatchObject({ code: 'aborted' });
    expect(await childProcesses()).toEqual(before);
    expect(await filesBelow(folder)).not.toContainEqual(expect.stringMatching(/\.(png|svg)$/));
  });

  if (type !== 'image')
    it('refuses for good to be made without its image', async () => {
      const error = await refusal(run({ inputs: {} }));
      expect(error).toBeInstanceOf(StepError);
      expect(error).toMatchObject({ permanent: true });
      expect(await filesBelow(folder)).toEqual([]);
    });
};

const sizeOf = async (image: string | undefined): Promise<{ width: number; height: number }> => {
  if (image === undefined) throw new Error('the target has no image');
  const { autoOrient } = await sharp(image).metadata();
  return { width: autoOrient.width, height: autoOrient.height };
};

const wantedSize = async (type: PictureTask['type'], image: string | undefined) => {
  if (type === 'image') return DRAWN;
  const size = await sizeOf(image);
  return type === 'upscale-image' ? { width: size.width * 2, height: size.height * 2 } : size;
};

const taskOf = async (type: PictureTask['type'], image: string | undefined): Promise<PictureTask> => {
  const model = 'reference';
  switch (type) {
    case 'image':
      return { type, model, canvas: DRAWN, seed: 5, prompt: 'mountains at dawn', negativePrompt: '' };
    case 'vectorise':
      return { type, model, detailRatio: 0.4 };
    case 'upscale-image':
      return { type, model, canvas: await wantedSize(type, image) };
    case 'cut-out-image':
      return { type, model };
  }
};
