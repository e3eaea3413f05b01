import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Canvas, FrameRate } from '@polyreel/core';
import { openFrameEncoder, runProcess } from '@polyreel/media';
import sharp from 'sharp';
import type { RunContext } from '../../runner.ts';

const { resolve } = createRequire(import.meta.url);
export const testTools = { ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' };
export const fixture = (name: 'portrait.jpg' | 'landscape.jpg'): string => resolve(`@polyreel/testkit/fixtures/${name}`);

/** A context whose results lie in a folder of their own below `folder`. */
export const testContext = async (folder: string, inputs: RunContext['inputs'], name = 'run'): Promise<RunContext> => {
  const scratchDir = join(folder, name);
  await mkdir(scratchDir, { recursive: true });
  return { inputs, scratchDir, signal: AbortSignal.timeout(240_000), onProgress: () => undefined };
};

/** RGBA of a part of a fixture: a camera that moves over a photo. */
export const photoPart = async (
  name: 'portrait.jpg' | 'landscape.jpg',
  part: Canvas & { left: number; top: number },
): Promise<Uint8Array> => sharp(fixture(name)).extract(part).ensureAlpha().raw().toBuffer();

export const writeTestFilm = async (
  frames: readonly Uint8Array[],
  film: { path: string; canvas: Canvas; frameRate: FrameRate },
): Promise<string> => {
  const encoder = openFrameEncoder({ ...film, ffmpegPath: testTools.ffmpegPath, crf: 8, signal: AbortSignal.timeout(60_000) });
  try {
    for (const frame of frames) await encoder.write(frame);
    await encoder.finish();
    return film.path;
  } finally {
    await encoder.discard();
  }
};

/** Brightness of every frame. */
export const readLuma = async (path: string, { width, height }: Canvas): Promise<Uint8Array[]> => {
  const { stdout } = await runProcess({
    command: testTools.ffmpegPath,
    args: ['-loglevel', 'error', '-nostdin', '-i', path, '-map', '0:v', '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'],
    signal: AbortSignal.timeout(60_000),
    timeoutMs: 60_000,
    maxOutputBytes: 512 * 1024 * 1024,
  });
  const bytes = width * height;
  return Array.from({ length: stdout.length / bytes }, (_, index) => stdout.subarray(index * bytes, (index + 1) * bytes));
};

/** Peak signal-to-noise ratio in dB; `border` pixels on each side are left out. */
export const psnr = (a: Uint8Array, b: Uint8Array, { width, height }: Canvas, border = 0): number => {
  let squares = 0;
  let count = 0;
  for (let y = border; y < height - border; y++)
    for (let x = border; x < width - border; x++, count++) squares += ((a[y * width + x] ?? 0) - (b[y * width + x] ?? 0)) ** 2;
  return squares === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 * 255 * count) / squares);
};
