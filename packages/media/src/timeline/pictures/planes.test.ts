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
  // Frame n is all of luma 16 + 4 n.
  const greys = ['-f', 'lavfi', '-i', 'color=s=192x108:r=10:d=5,format=yuv420p', '-vf', "geq=lum='16+4*N':cb=128:cr=128"];
  const lossless = ['-v', 'error', '-y', ...greys, '-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '0'];
  await run(tools.ffmpegPath, [...lossless, ...BT709, scratch('greys.mp4')]);
  await run(tools.ffmpegPath, [...lossless, scratch('untagged.mp4')]);
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
  'a film with its blue cut away': [
    { asset: { ...film, chromaKey: { color: '#3030c0', threshold: 90, halo: 60, spill: 0 } }, start: 0, length: 1 },
  ],
  'a film half outside, half seen through': [
    { asset: film, start: 0, length: 1, scale: 0.5, opacity: 0.6, offset: { x: 0.375, y: -0.25 } },
  ],
  'a film that cannot lie dot on dot': [
    { asset: film, start: 0, length: 1, scale: 0.35, offset: { x: 0.11, y: 0.07 }, filter: 'greyscale' },
  ],
  'words on odd pixels that fade away': [
    {
      asset: { type: 'rich-text', text: 'odd', font: { size: 24, color: '#ffcc00' }, stroke: { width: 1, color: '#000000' } },
      ...{ start: 0, length: 1, width: 75, height: 31, transition: { out: 'fade' } },
    },
  ],
  'a wipe': [{ asset: { type: 'color', color: '#3366cc' }, start: 0, length: 1, transition: { in: 'wipeRight' } }],
} as const;

describe('frames as planes', () => {
  const grounds = { film, 'picture that stays': { type: 'color', color: '#88aa44' } } as const;
  const cases = Object.entries(over).flatMap(([what, clips]) =>
    Object.entries(grounds).map(([ground, asset]) => ({ what, ground, clips, asset })),
  );
  test.each(cases)('show $what over a $ground as the drawn frames do', async ({ clips, asset }) => {
    const edit = {
      timeline: { tracks: [{ clips }, { clips: [{ asset, start: 0, length: 1 }] }] },
      output: { format: 'mp4', size, fps: 10 },
    };
    const { planes, drawn } = await bothWays(edit, 'film.mp4');
    expect(planes).toHaveLength(10);
    const kernel = await openColourKernel();
    for (const [at, one] of planes.entries()) {
      const other = kernel.toYuv(drawn[at] ?? new Uint8Array(), size);
      const differences = one.map((value, index) => Math.abs(value - (other[index] ?? 0)));
      // What is left are roundings: the drawn frame went to RGB, was mixed there, and came back.
      expect(differences.reduce((sum, value) => sum + value, 0) / one.length).toBeLessThan(1.25);
      expect(differences.filter((value) => value > 12).length).toBeLessThan(one.length * 0.002);
    }
  });

  const ways = {
    'as it is': {},
    'at half its size': { scale: 0.5 },
    'at odd sides': { scale: 0.35 },
    turned: { transform: { rotate: { angle: 20 } } },
    'half seen through over itself': { opacity: 0.5 },
  };
  const greys = Object.entries(ways).flatMap(([way, clip]) => ['greys.mp4', 'untagged.mp4'].map((name) => ({ way, name, clip })));
  test.each(greys)('keep the greys of a film shown $way ($name) within one level', async ({ name, clip }) => {
    const asset = { type: 'video', src: `https://media.example/${name}` };
    const edit = {
      timeline: { tracks: [{ clips: [{ asset, start: 0, length: 5, ...clip }] }, { clips: [{ asset, start: 0, length: 5 }] }] },
      output: { format: 'mp4', size, fps: 10 },
    };
    const { planes, drawn } = await bothWays(edit, name);
    const kernel = await openColourKernel();
    const [luma, blue, red] = [96 + 54 * 192, 192 * 108 + 48 + 27 * 96, 192 * 108 * 1.25 + 48 + 27 * 96];
    const far = [...planes, ...drawn.map((frame) => Uint8Array.from(kernel.toYuv(frame, size)))].flatMap((frame, at) => {
      const found = [frame[luma] ?? 0, frame[blue] ?? 0, frame[red] ?? 0];
      const wanted = [16 + 4 * (at % 50), 128, 128];
      return found.some((value, channel) => Math.abs(value - (wanted[channel] ?? 0)) > 1) ? [{ at, found, wanted }] : [];
    });
    expect(far).toEqual([]);
  });
});

/** The frames of an edit as planes and as they are drawn. */
const bothWays = async (edit: unknown, name: string): Promise<{ planes: Uint8Array[]; drawn: Uint8Array[] }> => {
  const isPlain = name !== 'untagged.mp4' && JSON.stringify(edit).includes(name);
  const { document, errors } = validateTimeline(edit);
  if (document === null) throw new Error(JSON.stringify(errors));
  const { built, paths, plainFilms } = await prepareRender(tools, {
    ...{ document, outputDir: scratch(''), signal: never() },
    resolveSource: async () => ({ path: scratch(name) }),
  });
  expect(plainFilms.size).toBe(isPlain ? 1 : 0);
  const framesAs = async (format: 'rgba' | 'yuv420p'): Promise<Uint8Array[]> => {
    const frames: Uint8Array[] = [];
    const options = { tools, paths, plainFilms, signal: never(), threads: 1, format };
    for await (const { pixels } of renderFrames(built.scene, options)) frames.push(Uint8Array.from(pixels));
    return frames;
  };
  return { planes: await framesAs('yuv420p'), drawn: await framesAs('rgba') };
};
