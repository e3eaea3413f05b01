import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planFilm } from '../scenes/plan-film.ts';
import { textToVideoTask } from '../scenes/test-kit.ts';
import { drawFrames } from './draw-frames.ts';

/** A worker thread that is alive holds a message port of this one. */
const openPorts = (): number => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
const portsBefore = openPorts();

const canvas = { width: 96, height: 64 };
const task = textToVideoTask({ canvas, frameCount: 12, prompt: 'the sea' });
const never = new AbortController().signal;

const hashesWith = async (threads: number): Promise<string[]> => {
  const hashes: string[] = [];
  for await (const frame of drawFrames({ canvas, frameCount: 12, orderAt: planFilm(task), threads, signal: never })) {
    expect(frame.byteLength).toBe((96 * 64 * 3) / 2);
    hashes.push(createHash('sha256').update(frame).digest('hex'));
  }
  return hashes;
};

describe('drawFrames', () => {
  it('gives all frames in order, whatever the number of threads', async () => {
    const alone = await hashesWith(1);
    expect(alone).toHaveLength(12);
    expect(new Set(alone).size).toBe(12);
    expect(await hashesWith(2)).toEqual(alone);
    expect(await hashesWith(5)).toEqual(alone);
  });

  it('ends its threads when the caller stops early', async () => {
    const frames = drawFrames({ canvas, frameCount: 10_000, orderAt: planFilm(task), threads: 2, signal: never });
    await frames.next();
    expect(openPorts()).toBe(portsBefore + 2);
    await frames.return();
    expect((await frames.next()).done).toBe(true);
    expect(openPorts()).toBe(portsBefore);
  });

  it('throws the reason of an abort and ends its threads, also in the middle of a frame', async () => {
    const stop = new AbortController();
    const big = { width: 2048, height: 2048 };
    const order = planFilm(textToVideoTask({ canvas: big, prompt: 'mountain lake' }));
    const frames = drawFrames({ canvas: big, frameCount: 100, orderAt: order, threads: 2, signal: stop.signal });
    const first = frames.next();
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(openPorts()).toBe(portsBefore);
  });

  it('tells of a thread that fails instead of waiting for it', async () => {
    const orderAt = () => ({ ...planFilm(task)(0), scene: 99 });
    const frames = drawFrames({ canvas, frameCount: 3, orderAt, threads: 2, signal: never });
    await expect(frames.next()).rejects.toThrow('no scene 99');
    expect(openPorts()).toBe(portsBefore);
  });
});
