import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
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
    const kernel = await openColourKernel(size);
    const pixels = blocks();
    const yuv = Uint8Array.from(kernel.toYuv(pixels));
    const theirs = await convert(
      ['-pix_fmt rgba -i - -vf scale=in_range=pc:out_color_matrix=bt709:out_range=tv:flags=accurate_rnd,format=yuv420p'],
      pixels,
    );
    const lumaBytes = size.width * size.height;
    expect(greatest(yuv.subarray(0, lumaBytes), theirs.subarray(0, lumaBytes))).toBeLessThanOrEqual(1);
    const back = kernel.toRgba(yuv);
    expect(greatest(back, pixels)).toBeLessThanOrEqual(4);
    const theirBack = await convert(
      [
        '-pix_fmt yuv420p -colorspace bt709 -color_range tv -i - -vf scale=in_color_matrix=bt709:in_range=tv:out_range=pc,format=rgba',
      ],
      yuv,
    );
    expect(greatest(back, theirBack)).toBeLessThanOrEqual(3);
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
    await expect(openColourKernel({ width: 3, height: 2 })).rejects.toThrow(/even/);
  });
});
