import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extendPicture, placePicture, readCovering, readPicture, readPictureSize, readPlaced } from './picture.ts';
import { landscape } from './test-kit.ts';

let folder = '';
const file = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyreel-picture-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Left half red, right half blue. */
const twoHalves = (width: number, height: number) =>
  sharp(
    Uint8Array.from(
      { length: width * height * 3 },
      (_, at) => (Math.floor(at / 3) % width < width / 2 ? [220, 0, 0] : [0, 0, 220])[at % 3] ?? 0,
    ),
    {
      raw: { width, height, channels: 3 },
    },
  );
const pixel = ({ width, data }: { width: number; data: Uint8Array }, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4),
];

describe('reading a picture', () => {
  it.each(['png', 'jpeg', 'webp'] as const)('reads %s', async (format) => {
    await twoHalves(64, 32)
      .toFormat(format)
      .toFile(file(`halves.${format}`));
    const picture = await readPicture(file(`halves.${format}`), 64);
    expect([picture.width, picture.height]).toEqual([64, 32]);
    const [red = 0, , blue = 0] = pixel(picture, 8, 16);
    expect(red).toBeGreaterThan(150);
    expect(blue).toBeLessThan(60);
  });

  it('turns it as its EXIF orientation says, before it is cut', async () => {
    // Orientation 6: shown turned clockwise, so the left half is on top.
    await twoHalves(64, 32).withMetadata({ orientation: 6 }).jpeg().toFile(file('turned.jpg'));
    expect(await readPictureSize(file('turned.jpg'))).toEqual({ width: 32, height: 64 });
    const { picture } = await readCovering(file('turned.jpg'), { width: 32, height: 64 });
    expect(pixel(picture, 16, 8)[0]).toBeGreaterThan(150);
    expect(pixel(picture, 16, 56)[2]).toBeGreaterThan(150);
    const placed = await readPlaced(
      file('turned.jpg'),
      placePicture({ width: 32, height: 64 }, { width: 32, height: 32 }, { x: 0.5, y: 1 }),
    );
    expect(pixel(placed, 16, 16)[2]).toBeGreaterThan(150);
  });

  it('lays transparency on black', async () => {
    const half = { width: 8, height: 8, channels: 4, background: { r: 255, g: 255, b: 255, alpha: 0.5 } } as const;
    await sharp({ create: half }).png().toFile(file('glass.png'));
    const [red = 0, , , alpha] = pixel(await readPicture(file('glass.png'), 8), 4, 4);
    expect(red).toBeGreaterThan(120);
    expect(red).toBeLessThan(136);
    expect(alpha).toBe(255);
  });

  it.each([
    ['text named png', async () => Buffer.from('hello')],
    ['a picture cut short', async () => (await sharp(landscape).png().toBuffer()).subarray(0, 2000)],
  ])('refuses %s for good', async (_, bytes) => {
    await writeFile(file('broken.png'), await bytes());
    await expect(readPicture(file('broken.png'), 64)).rejects.toMatchObject({ code: 'unreadable_image', permanent: true });
  });
});

describe('readCovering', () => {
  it.each([
    [832, 480],
    [480, 832],
    [64, 64],
    [200, 900],
  ])('shows on %ix%i what other croppers show, with and without a margin', async (width, height) => {
    const expected = await sharp(landscape).resize(width, height, { fit: 'cover' }).removeAlpha().raw().toBuffer();
    for (const margin of [
      { x: 0, y: 0 },
      { x: 60, y: 60 },
    ]) {
      const { picture, room } = await readCovering(landscape, { width, height }, margin);
      let difference = 0;
      for (let at = 0; at < expected.length; at++) {
        const x = (Math.floor(at / 3) % width) + room.left;
        const y = Math.floor(at / 3 / width) + room.top;
        difference += Math.abs((expected[at] ?? 0) - (picture.data[(y * picture.width + x) * 4 + (at % 3)] ?? 0));
      }
      expect(difference / expected.length).toBeLessThan(1);
      expect(picture.width).toBe(width + room.left + room.right);
      expect(picture.height).toBe(height + room.top + room.bottom);
    }
  });
});

describe('extendPicture', () => {
  it('keeps the picture and continues it without a seam', async () => {
    const picture = await readPicture(landscape, 160);
    const wide = await extendPicture(picture, { left: 20, right: 12, top: 8, bottom: 16 });
    expect([wide.width, wide.height]).toEqual([picture.width + 32, picture.height + 24]);
    for (const [x, y] of [
      [0, 0],
      [80, 50],
      [159, 106],
    ] as const) {
      expect(pixel(wide, x + 20, y + 8)).toEqual(pixel(picture, x, y));
    }
    const [inside = 0] = pixel(wide, 20, 60);
    const [outside = 0] = pixel(wide, 19, 60);
    expect(Math.abs(inside - outside)).toBeLessThan(40);
  });
});
