import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { meanDifference, ssim } from '../../../test/compare-pictures.ts';
import { makeExampleMedia } from '../../../test/example-media.ts';
import { tools, useScratch } from '../../../test/helpers.ts';
import { drawEdit, EXAMPLES, readExample } from '../../../test/render-example.ts';

/** `UPDATE_REFERENCES=1` writes the strips anew; look at them before they are committed. */
const isUpdating = process.env.UPDATE_REFERENCES === '1';
const scratch = useScratch();
const names = readdirSync(EXAMPLES)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -5));

type Probe = readonly [frame: number, x: number, y: number, color: string];
const [red, green, blue, yellow, white, black, sea] = ['ff0000', '00ff00', '0000ff', 'ffff00', 'ffffff', '000000', '203040'];

/** What a pixel must be, within 14 of each value: geometry that a likeness might miss. */
const probes: Readonly<Record<string, readonly Probe[]>> = {
  'background-color': [
    [0, 5, 5, '336699'],
    [0, 128, 72, 'ff8800'],
    [0, 97, 72, '336699'],
    [0, 99, 72, 'ff8800'],
  ],
  'background-gradient': [
    [0, 1, 72, red],
    [0, 254, 72, blue],
    [0, 64, 10, 'bf0040'],
  ],
  'background-image': [
    [0, 10, 10, red],
    [0, 250, 140, yellow],
  ],
  'track-order': [
    [0, 128, 72, green],
    [0, 60, 72, red],
    [0, 20, 72, sea],
  ],
  'fit-crop': [
    [0, 2, 2, red],
    [0, 253, 2, green],
    [0, 2, 141, blue],
    [0, 253, 141, yellow],
  ],
  'fit-cover': [
    [0, 2, 2, red],
    [0, 253, 2, green],
    [0, 2, 141, blue],
    [0, 253, 141, yellow],
  ],
  'fit-contain': [
    [0, 20, 72, sea],
    [0, 36, 10, red],
    [0, 219, 140, yellow],
    [0, 235, 72, sea],
  ],
  'fit-none': [
    [0, 72, 16, red],
    [0, 184, 16, green],
    [0, 72, 128, blue],
    [0, 184, 128, yellow],
    [0, 64, 72, sea],
  ],
  'fit-contain-blur': [
    [0, 110, 10, red],
    [0, 146, 140, yellow],
    [0, 5, 5, red],
    [0, 250, 138, yellow],
  ],
  'position-corners': [
    [0, 2, 2, red],
    [0, 254, 2, green],
    [0, 2, 142, blue],
    [0, 254, 142, yellow],
    [0, 128, 72, sea],
  ],
  'offset-up': [
    [0, 128, 36, 'ffcc00'],
    [0, 128, 22, 'ffcc00'],
    [0, 128, 53, sea],
  ],
  'offset-tween': [
    [0, 26, 72, 'ffcc00'],
    [5, 128, 72, 'ffcc00'],
  ],
  'scale-at-corner': [
    [0, 254, 142, yellow],
    [0, 225, 142, sea],
    [9, 125, 142, blue],
  ],
  'opacity-tween': [
    [0, 9, 9, black],
    [5, 9, 9, '808080'],
  ],
  flip: [
    [0, 4, 50, green],
    [0, 98, 50, red],
    [0, 158, 50, blue],
    [0, 158, 95, red],
  ],
  'crop-source': [
    [0, 128, 72, green],
    [0, 20, 72, sea],
  ],
  'blend-modes': [
    [0, 2, 2, '800000'],
    [0, 2, 140, '80c0ff'],
    [0, 2, 60, '7fc0ff'],
  ],
  'border-shadow-radius': [
    [0, 128, 32, white],
    [0, 53, 30, '88aacc'],
    [0, 100, 50, red],
  ],
  'cross-fade': [
    [0, 9, 9, red],
    [10, 9, 9, '800080'],
    [19, 9, 9, blue],
  ],
  'chroma-key': [
    [0, 10, 10, red],
    [0, 250, 10, green],
    [0, 130, 72, red],
    [0, 40, 130, blue],
  ],
  'luma-matte': [
    [0, 100, 50, red],
    [0, 150, 100, yellow],
    [0, 10, 10, '0000aa'],
  ],
  'mask-of-clip': [
    [0, 128, 72, '0000aa'],
    [0, 60, 30, red],
  ],
  // Frame n of the counter is grey 16 + 4 n in television range: (4 n) * 255 / 219.
  'video-trim-speed': [
    [0, 9, 9, '393939'],
    [4, 9, 9, '959595'],
  ],
  'video-reverse': [
    [0, 9, 9, '707070'],
    [5, 9, 9, '383838'],
  ],
  'video-loop': [
    [0, 9, 9, 'b1b1b1'],
    [5, 9, 9, 'b1b1b1'],
    [4, 9, 9, 'dfdfdf'],
  ],
  'video-freeze': [
    [0, 9, 9, 'bababa'],
    [4, 9, 9, 'e4e4e4'],
    [9, 9, 9, 'e4e4e4'],
  ],
  'video-alpha': [
    [0, 5, 5, 'aa00aa'],
    [0, 60, 10, 'aa00aa'],
  ],
  'animated-image': [
    [0, 128, 72, black],
    [2, 128, 72, red],
    [4, 128, 72, green],
    [6, 128, 72, yellow],
    [8, 128, 72, black],
  ],
  shapes: [
    [0, 128, 72, '00ccff'],
    [0, 128, 138, white],
  ],
  'shape-path-gradient': [[0, 128, 30, sea]],
  'gradient-clip': [
    [0, 128, 72, white],
    [0, 0, 0, black],
  ],
  'transition-fade': [
    [0, 9, 9, sea],
    [10, 9, 9, red],
  ],
  'transition-wipe-reveal': [
    [5, 5, 9, red],
    [5, 250, 9, sea],
    [15, 5, 9, sea],
    [15, 250, 9, green],
  ],
  'transition-slide-carousel': [[10, 9, 9, red]],
  composition: [[0, 180, 20, white]],
};

const limitTo = (count: number): (<T>(work: () => Promise<T>) => Promise<T>) => {
  const lanes = Array.from({ length: count }, () => Promise.resolve<unknown>(undefined));
  let next = 0;
  return (work) => {
    const lane = next % count;
    next += 1;
    const done = (lanes[lane] ?? Promise.resolve()).then(work);
    lanes[lane] = done.catch(() => undefined);
    return done;
  };
};
const inTwoLanes = limitTo(2);

const checkProbes = (name: string, frames: readonly Uint8Array[], width: number): string[] =>
  (probes[name] ?? []).flatMap(([frame, x, y, wanted]) => {
    const at = (y * width + x) * 4;
    const found = [...(frames[frame] ?? []).slice(at, at + 3)];
    const expected = [0, 2, 4].map((digit) => Number.parseInt(wanted.slice(digit, digit + 2), 16));
    const isNear = found.length === 3 && found.every((value, channel) => Math.abs(value - (expected[channel] ?? 0)) <= 14);
    return isNear ? [] : [`frame ${frame} at ${x},${y}: ${found} instead of ${expected}`];
  });

describe.concurrent('the edits of examples/timelines', () => {
  beforeAll(() => makeExampleMedia(tools, scratch('.')));

  test('are at least 40', () => {
    expect(names.length).toBeGreaterThanOrEqual(40);
    expect(Object.keys(probes).filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each(names)('%s looks as its reference and has its colours where they belong', async (name) => {
    const { frames, scene, warnings } = await inTwoLanes(async () =>
      drawEdit(tools, { edit: await readExample(name), folder: scratch('.') }),
    );
    expect(frames.length).toBe(scene.frameCount);
    expect(warnings).toEqual([]);
    const { width, height } = scene.output;
    expect(checkProbes(name, frames, width)).toEqual([]);
    const picked = [0, Math.floor(frames.length / 2), frames.length - 1].map((index) => Buffer.from(frames[index] ?? []));
    const strip = Buffer.concat(picked);
    const path = join(EXAMPLES, 'expected', `${name}.png`);
    if (isUpdating) {
      await mkdir(join(EXAMPLES, 'expected'), { recursive: true });
      await sharp(strip, { raw: { width, height: height * 3, channels: 4 } })
        .removeAlpha()
        .png({ compressionLevel: 9, palette: false })
        .toFile(path);
    }
    const expected = await sharp(path).ensureAlpha().raw().toBuffer();
    expect(expected.length).toBe(strip.length);
    expect(ssim(strip, expected, { width, height: height * 3 })).toBeGreaterThan(0.97);
    expect(meanDifference(strip, expected)).toBeLessThan(2);
  });
});
