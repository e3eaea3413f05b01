import { mkdir, readdir, readFile } from 'node:fs/promises';
import type { FrameRate } from '@polyreel/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { never, rejection, run, tools, useScratch } from '../test/helpers.ts';
import { buildConformClipArgs, isConforming } from './conform-clip.ts';
import { extractLastFrame } from './extract-last-frame.ts';
import { makeAudio, makeFilm } from './fixtures.ts';
import { trackTimescale } from './frame-rate.ts';
import { buildConcatList, buildCopyTogetherArgs, joinClips } from './join-clips.ts';
import { probe } from './probe.ts';

const path = useScratch();
const canvas = { width: 96, height: 64 };
const sixteen: FrameRate = { numerator: 16, denominator: 1 };
const ntsc: FrameRate = { numerator: 30000, denominator: 1001 };
beforeAll(() => mkdir(path('scratch')));

const clip = (name: string, frameCount: number, source: string, over: Partial<Parameters<typeof makeFilm>[1]> = {}) =>
  makeFilm(tools, { path: path(name), canvas, frameRate: sixteen, frameCount, source, ...over });

const joinAll = (
  clips: { path: string; skipFrames: number; frameCount: number }[],
  over: Partial<Parameters<typeof joinClips>[1]> = {},
) =>
  joinClips(tools, {
    clips,
    output: path('film.mp4'),
    canvas,
    frameRate: sixteen,
    scratchDir: path('scratch'),
    signal: never(),
    ...over,
  });

/** Grey frames, one byte a pixel, decoded. */
const framesOf = async (file: string, size = canvas): Promise<Buffer[]> => {
  const raw = await run(tools.ffmpegPath, [
    '-v',
    'error',
    '-i',
    file,
    '-fps_mode',
    'passthrough',
    '-pix_fmt',
    'gray',
    '-f',
    'rawvideo',
    '-',
  ]);
  const bytes = size.width * size.height;
  return Array.from({ length: raw.length / bytes }, (_value, index) => raw.subarray(index * bytes, (index + 1) * bytes));
};
const meanDifference = (a: Uint8Array = new Uint8Array(), b: Uint8Array = new Uint8Array()): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;
};
const packetTimes = async (file: string): Promise<number[]> =>
  (await run(tools.ffprobePath, ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts', '-of', 'csv=p=0', file]))
    .toString()
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map(Number);

describe('argv', () => {
  it('of the join is this, literally', () => {
    expect(buildCopyTogetherArgs({ list: 'list', frameCount: 400, frameRate: ntsc, output: 'out' }).join(' ')).toBe(
      '-protocol_whitelist file,pipe -format_whitelist concat,mov,mp4,m4a,3gp,3g2,mj2 -f concat -safe 1 -auto_convert 0 -i list ' +
        '-map 0:v:0 -an -c:v copy -frames:v 400 -bsf:v setts=ts=N*1001:duration=1001 -movflags +faststart ' +
        '-video_track_timescale 30000 -movie_timescale 30000 -map_metadata -1 -map_chapters -1 -fflags +bitexact -f mp4 out',
    );
    expect(buildConcatList([{ name: 'part-0.mp4' }, { name: 'part-1.mp4', cutAfterFrames: 8 }], sixteen)).toBe(
      'ffconcat version 1.0\nfile part-0.mp4\nfile part-1.mp4\noutpoint 0.468750\n',
    );
  });

  it('of encoding anew is this, literally', () => {
    const args = buildConformClipArgs({
      ...{ kind: 'webm', input: 'in', output: 'out', inputFrameRate: ntsc, canvas, frameRate: sixteen },
      ...{ skipFrames: 1, frameCount: 80, holdFrames: 1 },
    });
    expect(args.join(' ')).toContain(
      '-f matroska -max_streams 32 -max_pixels 50000000 -threads 2 -i in -map 0:v:0 -an -sn -dn -vf fps=16/1,tpad=stop_mode=clone:stop=1,' +
        'trim=start_frame=1:end_frame=81,settb=1/16,setpts=N,' +
        'scale=96:64:force_original_aspect_ratio=increase:flags=bicubic+accurate_rnd:out_color_matrix=bt709:out_range=tv,' +
        'crop=96:64,setsar=1,format=yuv420p -frames:v 80 -c:v libx264',
    );
  });
});

describe('joinClips', () => {
  it('joins clips of ours by copy: the same frames, exact times, equal bytes each time', async () => {
    const parts = [
      await clip('a.mp4', 20, 'testsrc2'),
      await clip('b.mp4', 33, 'mandelbrot'),
      await clip('c.mp4', 1, 'rgbtestsrc'),
    ];
    const clips = [20, 33, 1].map((frameCount, index) => ({ path: parts[index] ?? '', skipFrames: 0, frameCount }));
    const seen: number[] = [];
    await joinAll(clips, { onProgress: (ratio) => seen.push(ratio) });
    const expected = (await Promise.all(parts.map((part) => framesOf(part)))).flat();
    const actual = await framesOf(path('film.mp4'));
    expect(actual.length).toBe(54);
    expect(actual.every((frame, index) => frame.equals(expected[index] ?? Buffer.alloc(0)))).toBe(true);
    const ticks = trackTimescale(sixteen) / 16;
    expect(await packetTimes(path('film.mp4'))).toEqual(Array.from({ length: 54 }, (_value, index) => index * ticks));
    expect((await probe(tools, path('film.mp4'), { signal: never() })).durationSeconds).toBe(54 / 16);
    expect(seen.at(-1)).toBe(1);
    expect(await readdir(path('scratch'))).toEqual([]);
    const first = await readFile(path('film.mp4'));
    await joinAll(clips);
    expect((await readFile(path('film.mp4'))).equals(first)).toBe(true);
  });

  it('keeps exact times over many clips at a rate that is no decimal', async () => {
    const part = await clip('ntsc.mp4', 7, 'testsrc2', { frameRate: ntsc });
    await joinAll(
      Array.from({ length: 40 }, () => ({ path: part, skipFrames: 0, frameCount: 7 })),
      { frameRate: ntsc },
    );
    expect(await packetTimes(path('film.mp4'))).toEqual(Array.from({ length: 280 }, (_value, index) => index * 1001));
  });

  it('cuts clips at both ends to the frame', async () => {
    const part = await clip('count.mp4', 40, 'testsrc2');
    const all = await framesOf(part);
    await joinAll([
      { path: part, skipFrames: 0, frameCount: 13 },
      { path: part, skipFrames: 5, frameCount: 22 },
      { path: part, skipFrames: 39, frameCount: 1 },
    ]);
    const wanted = [...all.slice(0, 13), ...all.slice(5, 27), ...all.slice(39, 40)];
    const actual = await framesOf(path('film.mp4'));
    expect(actual.length).toBe(36);
    for (const [index, frame] of actual.entries()) {
      // Some were encoded anew; each must still be nearest to its own frame.
      const distances = all.map((candidate) => meanDifference(frame, candidate));
      expect(distances.indexOf(Math.min(...distances))).toBe(all.indexOf(wanted[index] ?? Buffer.alloc(0)));
    }
  });

  it.each([
    ['of another size', { canvas: { width: 200, height: 64 } }],
    ['of another rate', { frameRate: { numerator: 25, denominator: 1 } }],
    ['with B-frames', { codec: 'foreign' as const }],
  ])('encodes a clip anew that is %s', async (_title, over) => {
    const odd = await clip('odd.mp4', 40, 'testsrc2', over);
    const ours = await clip('ours.mp4', 16, 'mandelbrot');
    const facts = await probe(tools, odd, { signal: never() });
    expect(facts.video && isConforming(facts.video, { canvas, frameRate: sixteen })).toBe(false);
    await joinAll([
      { path: ours, skipFrames: 0, frameCount: 16 },
      { path: odd, skipFrames: 0, frameCount: 25 },
      { path: ours, skipFrames: 0, frameCount: 16 },
    ]);
    expect((await probe(tools, path('film.mp4'), { signal: never() })).video).toMatchObject({
      ...canvas,
      frameCount: 57,
      frameRate: sixteen,
    });
    const [film, source] = [await framesOf(path('film.mp4')), await framesOf(ours)];
    for (const index of [0, 15]) expect(film[index]?.equals(source[index] ?? Buffer.alloc(0))).toBe(true);
    expect(film[41]?.equals(source[0] ?? Buffer.alloc(0))).toBe(true);
  });

  it('joins clips that look like ours but carry another set-up header', async () => {
    const ours = await clip('plain.mp4', 16, 'testsrc2');
    await run(tools.ffmpegPath, [
      ...[
        '-v',
        'error',
        '-y',
        '-i',
        ours,
        '-c:v',
        'libx264',
        '-profile:v',
        'high',
        '-preset',
        'veryslow',
        '-qp',
        '40',
        '-bf',
        '0',
      ],
      ...[
        '-x264-params',
        'ref=5:cabac=0',
        '-color_range',
        'tv',
        '-colorspace',
        'bt709',
        '-color_primaries',
        'bt709',
        '-color_trc',
        'bt709',
      ],
      ...['-video_track_timescale', String(trackTimescale(sixteen)), path('alien.mp4')],
    ]);
    const { video } = await probe(tools, path('alien.mp4'), { signal: never() });
    expect(video && isConforming(video, { canvas, frameRate: sixteen })).toBe(true);
    await joinAll([
      { path: ours, skipFrames: 0, frameCount: 16 },
      { path: path('alien.mp4'), skipFrames: 0, frameCount: 16 },
    ]);
    const [film, alien] = [await framesOf(path('film.mp4')), await framesOf(path('alien.mp4'))];
    expect(film.length).toBe(32);
    for (const [index, frame] of alien.entries()) expect(meanDifference(film[index + 16], frame)).toBeLessThan(4);
  });

  it('names a clip that is too short or holds no picture, and leaves nothing', async () => {
    const part = await clip('short.mp4', 10, 'testsrc2');
    expect(await rejection(joinAll([{ path: part, skipFrames: 0, frameCount: 11 }]))).toMatchObject({
      code: 'clip_too_short',
      permanent: true,
    });
    expect(await rejection(joinAll([{ path: part, skipFrames: 8, frameCount: 3 }]))).toMatchObject({ code: 'clip_too_short' });
    const sound = await makeAudio(tools, { path: path('sound.mp4'), kind: 'mp4', seconds: 1 });
    expect(await rejection(joinAll([{ path: sound, skipFrames: 0, frameCount: 3 }]))).toMatchObject({
      code: 'clip_without_picture',
    });
    expect(await readdir(path('scratch'))).toEqual([]);
  });

  it('stops on abort and leaves nothing', async () => {
    const big = await clip('big.mp4', 400, 'testsrc2', { canvas: { width: 640, height: 480 } });
    const abort = new AbortController();
    const work = joinAll([{ path: big, skipFrames: 1, frameCount: 399 }], {
      ...{ canvas: { width: 1920, height: 1080 }, signal: abort.signal, output: path('aborted.mp4') },
      onProgress: () => abort.abort(),
    });
    expect(await rejection(work)).toMatchObject({ code: 'aborted' });
    expect(await readdir(path('scratch'))).toEqual([]);
    await expect(readFile(path('aborted.mp4'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('extractLastFrame', () => {
  it('writes the last frame, not the one before', async () => {
    const film = await clip('last.mp4', 35, 'testsrc2');
    await extractLastFrame(tools, { input: film, output: path('last.png'), signal: never() });
    const grey = await run(tools.ffmpegPath, [
      '-v',
      'error',
      '-i',
      path('last.png'),
      '-vf',
      'scale=out_range=tv:out_color_matrix=bt709,format=yuv420p',
      '-f',
      'rawvideo',
      '-',
    ]);
    const luma = grey.subarray(0, canvas.width * canvas.height);
    const raw = await run(tools.ffmpegPath, ['-v', 'error', '-i', film, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-']);
    const bytes = canvas.width * canvas.height * 1.5;
    const distances = Array.from({ length: 35 }, (_value, index) =>
      meanDifference(luma, raw.subarray(index * bytes, index * bytes + luma.length)),
    );
    expect(distances.indexOf(Math.min(...distances))).toBe(34);
    expect(distances[34]).toBeLessThan(1.5);
  });
});
