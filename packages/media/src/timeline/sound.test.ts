import { mkdir } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { never, run, tools, useScratch } from '../../test/helpers.ts';
import { makeAudio } from '../fixtures.ts';
import { buildScene } from './build-scene.ts';
import { renderTimeline, validateTimeline } from './index.ts';
import { assumedFacts } from './source-facts.ts';

const scratch = useScratch();
const files: Record<string, string> = {};
beforeAll(async () => {
  const make = async (name: string, kind: 'wav' | 'mp3' | 'm4a', seconds: number, source: string): Promise<void> => {
    files[name] = await makeAudio(tools, { path: scratch(`${name}.${kind}`), kind, seconds, source });
  };
  await make('tone', 'wav', 2, 'sine=frequency=440:sample_rate=48000');
  await make('high', 'wav', 3, 'sine=frequency=3000:sample_rate=48000');
  await make('late', 'm4a', 6, "aevalsrc='if(gte(t,4),0.125*sin(2*PI*440*t),0)':s=48000");
  await make('song', 'mp3', 2, 'sine=frequency=660:sample_rate=44100');
  files.film = scratch('film.mp4');
  const inputs = ['-f', 'lavfi', '-i', 'color=red:s=64x64:r=25:d=3', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=1'];
  await run(tools.ffmpegPath, ['-v', 'error', ...inputs, '-pix_fmt', 'yuv420p', files.film]);
});

let renders = 0;
/** Left channel of the film's sound, 48 kHz floats. */
const listen = async (
  tracks: readonly (readonly object[])[],
  more: { timeline?: object; output?: object; trackExtra?: object } = {},
) => {
  const { document, errors } = validateTimeline({
    timeline: { tracks: tracks.map((clips) => ({ clips, ...more.trackExtra })), ...more.timeline },
    output: { format: 'wav', fps: 25, ...more.output },
  });
  expect(errors).toEqual([]);
  if (document === null) throw new Error('refused');
  const outputDir = scratch(`sound-${renders++}`);
  await mkdir(outputDir);
  const result = await renderTimeline(tools, {
    ...{ document, outputDir, signal: never() },
    resolveSource: async ({ origin }) => ({
      path: (origin.type === 'address' && files[origin.src.split('/').pop() ?? '']) || 'none',
    }),
  });
  const raw = await run(tools.ffmpegPath, [
    '-v',
    'error',
    '-i',
    result.files[0]?.path ?? '',
    '-f',
    'f32le',
    '-ac',
    '2',
    'pipe:1',
  ]);
  const frames = Math.floor(raw.length / 8);
  return {
    result,
    frames,
    level: (from: number, to: number, channel: 0 | 1 = 0): number => {
      let sum = 0;
      const [first, last] = [Math.round(from * 48_000), Math.min(frames, Math.round(to * 48_000))];
      for (let at = first; at < last; at += 1) sum += raw.readFloatLE(at * 8 + channel * 4) ** 2;
      return Math.sqrt(sum / Math.max(1, last - first));
    },
  };
};

const sound = (name: string, more: object = {}) => ({ type: 'audio', src: `https://example.com/${name}`, ...more });
/** ffmpeg's sine has an amplitude of 1/8. */
const FULL = 0.125 / Math.SQRT2;
const SILENT = 1e-3;

describe('sound', () => {
  test('stands at its sample, ends with its file, and the whole is as long as the timeline to the sample', async () => {
    const heard = await listen([[{ asset: sound('tone', { trim: 0.5 }), start: 0.4, length: 2 }]], { timeline: { duration: 3 } });
    expect(heard.frames).toBe(3 * 48_000);
    expect(heard.result).toMatchObject({ route: 'sound', canvas: null });
    expect(heard.level(0, 0.395)).toBeLessThan(SILENT);
    expect(heard.level(0.41, 1.89)).toBeCloseTo(FULL, 2);
    // 2 s of file less half a second of trim.
    expect(heard.level(1.92, 3)).toBeLessThan(SILENT);
  });

  test('a place far into a file is found to the hundredth, and many sounds fit into one command', async () => {
    const heard = await listen([[{ asset: sound('late', { trim: 3.5 }), start: 0, length: 2 }]]);
    expect(heard.level(0, 0.49)).toBeLessThan(SILENT);
    expect(heard.level(0.51, 1.9)).toBeCloseTo(FULL, 2);
    const volume = [{ from: 0, to: 1, start: 0, length: 0.01, easing: 'easeInOut' }];
    const many = Array.from({ length: 150 }, (_, index) => ({
      asset: sound('tone', { volume }),
      start: index / 50,
      length: 0.02,
    }));
    const joined = await listen([many]);
    expect(joined.frames).toBe(3 * 48_000);
    expect(joined.level(0.5, 2.9)).toBeGreaterThan(FULL / 2);
  });

  test('sound that is turned down to nothing, wherever that is said, is not even read', () => {
    const muted = [
      { asset: sound('tone', { volume: 0 }), start: 0, length: 1 },
      { asset: sound('tone'), volume: 0, start: 0, length: 1 },
      {
        asset: { type: 'composition', timeline: { tracks: [{ clips: [{ asset: sound('tone'), start: 0, length: 1 }] }] } },
        volume: 0,
        start: 0,
        length: 1,
      },
    ];
    const heard = [{ asset: sound('high'), start: 0, length: 1 }];
    const tracks = [...muted.map((clip) => ({ clips: [clip] })), { clips: heard, volume: 0 }, { clips: heard }];
    const { document } = validateTimeline({ timeline: { tracks }, output: { format: 'wav' } });
    const built = document === null ? null : buildScene(document, assumedFacts);
    expect(built?.sound.map(({ path }) => path)).toEqual(['timeline.tracks[4].clips[0]']);
  });

  test('with length end a 2 s sound under 5 s falls silent; with loop it does not', async () => {
    const under = (asset: object) => [
      [{ asset: sound('high', { volume: 0 }), start: 0, length: 5 }],
      [{ asset, start: 0, length: 'end' }],
    ];
    const once = await listen(under(sound('song')));
    expect(once.level(0.1, 1.9)).toBeCloseTo(FULL, 2);
    expect(once.level(2.1, 5)).toBeLessThan(SILENT);
    const looped = await listen(under(sound('song', { loop: true })));
    expect(looped.level(2.1, 4.9)).toBeCloseTo(FULL, 2);
  });

  test('volume tweens, fades, pan and track volume are heard', async () => {
    const tween = [{ from: 0, to: 1, start: 0.5, length: 1 }];
    const moved = await listen([[{ asset: sound('tone', { volume: tween, pan: 1 }), start: 0, length: 2 }]], {
      trackExtra: { volume: 0.5 },
    });
    expect(moved.level(0, 0.45, 1)).toBeLessThan(SILENT);
    expect(moved.level(0.95, 1.05, 1)).toBeCloseTo(FULL / 4, 2);
    expect(moved.level(1.6, 1.95, 1)).toBeCloseTo(FULL / 2, 2);
    expect(moved.level(1.6, 1.95, 0)).toBeLessThan(SILENT);
    const faded = await listen([[{ asset: sound('tone', { effect: 'fadeInFadeOut' }), start: 0, length: 2 }]]);
    expect(faded.level(0, 0.05)).toBeLessThan(FULL / 10);
    expect(faded.level(0.95, 1.05)).toBeGreaterThan(FULL * 0.85);
    expect(faded.level(1.95, 2)).toBeLessThan(FULL / 10);
  });

  test('ducked sound is turned down by its amount while other sound is heard', async () => {
    const heard = await listen([
      [{ asset: sound('tone'), start: 1, length: 1 }],
      [{ asset: sound('high', { duck: { amount: 0.8 } }), start: 0, length: 3 }],
    ]);
    expect(heard.level(0.2, 0.9)).toBeCloseTo(FULL, 2);
    const both = heard.level(1.3, 1.9);
    const music = Math.sqrt(Math.max(0, both ** 2 - FULL ** 2));
    expect(music).toBeLessThan(FULL * 0.35);
    expect(heard.level(2.6, 2.95)).toBeCloseTo(FULL, 2);
  });

  test('speed keeps the pitch and shortens; many sounds at once do not clip', async () => {
    const fast = await listen([[{ asset: sound('tone', { speed: 2 }), start: 0, length: 'auto' }]]);
    expect(fast.frames).toBe(48_000);
    expect(fast.level(0.1, 0.9)).toBeGreaterThan(FULL * 0.8);
    const loud = await listen(Array.from({ length: 20 }, () => [{ asset: sound('tone'), start: 0, length: 1 }]));
    expect(loud.level(0.2, 0.9)).toBeLessThan(1);
    expect(loud.level(0.2, 0.9)).toBeGreaterThan(0.4);
  });

  test('sound alone lasts as long as the edit to the sample: there are no frames to end on', async () => {
    const half = await listen([[{ asset: sound('tone', { trim: 0.5 }), start: 0.013, length: 1 }]]);
    expect(half).toMatchObject({ frames: 48_624, result: { durationSeconds: 1.013 } });
    const part = await listen([[{ asset: sound('tone'), start: 0, length: 2 }]], {
      output: { range: { start: 0.51, length: 0.123 } },
    });
    expect(part.frames).toBe(5904);
    expect(part.level(0, 0.123)).toBeGreaterThan(0.05);
  });

  test('a soundtrack lasts as long as its file at most, and a composition brings its sound', async () => {
    const timeline = { duration: 3, soundtrack: { src: 'https://example.com/tone', effect: 'fadeOut' } };
    const track = await listen([], { timeline });
    expect(track.level(0.1, 0.9)).toBeCloseTo(FULL, 2);
    expect(track.level(2.1, 3)).toBeLessThan(SILENT);
    const nested = { tracks: [{ clips: [{ asset: sound('tone'), start: 1, length: 1 }] }] };
    const inner = await listen([[{ asset: { type: 'composition', timeline: nested, trim: 0.5 }, start: 1, length: 2 }]]);
    expect(inner.level(0, 1.45)).toBeLessThan(SILENT);
    expect(inner.level(1.55, 2.45)).toBeCloseTo(FULL, 2);
    expect(inner.level(2.55, 3)).toBeLessThan(SILENT);
  });

  test('sounds one after the other keep their places, with silence for one that has none left', async () => {
    const clips = [
      { asset: sound('tone'), start: 0, length: 0.5 },
      { asset: { type: 'video', src: 'https://example.com/film', trim: 2 }, start: 0.75, length: 1 },
      { asset: sound('high'), start: 1.75, length: 0.5 },
      // Longer than its file.
      { asset: sound('tone', { trim: 1.75 }), start: 2.25, length: 1 },
      { asset: sound('high'), start: 3.25, length: 0.5 },
    ];
    const heard = await listen([clips]);
    const places: [number, number, number][] = [
      [0.01, 0.49, FULL],
      [0.51, 1.74, 0],
      [1.76, 2.24, FULL],
      [2.26, 2.49, FULL],
      [2.51, 3.24, 0],
      [3.26, 3.74, FULL],
    ];
    for (const [from, to, level] of places) expect(heard.level(from, to), `${from} s`).toBeCloseTo(level, 2);
    expect(heard.frames).toBe(3.75 * 48_000);
  });

  test('a range is cut out of the sound as out of the picture', async () => {
    const heard = await listen([[{ asset: sound('tone'), start: 1, length: 2 }]], {
      output: { range: { start: 0.6, length: 1 } },
    });
    expect(heard.frames).toBe(48_000);
    expect(heard.level(0, 0.38)).toBeLessThan(SILENT);
    expect(heard.level(0.42, 0.98)).toBeCloseTo(FULL, 2);
  });
});
