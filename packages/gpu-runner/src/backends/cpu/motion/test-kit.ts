import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Canvas, RunnerTaskOf } from '@polyreel/core';
import { probe, runProcess, type VideoFacts } from '@polyreel/media';
import sharp from 'sharp';
import type { RunWarning } from '../../../runner.ts';
import type { CpuTools } from '../executor.ts';
import { motionTasks } from './index.ts';
import type { OpenCv } from './morph-flow.ts';

/** What the tests of this folder share. Not part of the product. */
export const tools: CpuTools = { ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe', threads: 2 };
export const never = new AbortController().signal;

const { resolve } = createRequire(import.meta.url);
export const portrait = resolve('@polyreel/testkit/fixtures/portrait.jpg');
export const landscape = resolve('@polyreel/testkit/fixtures/landscape.jpg');

export type MotionTaskType = keyof typeof motionTasks;
export type MotionTask = RunnerTaskOf<MotionTaskType>;

const clip = { model: 'reference', frameRate: { numerator: 16, denominator: 1 }, seed: 7, prompt: '', negativePrompt: '' };
export const imageToVideo = (
  task: Partial<RunnerTaskOf<'image-to-video'>> & { canvas: Canvas },
): RunnerTaskOf<'image-to-video'> => ({ ...clip, frameCount: 16, ...task, type: 'image-to-video' });
export const firstLastFrame = (
  task: Partial<RunnerTaskOf<'first-last-frame'>> & { canvas: Canvas },
): RunnerTaskOf<'first-last-frame'> => ({ ...clip, frameCount: 16, ...task, type: 'first-last-frame' });
export const talkingHead = (task: Partial<RunnerTaskOf<'talking-head'>> & { canvas: Canvas }): RunnerTaskOf<'talking-head'> => ({
  ...{ model: 'reference', frameRate: { numerator: 25, denominator: 1 }, frameCount: 25, seed: 7, prompt: '' },
  ...task,
  type: 'talking-head',
});

export interface Film {
  readonly path: string;
  readonly canvas: Canvas;
  readonly warnings: readonly RunWarning[];
  readonly progress: readonly number[];
}

interface RunOptions {
  readonly threads?: number;
  readonly signal?: AbortSignal;
  onProgress?(ratio: number): unknown;
}

/** A folder for the films of one test file. */
export const createStudio = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'polyreel-motion-'));
  const make = async (
    task: MotionTask,
    inputs: Partial<Record<'image' | 'lastImage' | 'audio', string>>,
    { threads = 2, signal = never, onProgress = () => undefined }: RunOptions = {},
  ): Promise<Film> => {
    const scratchDir = await mkdtemp(join(folder, 'run-'));
    const progress: number[] = [];
    const record = (ratio: number): void => {
      progress.push(ratio);
      onProgress(ratio);
    };
    const context = { inputs, scratchDir, signal, onProgress: record };
    const run = (): ReturnType<(typeof motionTasks)[MotionTaskType]> => {
      switch (task.type) {
        case 'image-to-video':
          return motionTasks['image-to-video'](task, context, { ...tools, threads });
        case 'first-last-frame':
          return motionTasks['first-last-frame'](task, context, { ...tools, threads });
        case 'talking-head':
          return motionTasks['talking-head'](task, context, { ...tools, threads });
      }
    };
    const { path, warnings } = await run();
    return { path, canvas: task.canvas, warnings, progress };
  };
  return {
    folder,
    make,
    /** Files left in the scratch folders. */
    leftovers: async (): Promise<string[]> =>
      (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name),
    file: (name: string): string => join(folder, name),
    remove: (): Promise<void> => rm(folder, { recursive: true, force: true }),
  };
};

export const ffmpeg = async (args: readonly string[], maxOutputBytes = 512 * 1024 * 1024): Promise<Buffer> => {
  const prefix = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y'];
  const options = { command: 'ffmpeg', args: [...prefix, ...args], signal: never, timeoutMs: 300_000, maxOutputBytes };
  return (await runProcess(options)).stdout;
};

/** Facts of the film's pictures, counted and not believed. */
export const factsOf = async (film: Film): Promise<VideoFacts> => {
  const { video } = await probe({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' }, film.path, {
    signal: never,
    countsFrames: true,
  });
  if (video === undefined) throw new Error('no pictures in the film');
  return video;
};

/** Luma of each frame, of a part of the picture where `crop` is given. */
export const lumaFrames = async (
  film: Film,
  crop: { x: number; y: number; width: number; height: number } = { x: 0, y: 0, ...film.canvas },
): Promise<Uint8Array[]> => {
  const { x, y, width, height } = crop;
  const filter = `extractplanes=y,crop=${width}:${height}:${x}:${y}`;
  const bytes = await ffmpeg(['-i', film.path, '-vf', filter, '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1']);
  const size = width * height;
  return Array.from({ length: bytes.length / size }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
};

/** One hash a frame, of what a player shows. */
export const frameHashes = async (film: Film): Promise<string[]> => {
  const text = (await ffmpeg(['-i', film.path, '-f', 'framemd5', 'pipe:1'])).toString();
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(-32));
};

const readSimilarities = (log: string): number[] => [...log.matchAll(/All:([0-9.]+) /g)].map((match) => Number(match[1]));

/** SSIM of each frame with the one before. */
export const neighbourSimilarities = async (film: Film): Promise<number[]> => {
  const graph = '[0:v]trim=start_frame=1,setpts=N[later];[1:v]setpts=N[earlier];[later][earlier]ssim=stats_file=-:shortest=1';
  return readSimilarities(
    (await ffmpeg(['-i', film.path, '-i', film.path, '-filter_complex', graph, '-f', 'null', '-'])).toString(),
  );
};

/** SSIM of one frame with a picture laid onto the canvas (covering it, centred). */
export const similarityToPicture = async (film: Film, frame: number, picture: string): Promise<number> => {
  const { width, height } = film.canvas;
  const expected = `${film.path}.expected.png`;
  await sharp(picture).resize(width, height, { fit: 'cover' }).removeAlpha().png().toFile(expected);
  const toFilmColours = 'scale=out_color_matrix=bt709:out_range=tv,format=yuv420p';
  const graph = `[0:v]select='eq(n,${frame})',setpts=0[frame];[1:v]${toFilmColours},setpts=0[picture];[frame][picture]ssim=stats_file=-`;
  const log = await ffmpeg(['-i', film.path, '-i', expected, '-filter_complex', graph, '-frames:v', '1', '-f', 'null', '-']);
  const [similarity] = readSimilarities(log.toString());
  if (similarity === undefined) throw new Error(`frame ${frame} was not found`);
  return similarity;
};

export interface Movement {
  /** Median over the picture, in pixels. */
  readonly x: number;
  readonly y: number;
  /** Mean length of the vectors. */
  readonly length: number;
  /** Mean growth away from the middle, in pixels a pixel: positive when the picture expands. */
  readonly expansion: number;
  /** Mean turn about the middle, in radians; positive is clockwise on screen. */
  readonly turn: number;
}

/** In a smooth sky no method sees movement. */
const MIN_TEXTURE = 10;
const texture = (frame: Uint8Array, width: number, x: number, y: number): number => {
  const at = (dx: number, dy: number): number => frame[(y + dy) * width + x + dx] ?? 0;
  return Math.abs(at(3, 0) - at(-3, 0)) + Math.abs(at(0, 3) - at(0, -3));
};

/** Optical flow from one frame to another by Farneback's method, where there is something to see; borders left out. */
export const measureMovement = (cv: OpenCv, canvas: Canvas, from: Uint8Array, to: Uint8Array): Movement => {
  const { width, height } = canvas;
  const first = cv.matFromArray(height, width, cv.CV_8UC1, from);
  const second = cv.matFromArray(height, width, cv.CV_8UC1, to);
  const flow = new cv.Mat();
  try {
    cv.calcOpticalFlowFarneback(first, second, flow, 0.5, 4, 21, 4, 7, 1.5, 0);
    const vectors = Float32Array.from(flow.data32F);
    const xs: number[] = [];
    const ys: number[] = [];
    let length = 0;
    let expansion = 0;
    let turn = 0;
    let radii = 0;
    for (let y = Math.round(height * 0.1); y < height * 0.9; y += 2) {
      for (let x = Math.round(width * 0.1); x < width * 0.9; x += 2) {
        if (texture(from, width, x, y) < MIN_TEXTURE) continue;
        const vx = vectors[(y * width + x) * 2] ?? 0;
        const vy = vectors[(y * width + x) * 2 + 1] ?? 0;
        const rx = x - width / 2;
        const ry = y - height / 2;
        xs.push(vx);
        ys.push(vy);
        length += Math.hypot(vx, vy);
        expansion += vx * rx + vy * ry;
        turn += vy * rx - vx * ry;
        radii += rx * rx + ry * ry;
      }
    }
    return { x: median(xs), y: median(ys), length: length / xs.length, expansion: expansion / radii, turn: turn / radii };
  } finally {
    for (const mat of [first, second, flow]) mat.delete();
  }
};

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Pearson's r. */
export const correlate = (a: readonly number[], b: readonly number[]): number => {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanA = mean(a);
  const meanB = mean(b);
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  a.forEach((value, index) => {
    const offA = value - meanA;
    const offB = (b[index] ?? 0) - meanB;
    product += offA * offB;
    squareA += offA ** 2;
    squareB += offB ** 2;
  });
  return product / Math.sqrt(squareA * squareB);
};

/** Speaks with espeak-ng into a WAV file. */
export const speak = async (path: string, text: string, voice = 'en-us'): Promise<string> => {
  const args = ['-v', voice, '-s', '155', '-w', path, text];
  await runProcess({ command: 'espeak-ng', args, signal: never, timeoutMs: 60_000 });
  return path;
};

/** Process ids of ffmpeg processes that write into `folder`. */
export const encodersIn = (folder: string): string[] =>
  spawnSync('pgrep', ['-f', `ffmpeg.*${folder}`], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((id) => id !== '');
