import { mkdir } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { never, run, tools, useScratch } from '../../../test/helpers.ts';
import { validateTimeline } from '../index.ts';
import { prepareRender } from '../prepare-render.ts';
import { openColourKernel } from './colour/colour-kernel.ts';
import { renderFrames } from './index.ts';

const scratch = useScratch();
const size = { width: 192, height: 108 };
const BT709 = '-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv'.split(' ');
beforeAll(async () => {
  await mkdir(scratch(''), { recursive: true });
  const film = [
    '-f',
    'lavfi',
    '-i',
    'testsrc2=s=192x108:r=10:d=2',
    '-vf',
    'hue=s=0.4,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p',
  ];
  await run(tools.ffmpegPath, ['-v', 'error', '-y', ...film, '-c:v', 'libx264', '-crf', '10', ...BT709, scratch('film.mp4')]);
});

const film = { type: 'video', src: 'https://media.example/film.mp4' };
const over = {
  nothing: [],
  'a small picture of itself': [{ asset: film, start: 0, length: 1, scale: 0.3, position: 'topRight', offset: { x: -0.02 } }],
  'a turning star that leaves the frame': [
    {
      asset: { type: 'shape', shape: 'star', star: { points: 5, innerRadius: 8, outerRadius: 20 }, fill: { color: '#ffcc00' } },
      ...{ start: 0, length: 1, fit: 'none', width: 40, height: 40, shadow: { blur: 4, color: '#000000' }, offset: { y: 0.1 } },
      transform: { rotate: { angle: [{ from: 0, to: 90, start: 0, length: 1 }] } },
      transition: { in: 'carouselLeft' },
    },
  ],
  'words that are spoken, mixed in another way': [
    {
      asset: {
        type: 'rich-caption',
        words: ['one', 'two', 'three'].map((text, at) => ({ text, start: at * 0.3, end: at * 0.3 + 0.3 })),
      },
      ...{ start: 0, length: 1, width: 150, height: 30, blendMode: 'multiply', opacity: 0.8 },
    },
  ],
  'a fade of its own': [{ asset: film, start: 0.3, length: 0.7, transition: { in: 'fade' } }],
  'a wipe': [{ asset: { type: 'color', color: '#3366cc' }, start: 0, length: 1, transition: { in: 'wipeRight' } }],
} as const;

describe('frames as planes', () => {
  test.each(Object.entries(over))('show %s as the drawn frames do', async (_what, clips) => {
    const edit = {
      timeline: { tracks: [{ clips }, { clips: [{ asset: film, start: 0, length: 1 }] }] },
      output: { format: 'mp4', size, fps: 10 },
    };
    const { document, errors } = validateTimeline(edit);
    if (document === null) throw new Error(JSON.stringify(errors));
    const resolveSource = async () => ({ path: scratch('film.mp4') });
    const { built, paths, plainFilms } = await prepareRender(tools, {
      document,
      resolveSource,
      outputDir: scratch(''),
      signal: never(),
    });
    expect(plainFilms.size).toBe(1);
    const framesAs = async (format: 'rgba' | 'yuv420p'): Promise<Uint8Array[]> => {
      const frames: Uint8Array[] = [];
      const options = { tools, paths, plainFilms, signal: never(), threads: 1, format };
      for await (const { pixels } of renderFrames(built.scene, options)) frames.push(Uint8Array.from(pixels));
      return frames;
    };
    const [planes, drawn] = [await framesAs('yuv420p'), await framesAs('rgba')];
    expect(planes).toHaveLength(10);
    const kernel = await openColourKernel();
    for (const [at, one] of planes.entries()) {
      const other = kernel.toYuv(drawn[at] ?? new Uint8Array(), size);
      const differences = one.map((value, index) => Math.abs(value - (other[index] ?? 0)));
      // What is left are roundings: the drawn frame went to RGB and back.
      expect(differences.reduce((sum, value) => sum + value, 0) / one.length).toBeLessThan(1);
      expect(differences.filter((value) => value > 12).length).toBeLessThan(one.length * 0.002);
    }
  });
});
