import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ChromaKey } from '../../scene-graph.ts';
import { run, tools } from '../../../../test/helpers.ts';
import { openColourKernel } from './colour-kernel.ts';

const size = { width: 64, height: 36 };
const COMMITTED_WITH_CLANG = '14';

/** All kinds of colours, in blocks of two by two: what 4:2:0 can keep. */
const blocks = (): Uint8Array => {
  const pixels = new Uint8Array(size.width * size.height * 4);
  for (let at = 0; at < size.width * size.height; at += 1) {
    const [x, y] = [Math.floor((at % size.width) / 2), Math.floor(at / size.width / 2)];
    pixels.set([(x * 8) & 255, (y * 15) & 255, (x * y * 3) & 255, 255], at * 4);
  }
  return pixels;
};
const greatest = (one: ArrayLike<number>, other: ArrayLike<number>): number =>
  Array.from(one).reduce((most, value, at) => Math.max(most, Math.abs(value - (other[at] ?? 0))), 0);

/** Source-over. */
const over = (ground: Uint8Array, picture: Uint8Array, opacity: number): Uint8Array =>
  ground.map((value, at) => {
    const alpha = ((picture[at - (at % 4) + 3] ?? 0) / 255) * opacity;
    return at % 4 === 3 ? 255 : Math.round(value + ((picture[at] ?? 0) - value) * alpha);
  });

/** What the kernel does, pixel by pixel. */
const keyedPlainly = (given: Uint8ClampedArray, key: ChromaKey): Uint8ClampedArray => {
  const pixels = Uint8ClampedArray.from(given);
  const channel = (at: number): number => Number.parseInt(key.color.slice(at, at + 2), 16);
  const [red, green, blue] = [channel(1), channel(3), channel(5)];
  const inner = key.threshold * key.threshold;
  const outer = (key.threshold + key.halo) ** 2;
  const strongest = green >= red && green >= blue ? 1 : blue >= red ? 2 : 0;
  const second = (strongest + 1) % 3;
  const third = (strongest + 2) % 3;
  for (let at = 0; at < pixels.length; at += 4) {
    const dr = (pixels[at] ?? 0) - red;
    const dg = (pixels[at + 1] ?? 0) - green;
    const db = (pixels[at + 2] ?? 0) - blue;
    const square = dr * dr + dg * dg + db * db;
    if (square <= inner) {
      pixels[at + 3] = 0;
      continue;
    }
    if (square < outer) {
      const share = (Math.sqrt(square) - key.threshold) / key.halo;
      pixels[at + 3] = (pixels[at + 3] ?? 0) * share;
    }
    if (key.spill > 0) {
      const excess = (pixels[at + strongest] ?? 0) - ((pixels[at + second] ?? 0) + (pixels[at + third] ?? 0)) / 2;
      if (excess > 0) pixels[at + strongest] = (pixels[at + strongest] ?? 0) - excess * key.spill;
    }
  }
  return pixels;
};

const convert = (args: string[], input: Uint8Array): Promise<Buffer> => {
  const data = Buffer.from(input).toString('base64');
  return run('sh', [
    '-c',
    `printf %s '${data}' | base64 -d | "$0" -v error -f rawvideo -s ${size.width}x${size.height} ${args.join(' ')} -f rawvideo -`,
    tools.ffmpegPath,
  ]);
};

describe('the colour kernel', () => {
  test('makes the colours that ffmpeg makes, there and back, within the rounding', async () => {
    const kernel = await openColourKernel();
    const pixels = blocks();
    const yuv = Uint8Array.from(kernel.toYuv(pixels, size));
    const theirs = await convert(
      ['-pix_fmt rgba -i - -vf scale=in_range=pc:out_color_matrix=bt709:out_range=tv:flags=accurate_rnd,format=yuv420p'],
      pixels,
    );
    const lumaBytes = size.width * size.height;
    expect(greatest(yuv.subarray(0, lumaBytes), theirs.subarray(0, lumaBytes))).toBeLessThanOrEqual(1);
    const back = kernel.toRgba(yuv, size);
    expect(greatest(back, pixels)).toBeLessThanOrEqual(4);
    const theirBack = await convert(
      [
        '-pix_fmt yuv420p -colorspace bt709 -color_range tv -i - -vf scale=in_color_matrix=bt709:in_range=tv:out_range=pc,format=rgba',
      ],
      yuv,
    );
    expect(greatest(back, theirBack)).toBeLessThanOrEqual(3);
  });

  test.each([
    { color: '#00ff00', threshold: 120, halo: 60, spill: 0 },
    { color: '#1040e0', threshold: 33.3, halo: 71.7, spill: 0.6 },
    { color: '#c08060', threshold: 0, halo: 250, spill: 1 },
    { color: '#808080', threshold: 100, halo: 0, spill: 0.5 },
  ])('cuts the same pixels away as its plain description, with the key %o', async (key) => {
    const kernel = await openColourKernel();
    const pixels = new Uint8ClampedArray(4 * 20_003);
    // A stride that meets all kinds of colours, alphas and neighbours.
    for (let at = 0, state = 1; at < pixels.length; at += 1) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      pixels[at] = (at >> 9) % 3 === 0 ? (pixels[at - 4] ?? 0) : state >>> 24;
    }
    expect(kernel.applyKey(pixels, key)).toEqual(keyedPlainly(pixels, key));
    const yuv = Uint8Array.from(kernel.toYuv(blocks(), size));
    const converted = Uint8ClampedArray.from(kernel.toRgba(yuv, size));
    expect(kernel.toRgba(yuv, size, key)).toEqual(keyedPlainly(converted, key));
  });

  test('lays pictures and films on planes as they would be laid in RGB', async () => {
    const kernel = await openColourKernel();
    const [ground, picture] = [blocks(), blocks().reverse()];
    const key = { color: '#00ff00', threshold: 80, halo: 90, spill: 0 };
    const under = Uint8Array.from(kernel.toYuv(ground, size));
    // What planes can keep of it; the alphas differ within blocks.
    const below = Uint8Array.from(kernel.toRgba(under, size));
    picture.forEach((_, at) => {
      if (at % 4 === 3) picture[at] = (at * 7) & 255;
    });
    const film = Uint8Array.from(kernel.toYuv(blocks().reverse(), size));
    const filmKeyed = Uint8Array.from(kernel.toRgba(film, size, key));
    const lifted = kernel.lift(picture, size);
    for (const opacity of [1, 0.37]) {
      const pictured = Uint8Array.from(kernel.layLifted(under, lifted, opacity));
      expect(greatest(pictured, kernel.toYuv(over(below, picture, opacity), size))).toBeLessThanOrEqual(1);
      const filmed = Uint8Array.from(kernel.layFilm(under, film, { size, opacity, key }));
      expect(greatest(filmed, kernel.toYuv(over(below, filmKeyed, opacity), size))).toBeLessThanOrEqual(1);
    }
    expect(kernel.layFilm(under, film, { size, opacity: 1, key: null })).toEqual(film);
  });

  test('is what the C file compiles to', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'polyreel-kernel-'));
    try {
      const rebuilt = join(folder, 'colour.wasm');
      await run('sh', [new URL('../../../../scripts/build-colour-kernel.sh', import.meta.url).pathname, rebuilt]);
      const version = (await run('clang', ['--version'])).toString();
      const isSame = (await readFile(rebuilt)).equals(await readFile(new URL('colour.wasm', import.meta.url)));
      expect(isSame || !version.includes(`clang version ${COMMITTED_WITH_CLANG}.`)).toBe(true);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('takes no odd side', async () => {
    const kernel = await openColourKernel();
    expect(() => kernel.toYuv(new Uint8Array(24), { width: 3, height: 2 })).toThrow(/even/);
  });
});
