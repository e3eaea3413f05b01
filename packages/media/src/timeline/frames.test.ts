import { mkdir } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { makeExampleMedia } from '../../test/example-media.ts';
import { never, run, scaled, tools, useScratch } from '../../test/helpers.ts';
import { makeAudio } from '../fixtures.ts';
import { renderTimeline, type TimelineResult, validateTimeline } from './index.ts';

const scratch = useScratch();
let tone = '';
beforeAll(async () => {
  tone = await makeAudio(tools, { path: scratch('tone.wav'), kind: 'wav', seconds: 2 });
  await makeExampleMedia(tools, scratch('.'));
});

let renders = 0;
const render = async (edit: unknown): Promise<TimelineResult> => {
  const { document, errors } = validateTimeline(edit);
  expect(errors).toEqual([]);
  if (document === null) throw new Error('refused');
  const outputDir = scratch(`frames-${renders++}`);
  await mkdir(outputDir);
  return renderTimeline(tools, {
    document,
    outputDir,
    signal: never(),
    resolveSource: async ({ origin }) => ({
      path: origin.type === 'address' && origin.src.endsWith('/counter') ? scratch('counter.mp4') : tone,
    }),
  });
};

/** The middle pixel of each frame, as decoded. */
const pixelsOf = async (result: TimelineResult): Promise<[number, number, number][]> => {
  const filter = 'crop=2:2,format=rgb24';
  const raw = await run(tools.ffmpegPath, [
    ...['-v', 'error', '-i', result.files[0]?.path ?? '', '-vf', filter, '-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
  ]);
  return Array.from({ length: raw.length / 12 }, (_, index) => [
    raw[index * 12] ?? 0,
    raw[index * 12 + 1] ?? 0,
    raw[index * 12 + 2] ?? 0,
  ]);
};

const palette = [
  ['#e00000', [224, 0, 0]],
  ['#00e000', [0, 224, 0]],
  ['#0000e0', [0, 0, 224]],
  ['#e0e0e0', [224, 224, 224]],
] as const;

/** What a clip shows at a time: its colour, or the counter's frame at `trim` and on. */
type Shown = { kind: 'color'; index: number } | { kind: 'counter'; trimFrame: number; speed: number };

const shownArbitrary: fc.Arbitrary<Shown> = fc.oneof(
  fc.record({ kind: fc.constant('color' as const), index: fc.integer({ min: 0, max: 3 }) }),
  fc.record({
    kind: fc.constant('counter' as const),
    trimFrame: fc.integer({ min: 0, max: 28 }),
    speed: fc.constantFrom(0.5, 1, 1, 2),
  }),
);

const assetOf = (shown: Shown): object =>
  shown.kind === 'color'
    ? { type: 'color', color: palette[shown.index]?.[0] }
    : { type: 'video', src: 'https://example.com/counter', trim: (shown.trimFrame + 0.5) / 25, speed: shown.speed, volume: 0 };

/** The colours a frame may have `seconds` into its clip: two where the moment lies within a fiftieth of a frame of the source's border. */
const allowedColours = (shown: Shown, seconds: number): (readonly number[])[] => {
  if (shown.kind === 'color') return [palette[shown.index]?.[1] ?? []];
  const place = shown.trimFrame + 0.5 + seconds * shown.speed * 25;
  return [...new Set([Math.floor(place - 0.02), Math.floor(place + 0.02)])].map((frame) =>
    Array(3).fill((4 * frame * 255) / 219),
  );
};

describe('frames', () => {
  const filmCount = scaled(1000);
  const title = 'each frame of a rendered film shows the clip of its moment, and of a video its frame: none black, none twice';
  test(title, { timeout: 120_000 + filmCount * 2000 }, async () => {
    const films = fc.sample(
      fc.record({
        clips: fc.array(fc.record({ ms: fc.integer({ min: 40, max: 400 }), shown: shownArbitrary }), {
          minLength: 2,
          maxLength: 6,
        }),
        fps: fc.constantFrom(23.976, 25, 29.97, 12, 30),
      }),
      { numRuns: filmCount, seed: 7 },
    );
    for (const { clips, fps } of films) {
      const result = await render({
        timeline: {
          tracks: [{ clips: clips.map(({ ms, shown }) => ({ asset: assetOf(shown), fit: 'cover', length: ms / 1000 })) }],
        },
        output: { format: 'mp4', size: { width: 32, height: 32 }, fps, quality: 'veryhigh', mute: true },
      });
      const { numerator, denominator } = result.frameRate;
      const total = clips.reduce((sum, { ms }) => sum + ms, 0);
      expect(result.frameCount).toBe(Math.max(1, Math.floor((total * numerator) / (1000 * denominator) + 0.5)));
      const pixels = await pixelsOf(result);
      expect(pixels.length).toBe(result.frameCount);
      for (const [frame, pixel] of pixels.entries()) {
        // In integers: the clip whose [start, end) holds frame * 1000 * denominator / numerator milliseconds.
        const moment = frame * 1000 * denominator;
        let end = 0;
        const clip = clips.find(({ ms }) => {
          end += ms;
          return moment < end * numerator;
        });
        if (clip === undefined) throw new Error(`no clip holds frame ${frame}`);
        const seconds = (moment / numerator - (end - clip.ms)) / 1000;
        const distances = allowedColours(clip.shown, seconds).map((wanted) =>
          Math.max(...pixel.map((value, channel) => Math.abs(value - (wanted[channel] ?? 0)))),
        );
        // Half the step from one of the counter's frames to the next is 2.3.
        const limit = clip.shown.kind === 'color' ? 30 : 2.3;
        expect(Math.min(...distances), `frame ${frame} of ${JSON.stringify({ clips, fps })}`).toBeLessThan(limit);
      }
    }
  });

  test('after ten minutes the sound is within one frame of the picture', async () => {
    const seconds = Math.max(20, Math.round(600 * inject('testScale')));
    const at = seconds - 1;
    const result = await render({
      timeline: {
        background: '#000000',
        tracks: [
          { clips: [{ asset: { type: 'color', color: '#ffffff' }, start: at, length: 1 }] },
          { clips: [{ asset: { type: 'audio', src: 'https://example.com/tone' }, start: at, length: 1 }] },
        ],
      },
      output: { format: 'mp4', size: { width: 32, height: 32 }, fps: 29.97 },
    });
    const path = result.files[0]?.path ?? '';
    const pixels = await pixelsOf(result);
    const white = pixels.findIndex(([red]) => red > 128);
    const { numerator, denominator } = result.frameRate;
    const raw = await run(tools.ffmpegPath, [
      '-v',
      'error',
      '-i',
      path,
      '-map',
      '0:a',
      '-ar',
      '48000',
      '-ac',
      '1',
      '-f',
      'f32le',
      'pipe:1',
    ]);
    let first = 0;
    while (first * 4 < raw.length && Math.abs(raw.readFloatLE(first * 4)) < 0.02) first += 1;
    expect(white).toBe(Math.ceil((at * numerator) / denominator));
    expect(Math.abs(first / 48_000 - (white * denominator) / numerator)).toBeLessThan(denominator / numerator);
    expect(Math.abs(raw.length / 4 / 48_000 - result.durationSeconds)).toBeLessThan(0.05);
  });

  test('a fade of a second is half way in its middle', async () => {
    const fade = { name: 'fade', duration: 1 };
    const result = await render({
      timeline: {
        background: '#000000',
        tracks: [{ clips: [{ asset: { type: 'color', color: '#ffffff' }, start: 0, length: 2, transition: { in: fade } }] }],
      },
      output: { format: 'mp4', size: { width: 32, height: 32 }, fps: 25, quality: 'veryhigh', mute: true },
    });
    const reds = (await pixelsOf(result)).map(([red]) => red);
    expect(reds[0]).toBeLessThan(8);
    expect((reds[12] ?? 0) + (reds[13] ?? 0)).toBeGreaterThan(2 * 112);
    expect((reds[12] ?? 0) + (reds[13] ?? 0)).toBeLessThan(2 * 144);
    expect(reds[30]).toBeGreaterThan(247);
  });
});
