import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probe, runProcess, sniffFile } from '@polyreel/media';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTestInputs, PATIENCE_MS, type TestInputs } from '../../../test/comfyui-kit.ts';
import { testTools } from '../tool/test-kit.ts';
import { prepareInputs } from './prepare-inputs.ts';

let folder: string;
let inputs: TestInputs;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyreel-inputs-'));
  inputs = await makeTestInputs(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const signal = AbortSignal.timeout(PATIENCE_MS);
const prepare = (given: Partial<TestInputs>) =>
  prepareInputs(testTools, { inputs: given, scratchDir: folder, signal, onProgress: () => undefined });
const facts = (path: string) => probe(testTools, path, { signal, countsFrames: true });
const on = { nodeId: '1', input: 'x' } as const;

describe('inputs on their way to a server', () => {
  it('of films of ours pass as they are; stretches have exactly their frames', async () => {
    const prepared = await prepare(inputs);
    expect(prepared.film).toEqual({
      size: { width: 96, height: 64 },
      frameCount: 4,
      frameRate: { numerator: 12, denominator: 1 },
    });
    expect(await prepared.bring({ ...on, source: 'video' })).toEqual({ path: inputs.video, ending: 'mp4' });
    const part = await prepared.bring({ ...on, source: 'video', slice: { unit: 'frames', from: 1, count: 2 } });
    expect((await facts(part.path)).video).toMatchObject({ frameCount: 2, width: 96, height: 64 });
  });

  it('of other films become upright H.264 of even sides in constant time, and lose their sound', async () => {
    const odd = join(folder, 'odd.webm');
    const args = [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=65x48:rate=10',
      '-f',
      'lavfi',
      '-i',
      'sine',
      '-t',
      '0.5',
      odd,
    ];
    await runProcess({ command: testTools.ffmpegPath, args, signal, timeoutMs: PATIENCE_MS });
    const prepared = await prepare({ video: odd });
    expect(prepared.film).toEqual({
      size: { width: 64, height: 48 },
      frameCount: 5,
      frameRate: { numerator: 10, denominator: 1 },
    });
    const { video, audio } = await facts(prepared.filmPath ?? '');
    expect([video?.codec, audio]).toEqual(['h264', undefined]);
  });

  it('of sound become FLAC, cut to the stretch that is asked', async () => {
    const prepared = await prepare({ audio: inputs.audio });
    const whole = await prepared.bring({ ...on, source: 'audio' });
    expect((await sniffFile(whole.path)).kind).toBe('flac');
    const part = await prepared.bring({ ...on, source: 'audio', slice: { unit: 'seconds', from: 0.2, count: 0.3 } });
    expect((await facts(part.path)).audio?.durationSeconds).toBeCloseTo(0.3, 2);
  });

  it('of pictures in forms that servers do not read become PNG', async () => {
    const gif = join(folder, 'picture.gif');
    await sharp(inputs.image).gif().toFile(gif);
    const { path, ending } = await (await prepare({ image: gif })).bring({ ...on, source: 'image' });
    expect([(await sniffFile(path)).kind, ending]).toEqual(['png', 'png']);
    expect(await (await prepare(inputs)).bring({ ...on, source: 'image' })).toEqual({ path: inputs.image, ending: 'png' });
  });

  it('that are not there are refused for good, and so is a video without pictures', async () => {
    const nothing = await prepare({});
    await expect(nothing.bring({ ...on, source: 'image' })).rejects.toMatchObject({ code: 'input_missing', permanent: true });
    await expect(prepare({ video: inputs.audio })).rejects.toMatchObject({ code: 'no_pictures', permanent: true });
  });
});
