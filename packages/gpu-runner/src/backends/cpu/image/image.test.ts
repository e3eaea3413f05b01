import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCpuRunner } from '../index.ts';

const { resolve } = createRequire(import.meta.url);
const portrait = resolve('@polyreel/testkit/fixtures/portrait.jpg');
const runner = createCpuRunner({
  ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg',
  ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe',
});
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyreel-image-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const make = async (prompt: string, image?: string, canvas = { width: 256, height: 192 }) => {
  const scratchDir = await mkdtemp(join(folder, 'run-'));
  const { path, warnings } = await runner.run(
    { type: 'image', model: 'z-image-turbo', canvas, seed: 3, prompt, negativePrompt: '' },
    {
      inputs: image === undefined ? {} : { image },
      scratchDir,
      signal: AbortSignal.timeout(120_000),
      onProgress: () => undefined,
    },
  );
  return { bytes: await readFile(path), warnings };
};
const mean = async (file: Buffer): Promise<{ red: number; green: number; blue: number; luma: number }> => {
  const { channels } = await sharp(file).removeAlpha().stats();
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => channel.mean);
  return { red, green, blue, luma: 0.2126 * red + 0.7152 * green + 0.0722 * blue };
};

test('a still shows what its words say: a snowfield is pale and cold, space is dark, water has no red', async () => {
  const snow = await make('a snowfield by day');
  const space = await make('the milky way in space');
  const reef = await make('a coral reef underwater');
  expect(snow.warnings).toEqual([]);
  const [pale, dark, wet] = [await mean(snow.bytes), await mean(space.bytes), await mean(reef.bytes)];
  expect(pale.luma).toBeGreaterThan(dark.luma + 60);
  expect(pale.blue).toBeGreaterThan(pale.red + 20);
  expect(wet.green).toBeGreaterThan(wet.red + 25);
});

test('a given picture is brought to another light, and what was done to it is told', async () => {
  const plain = await make('a portrait', portrait);
  expect(plain.warnings).toEqual([{ code: 'changed_in_part', details: { changed: 'nothing' } }]);
  const original = await sharp(portrait).resize(256, 192, { fit: 'cover' }).png().toBuffer();
  const before = await mean(original);
  expect(Math.abs((await mean(plain.bytes)).luma - before.luma)).toBeLessThan(2);
  const night = await make('the same at night, black and white', portrait);
  expect(night.warnings).toEqual([{ code: 'changed_in_part', details: { changed: 'night, monochrome' } }]);
  expect((await mean(night.bytes)).luma).toBeLessThan(before.luma * 0.6);
});

test('a person is put into another place and stays who she is', async () => {
  const { bytes, warnings } = await make('put her in a forest', portrait, { width: 320, height: 320 });
  expect(warnings).toEqual([{ code: 'changed_in_part', details: { changed: 'background forest' } }]);
  const part = async (file: Buffer, left: number, top: number) =>
    sharp(await sharp(file).extract({ left, top, width: 40, height: 40 }).removeAlpha().raw().toBuffer(), {
      raw: { width: 40, height: 40, channels: 3 },
    })
      .raw()
      .toBuffer();
  const original = await sharp(portrait).resize(320, 320).png().toBuffer();
  const difference = (a: Buffer, b: Buffer): number =>
    a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;
  // Her face, and the wall and the shuttle beside her.
  expect(difference(await part(original, 120, 60), await part(bytes, 120, 60))).toBeLessThan(6);
  expect(difference(await part(original, 250, 60), await part(bytes, 250, 60))).toBeGreaterThan(30);
});
