import type { RunnerTask } from '@polyreel/core';
import { scaled } from '@polyreel/testkit/scale';
import { afterEach, describe, expect, it } from 'vitest';
import { clipTask, type ComfyBench, makeTestInputs, openComfyBench, runOn, until } from '../../../test/comfyui-kit.ts';

let bench: ComfyBench | undefined;
afterEach(() => bench?.close());
const small = { vramBytes: 24 * 2 ** 30 };
const still: RunnerTask = {
  ...{ type: 'image', model: 'z-image-turbo', canvas: { width: 64, height: 64 }, seed: 1, prompt: 'a kite', negativePrompt: '' },
};
const postsOf = (one: ComfyBench): number[] => one.fakes.map((fake) => fake.posts.length);

/** Holds every prompt in the middle until it is released. */
function hold(one: ComfyBench): () => void {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  for (const fake of one.fakes) fake.onPhase((phase) => (phase === 'sampling' ? held : undefined));
  return release;
}

describe('a pool of servers', () => {
  it('runs tasks side by side, one prompt in flight on each, and lets others wait', async () => {
    bench = await openComfyBench({ fakes: [{}, {}] });
    const pool = bench;
    const release = hold(pool);
    const runs = [1, 2, 3, 4].map((seed) => pool.run({ ...clipTask, seed }));
    await until(() => pool.fakes.every((fake) => fake.load() === 1), 'both servers to work');
    expect(postsOf(pool)).toEqual([1, 1]);
    release();
    for (const fake of pool.fakes) fake.onPhase(() => expect(fake.load()).toBeLessThanOrEqual(1));
    await Promise.all(runs);
    expect(postsOf(pool).reduce((sum, count) => sum + count)).toBe(4);
  });

  it('gives a task to the server that holds its models, while another is just as free', async () => {
    bench = await openComfyBench({ fakes: [{}, {}] });
    await bench.run(clipTask);
    await bench.run(still);
    const [film, picture] = postsOf(bench);
    expect([film, picture]).toEqual([1, 1]);
    for (const seed of [2, 3]) await bench.run({ ...clipTask, seed });
    for (const seed of [2, 3]) await bench.run({ ...still, seed });
    expect(postsOf(bench)).toEqual([3, 3]);
    expect(bench.fakes.flatMap((fake) => fake.calls)).not.toContain('POST /free');
  });

  it('unloads the models of another family on a small card first', async () => {
    bench = await openComfyBench({ fakes: [small] });
    await bench.run(clipTask);
    await bench.run({ ...clipTask, seed: 2 });
    expect(bench.fakes[0]?.calls).not.toContain('POST /free');
    await bench.run(still);
    expect(bench.fakes[0]?.calls.filter((call) => call === 'POST /free')).toHaveLength(1);
  });

  it('gives a task only to a server that has its models, and says what all of them together can do', async () => {
    bench = await openComfyBench({ fakes: [{ models: {} }, {}, { missingNodes: ['KSamplerAdvanced'] }] });
    await bench.run(clipTask);
    expect(postsOf(bench)).toEqual([0, 1, 0]);
    expect(bench.runner.capabilities()).toContainEqual({
      ...{ runner: 'comfyui', kind: 'model', task: 'text-to-video', model: 'wan22', maxFrames: 81 },
    });
    const poor = await openComfyBench({ fakes: [{ models: {} }, { version: '0.3.64' }] });
    expect(poor.runner.capabilities()).toEqual([]);
    await poor.close();
  });

  it('warms a server up that comes, and each time that it comes back', async () => {
    bench = await openComfyBench({ runner: { warmsUp: true } });
    const [fake] = bench.fakes;
    if (!fake) throw new Error('no server');
    await until(() => fake.posts.length === 1 && fake.load() === 0, 'the first film');
    const run = bench.run(clipTask);
    await expect(run).resolves.toMatchObject({ mediaType: 'video/mp4' });
    await fake.kill();
    await expect(bench.run(clipTask, { signal: AbortSignal.timeout(500) })).rejects.toMatchObject({ code: 'aborted' });
    await fake.restart();
    await until(() => fake.posts.length === 3 && fake.load() === 0, 'the next one');
  });

  it('shows pictures of the work in hand, as JPEGs, and only where they are wanted', async () => {
    bench = await openComfyBench();
    const pictures: Uint8Array[] = [];
    await bench.run(clipTask, { onPreview: (jpeg) => pictures.push(jpeg) });
    expect(pictures.length).toBeGreaterThan(0);
    for (const picture of pictures) expect([...picture.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  });
});

describe('fifty mixed jobs over two servers', () => {
  it('all end well, none twice, and the servers are free', async () => {
    bench = await openComfyBench({ fakes: [{}, {}] });
    const mixed = bench;
    const inputs = await makeTestInputs(mixed.folder);
    const film = { canvas: { width: 192, height: 128 }, frameRate: { numerator: 12, denominator: 1 }, frameCount: 4 };
    const clip = { ...clipTask, canvas: { width: 64, height: 64 } };
    const kinds: readonly RunnerTask[] = [
      clip,
      { ...clip, type: 'image-to-video' },
      { ...clip, type: 'first-last-frame' },
      { ...clip, type: 'image-to-video', samplerSteps: 4, guidance: 6 },
      { type: 'upscale-video', model: 'upscaler', ...film },
      { type: 'interpolate', model: 'interpolator', ...film, frameRate: { numerator: 24, denominator: 1 }, frameCount: 8 },
      {
        type: 'talking-head',
        model: 'wan22-s2v',
        canvas: clip.canvas,
        frameRate: clip.frameRate,
        frameCount: 10,
        seed: 1,
        prompt: '',
      },
    ];
    // Two of fifty speak; the rest is spread evenly. Never fewer than one of each.
    const count = Math.max(kinds.length, scaled(50));
    const tasks = Array.from({ length: count }, (_, at): RunnerTask => {
      const kind = kinds[at < kinds.length ? at : at % (kinds.length - 1)] ?? clip;
      return 'seed' in kind ? { ...kind, seed: at } : kind;
    });
    const made = await Promise.all(
      tasks.map((task, at) => runOn(mixed.runner, mixed.folder, task, { inputs, runNames: [`stp_${at}/1`] })),
    );
    expect(made.map(({ mediaType }) => mediaType)).toEqual(tasks.map(() => 'video/mp4'));
    expect(new Set(made.map(({ path }) => path)).size).toBe(tasks.length);
    expect(postsOf(mixed).reduce((sum, posts) => sum + posts)).toBe(tasks.length);
    expect(postsOf(mixed).every((posts) => posts > 0)).toBe(true);
    expect(mixed.fakes.map((fake) => fake.load())).toEqual([0, 0]);
  });
});
