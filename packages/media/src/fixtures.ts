import { writeFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';
import type { Canvas, FrameRate } from '@polyreel/core';
import { formatFrameRate } from './frame-rate.ts';
import { buildH264Args, CLEAN_MP4_ARGS } from './h264.ts';
import { runProcess } from './run-process.ts';
import type { MediaTools } from './tools.ts';

/** Media files for tests, made by ffmpeg's own sources when a test asks for them; nothing binary lies in the repository. */

const run = async (tools: MediaTools, args: readonly string[]): Promise<void> => {
  await runProcess({
    command: tools.ffmpegPath,
    args: ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...args],
    signal: new AbortController().signal,
    timeoutMs: 120_000,
  });
};

const imageCoders = {
  png: ['-c:v', 'png', '-f', 'image2'],
  jpeg: ['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p', '-f', 'image2'],
  webp: ['-c:v', 'libwebp', '-f', 'webp'],
  gif: ['-f', 'gif'],
  bmp: ['-c:v', 'bmp', '-f', 'image2'],
  tiff: ['-c:v', 'tiff', '-f', 'image2'],
} as const;
export type FixtureImageKind = keyof typeof imageCoders;

/** A still of lavfi `source` (default: a test card). */
export const makeImage = async (
  tools: MediaTools,
  options: { path: string; kind: FixtureImageKind; canvas?: Canvas; source?: string },
): Promise<string> => {
  const { width, height } = options.canvas ?? { width: 320, height: 240 };
  const source = options.source ?? 'testsrc2';
  const size = `${source}${source.includes('=') ? ':' : '='}size=${width}x${height}`;
  // The sources round to even sides.
  await run(tools, [
    '-f',
    'lavfi',
    '-i',
    size,
    '-frames:v',
    '1',
    '-vf',
    `scale=${width}:${height}`,
    ...imageCoders[options.kind],
    options.path,
  ]);
  return options.path;
};

const audioCoders = {
  mp3: ['-c:a', 'libmp3lame', '-f', 'mp3'],
  mp2: ['-c:a', 'mp2', '-f', 'mp2'],
  wav: ['-c:a', 'pcm_s16le', '-f', 'wav'],
  m4a: ['-c:a', 'aac', '-f', 'ipod'],
  mp4: ['-c:a', 'aac', '-f', 'mp4'],
  vorbis: ['-c:a', 'libvorbis', '-f', 'ogg'],
  opus: ['-c:a', 'libopus', '-f', 'ogg'],
  flac: ['-c:a', 'flac', '-f', 'flac'],
  aac: ['-c:a', 'aac', '-f', 'adts'],
  webm: ['-c:a', 'libopus', '-f', 'webm'],
} as const;
export type FixtureAudioKind = keyof typeof audioCoders;

/** Sound of lavfi `source` (default: a 440 Hz tone). */
export const makeAudio = async (
  tools: MediaTools,
  options: {
    path: string;
    kind: FixtureAudioKind;
    seconds: number;
    sampleRate?: number;
    channels?: number;
    source?: string;
    args?: string[];
  },
): Promise<string> => {
  const source = options.source ?? 'sine=frequency=440:sample_rate=48000';
  const shape = ['-t', String(options.seconds), '-ar', String(options.sampleRate ?? 48000), '-ac', String(options.channels ?? 1)];
  await run(tools, ['-f', 'lavfi', '-i', source, ...shape, ...audioCoders[options.kind], ...(options.args ?? []), options.path]);
  return options.path;
};

/** A film as our own encoder makes them; `codec: 'foreign'` has B-frames and scene cuts, as a caller's film would. */
export const makeFilm = async (
  tools: MediaTools,
  options: {
    path: string;
    canvas: Canvas;
    frameRate: FrameRate;
    frameCount: number;
    source?: string;
    codec?: 'ours' | 'foreign';
  },
): Promise<string> => {
  const rate = formatFrameRate(options.frameRate);
  const source = options.source ?? 'testsrc2';
  const size = `${source}${source.includes('=') ? ':' : '='}size=${options.canvas.width}x${options.canvas.height}:rate=${rate}`;
  const coder =
    options.codec === 'foreign'
      ? ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-pix_fmt', 'yuv420p', '-f', 'mp4']
      : [...buildH264Args({ frameRate: options.frameRate }), ...CLEAN_MP4_ARGS];
  await run(tools, ['-f', 'lavfi', '-i', size, '-frames:v', String(options.frameCount), ...coder, options.path]);
  return options.path;
};

/** A valid PNG of one colour, one bit a pixel: 16,000 x 16,000 pixels are 32 kB. */
export const writeBombPng = async (path: string, canvas: Canvas): Promise<string> => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(canvas.width, 0);
  header.writeUInt32BE(canvas.height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc(canvas.height * (1 + Math.ceil(canvas.width / 8)));
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  await writeFile(
    path,
    Buffer.concat([signature, pngChunk('IHDR', header), pngChunk('IDAT', deflateSync(rows)), pngChunk('IEND', Buffer.alloc(0))]),
  );
  return path;
};

const pngChunk = (name: string, body: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), body]);
  const chunk = Buffer.alloc(named.length + 8);
  chunk.writeUInt32BE(body.length, 0);
  named.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(named), named.length + 4);
  return chunk;
};
