import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFilm } from '@polyreel/media/fixtures';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunContext } from '../../../runner.ts';
import { createToolRunner } from '../index.ts';
import { networkLimits } from './limits.ts';

const { resolve } = createRequire(import.meta.url);
const tools = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
const runner = createToolRunner({ ...tools, threads: 1 });
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyreel-upscale-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const contextOf = (inputs: RunContext['inputs']): RunContext => ({
  ...{ inputs, scratchDir: folder },
  ...{ signal: AbortSignal.timeout(240_000), onProgress: () => undefined },
});
const upscale = (image: string, canvas: { width: number; height: number }) =>
  runner.run({ type: 'upscale-image', model: 'upscaler', canvas }, contextOf({ image }));

/** Peak signal-to-noise ratio of the luma in dB; the border, where any method guesses, is left out. */
const psnr = async (a: Buffer, b: Buffer): Promise<number> => {
  const luma = async (file: Buffer) => {
    const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const value = (x: number, y: number): number => {
      const at = (y * info.width + x) * 3;
      return 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
    };
    return { ...info, value };
  };
  const [first, second] = [await luma(a), await luma(b)];
  expect([first.width, first.height]).toEqual([second.width, second.height]);
  let squares = 0;
  let count = 0;
  for (let y = 8; y < first.height - 8; y++)
    for (let x = 8; x < first.width - 8; x++, count++) squares += (first.value(x, y) - second.value(x, y)) ** 2;
  return 10 * Math.log10((255 * 255 * count) / squares);
};

describe('upscale-image', () => {
  test.each([
    ['portrait.jpg', 2, 2],
    ['landscape.jpg', 2, 0.8],
    ['portrait.jpg', 4, 0.4],
  ])('%s enlarged %i times is closer to the original than Lanczos by %f dB', async (name, factor, gainDb) => {
    const side = 256;
    const original = await sharp(resolve(`@polyreel/testkit/fixtures/${name}`))
      .resize(side, side, { fit: 'cover' })
      .png()
      .toBuffer();
    const small = join(folder, 'small.png');
    await sharp(original)
      .resize(side / factor, side / factor, { kernel: 'lanczos3' })
      .png()
      .toFile(small);
    const lanczos = await sharp(await readFile(small))
      .resize(side, side, { kernel: 'lanczos3' })
      .png()
      .toBuffer();
    const { path, mediaType, warnings } = await upscale(small, { width: side, height: side });
    expect({ mediaType, warnings }).toEqual({ mediaType: 'image/png', warnings: [] });
    expect(await psnr(original, await readFile(path))).toBeGreaterThan((await psnr(original, lanczos)) + gainDb);
  });

  test('a picture of several strips and tiles has no seams: any part of it is what that part alone becomes', async () => {
    const whole = join(folder, 'whole.png');
    const part = join(folder, 'part.png');
    await sharp(resolve('@polyreel/testkit/fixtures/landscape.jpg')).resize(240, 220, { fit: 'cover' }).png().toFile(whole);
    await sharp(whole).extract({ left: 120, top: 120, width: 100, height: 100 }).png().toFile(part);
    const { path } = await upscale(whole, { width: 480, height: 440 });
    const inside = { left: 40, top: 40, width: 120, height: 120 };
    const fromWhole = await sharp(await readFile(path))
      .extract({ ...inside, left: 280, top: 280 })
      .raw()
      .toBuffer();
    const alone = await upscale(part, { width: 200, height: 200 });
    expect(
      await sharp(await readFile(alone.path))
        .extract(inside)
        .raw()
        .toBuffer(),
    ).toEqual(fromWhole);
  });

  test('any canvas that is larger is met exactly, transparency is kept', async () => {
    const image = join(folder, 'disc.png');
    const disc =
      '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><circle cx="45" cy="30" r="25" fill="#0a6"/></svg>';
    await sharp(Buffer.from(disc)).png().toFile(image);
    const { path } = await upscale(image, { width: 133, height: 89 });
    const { data, info } = await sharp(await readFile(path))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([133, 89, 4]);
    const alphaAt = (x: number, y: number): number => data[(y * 133 + x) * 4 + 3] ?? -1;
    expect(alphaAt(2, 2)).toBe(0);
    expect(alphaAt(66, 44)).toBe(255);
  });

  test('a picture too large for the network is enlarged by a filter and says so', async () => {
    const image = join(folder, 'large.png');
    await sharp({ create: { width: 3001, height: 2000, channels: 3, background: '#357' } })
      .png()
      .toFile(image);
    const { path, warnings } = await upscale(image, { width: 3600, height: 2400 });
    expect(warnings).toEqual([{ code: 'upscaled_by_filter', details: { megapixels: '6' } }]);
    expect(await sharp(await readFile(path)).metadata()).toMatchObject({ width: 3600, height: 2400 });
  });

  test('a canvas that is not larger is refused for good', async () => {
    const image = resolve('@polyreel/testkit/fixtures/portrait.jpg');
    const refused = upscale(image, { width: 256, height: 256 });
    await expect(refused).rejects.toMatchObject({ code: 'upscale_not_larger', permanent: true });
  });
});

describe('upscale-video', () => {
  const film = { frameRate: { numerator: 16, denominator: 1 }, canvas: { width: 64, height: 48 } };
  const task = { type: 'upscale-video', model: 'upscaler', frameRate: film.frameRate } as const;

  test('a film that is a frame too short holds its last one; one that is shorter says so', async () => {
    const video = await makeFilm(tools, { path: join(folder, 'film.mp4'), ...film, frameCount: 4 });
    const canvas = { width: 128, height: 96 };
    const { warnings } = await runner.run({ ...task, canvas, frameCount: 5 }, contextOf({ video }));
    expect(warnings).toEqual([]);
    const longer = await runner.run({ ...task, canvas, frameCount: 8 }, contextOf({ video }));
    expect(longer.warnings).toEqual([{ code: 'held_last_frame', details: { frames: '4' } }]);
  });

  test('a film too long for the network is enlarged by a filter and says so', async () => {
    const frameCount = Math.ceil(networkLimits.clipPixels / (640 * 360)) + 1;
    const video = await makeFilm(tools, {
      path: join(folder, 'film.mp4'),
      ...film,
      canvas: { width: 640, height: 360 },
      frameCount,
    });
    const { warnings } = await runner.run({ ...task, canvas: { width: 642, height: 362 }, frameCount }, contextOf({ video }));
    expect(warnings).toEqual([{ code: 'upscaled_by_filter', details: { megapixels: '16' } }]);
  });
});
