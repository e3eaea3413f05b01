import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Canvas, FrameRate } from '@polyreel/core';
import { StepError } from '@polyreel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildFrameEncoderArgs, type FrameEncoderOptions, openFrameEncoder } from './frame-encoder.ts';
import { trackTimescale } from './frame-rate.ts';
import { runProcess } from './run-process.ts';

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'polyreel-encoder-'));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

const sixteen: FrameRate = { numerator: 16, denominator: 1 };
const options = (over: Partial<FrameEncoderOptions> = {}): FrameEncoderOptions => ({
  ffmpegPath: 'ffmpeg',
  path: join(scratch, 'film.mp4'),
  canvas: { width: 64, height: 48 },
  frameRate: sixteen,
  signal: new AbortController().signal,
  ...over,
});

const paint = (frame: Uint8Array, [red, green, blue]: readonly [number, number, number]): void => {
  for (let at = 0; at < frame.length; at += 4) frame.set([red, green, blue, 255], at);
};

const encode = async (frameCount: number, over: Partial<FrameEncoderOptions> = {}): Promise<string> => {
  const encoder = openFrameEncoder(options(over));
  const frame = new Uint8Array(encoder.frameSizeBytes);
  for (let index = 0; index < frameCount; index += 1) {
    paint(frame, [(index * 7) % 256, (index * 13) % 256, 128]);
    await encoder.write(frame);
  }
  await encoder.finish();
  expect(encoder.framesWritten).toBe(frameCount);
  return options(over).path;
};

const run = async (command: string, args: string[]): Promise<Buffer> =>
  (await runProcess({ command, args, signal: new AbortController().signal, timeoutMs: 60_000 })).stdout;

const probe = async (path: string, entries: string): Promise<string> =>
  (
    await run('ffprobe', [
      '-v',
      'error',
      '-count_frames',
      '-select_streams',
      'v',
      '-show_entries',
      entries,
      '-of',
      'default=nw=1',
      path,
    ])
  )
    .toString()
    .trim();

const stepErrorOf = async (work: Promise<unknown>): Promise<StepError> => {
  const error = await work.catch((reason: unknown) => reason);
  if (!(error instanceof StepError)) throw new Error(`expected a StepError, got ${String(error)}`);
  return error;
};

describe('buildFrameEncoderArgs', () => {
  it('is this command line, literally', () => {
    const args = buildFrameEncoderArgs({
      path: 'out.mp4',
      canvas: { width: 832, height: 480 },
      frameRate: { numerator: 30000, denominator: 1001 },
    });
    expect(args.join(' ')).toBe(
      '-hide_banner -loglevel error -nostats -y -protocol_whitelist file,pipe -f rawvideo -pix_fmt rgba -s:v 832x480 ' +
        '-framerate 30000/1001 -i pipe:0 -an -vf scale=in_range=pc:out_color_matrix=bt709:out_range=tv:flags=accurate_rnd ' +
        '-c:v libx264 -profile:v high -pix_fmt yuv420p -preset veryfast -crf 20 -threads 4 -g 30 -keyint_min 30 -sc_threshold 0 -bf 0 ' +
        '-flags:v +cgop+bitexact -r 30000/1001 -fps_mode cfr -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv ' +
        '-movflags +faststart -video_track_timescale 30000 -movie_timescale 30000 -map_metadata -1 -map_chapters -1 -fflags +bitexact -f mp4 out.mp4',
    );
  });
});

describe('openFrameEncoder', () => {
  it.each<[FrameRate, number]>([
    [sixteen, 81],
    [{ numerator: 24, denominator: 1 }, 1],
    [{ numerator: 30, denominator: 1 }, 100],
    [{ numerator: 30000, denominator: 1001 }, 47],
  ])('writes exactly the frames it was given, at exactly %o (%i frames)', async (frameRate, frameCount) => {
    const path = await encode(frameCount, { frameRate });
    const ticks = (frameCount * trackTimescale(frameRate) * frameRate.denominator) / frameRate.numerator;
    expect(
      await probe(
        path,
        'stream=codec_name,profile,pix_fmt,r_frame_rate,time_base,start_pts,duration_ts,nb_frames,nb_read_frames,has_b_frames',
      ),
    ).toBe(
      [
        'codec_name=h264',
        'profile=High',
        'has_b_frames=0',
        'pix_fmt=yuv420p',
        `r_frame_rate=${frameRate.numerator}/${frameRate.denominator}`,
        `time_base=1/${trackTimescale(frameRate)}`,
        'start_pts=0',
        `duration_ts=${ticks}`,
        `nb_frames=${frameCount}`,
        `nb_read_frames=${frameCount}`,
      ].join('\n'),
    );
  });

  it('starts a closed group of pictures every second and nowhere else', async () => {
    const path = await encode(50);
    const kinds = await run('ffprobe', ['-v', 'error', '-show_entries', 'frame=pict_type', '-of', 'csv=p=0', path]);
    expect(kinds.toString().replace(/[^IPB]/g, '')).toBe(`${`I${'P'.repeat(15)}`.repeat(3)}IP`);
  });

  it('converts colours by BT.709 into TV range and tags the film so', async () => {
    const encoder = openFrameEncoder(options());
    const frame = new Uint8Array(encoder.frameSizeBytes);
    paint(frame, [0, 255, 0]);
    await encoder.write(frame);
    await encoder.finish();
    expect(await probe(options().path, 'stream=color_range,color_space,color_primaries,color_transfer')).toBe(
      'color_range=tv\ncolor_space=bt709\ncolor_transfer=bt709\ncolor_primaries=bt709',
    );
    const raw = await run('ffmpeg', ['-v', 'error', '-i', options().path, '-f', 'rawvideo', '-']);
    // Pure green in BT.709, TV range: Y 173, Cb 42, Cr 26 (BT.601 would give 145, 54, 34).
    for (const [at, expected] of [
      [0, 173],
      [64 * 48, 42],
      [64 * 48 * 1.25, 26],
    ] as const) {
      expect(Math.abs((raw[at] ?? 0) - expected)).toBeLessThanOrEqual(2);
    }
  });

  it('gives equal bytes for equal frames', async () => {
    const first = await readFile(await encode(20, { path: join(scratch, 'a.mp4') }));
    const second = await readFile(await encode(20, { path: join(scratch, 'b.mp4') }));
    expect(first.equals(second)).toBe(true);
  });

  it('takes frames that are YUV already as they are', async () => {
    const encoder = openFrameEncoder(options({ pixelFormat: 'yuv420p', crf: 1 }));
    await encoder.write(new Uint8Array(encoder.frameSizeBytes).fill(90));
    await encoder.finish();
    const raw = await run('ffmpeg', ['-v', 'error', '-i', options().path, '-f', 'rawvideo', '-']);
    expect(new Set(raw)).toEqual(new Set([90]));
  });

  it('lets the caller reuse a frame once it was taken', async () => {
    const encoder = openFrameEncoder(options({ canvas: { width: 512, height: 512 }, crf: 5 }));
    const frame = new Uint8Array(encoder.frameSizeBytes);
    for (const level of [20, 120, 220]) {
      frame.fill(level);
      await encoder.write(frame);
    }
    frame.fill(0);
    await encoder.finish();
    const gray = await run('ffmpeg', [
      '-v',
      'error',
      '-i',
      options().path,
      '-vf',
      'scale=1:1,format=rgb24',
      '-f',
      'rawvideo',
      '-',
    ]);
    expect([gray[0], gray[3], gray[6]].map((level) => Math.round((level ?? 0) / 20) * 20)).toEqual([20, 120, 220]);
  });

  it.each<Canvas>([
    { width: 833, height: 480 },
    { width: 832, height: 479 },
    { width: 0, height: 480 },
    { width: 8194, height: 480 },
  ])('refuses the canvas $width x $height and says which side', (canvas) => {
    expect(() => openFrameEncoder(options({ canvas }))).toThrow(/(width|height) \d+ is not an even number from 16 to 8192/);
  });

  it('refuses a frame of the wrong size and a film without frames, and leaves no file', async () => {
    const encoder = openFrameEncoder(options());
    expect(await stepErrorOf(encoder.write(new Uint8Array(7)))).toMatchObject({ permanent: true });
    expect(await stepErrorOf(encoder.finish())).toMatchObject({ permanent: true });
    expect(existsSync(options().path)).toBe(false);
  });

  it('stops on abort, also in the middle of a write, and removes the file', async () => {
    const abort = new AbortController();
    const encoder = openFrameEncoder(options({ signal: abort.signal, canvas: { width: 1920, height: 1080 } }));
    const frame = new Uint8Array(encoder.frameSizeBytes);
    for (let index = 0; index < 3; index += 1) await encoder.write(frame);
    const pending = encoder.write(frame);
    abort.abort();
    const outcomes = await Promise.allSettled([
      pending,
      (async () => {
        await pending.catch(() => undefined);
        for (;;) await encoder.write(frame);
      })(),
    ]);
    expect(outcomes.some((outcome) => outcome.status === 'rejected' && outcome.reason instanceof StepError)).toBe(true);
    await encoder.discard();
    expect(existsSync(options().path)).toBe(false);
  });

  it('reports an encoder that cannot write its file', async () => {
    const encoder = openFrameEncoder(options({ path: join(scratch, 'missing', 'film.mp4') }));
    const work = async (): Promise<void> => {
      for (;;) await encoder.write(new Uint8Array(encoder.frameSizeBytes));
    };
    expect(await stepErrorOf(work())).toMatchObject({ code: 'process_failed' });
  });

  it('can be discarded at any time, twice, and after success without harm', async () => {
    const half = openFrameEncoder(options({ path: join(scratch, 'half.mp4') }));
    await half.write(new Uint8Array(half.frameSizeBytes));
    await half.discard();
    await half.discard();
    expect(existsSync(join(scratch, 'half.mp4'))).toBe(false);
    const whole = openFrameEncoder(options());
    await whole.write(new Uint8Array(whole.frameSizeBytes));
    await whole.finish();
    await whole.discard();
    expect(existsSync(options().path)).toBe(true);
  });
});
