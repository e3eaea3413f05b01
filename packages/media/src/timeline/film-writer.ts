import { rm } from 'node:fs/promises';
import type { Canvas } from '@polyreel/core';
import { encoderMisuse, writeToEncoder } from '../encoder-pipe.ts';
import { formatFrameRate } from '../frame-rate.ts';
import { startProcess } from '../run-process.ts';
import type { MediaTools } from '../tools.ts';
import { type FrameFormat, frameBytes } from './pictures/colour/colour-kernel.ts';
import { renderMemoryBytes } from './command-limits.ts';
import { buildAudioArgs, buildMuxerArgs, buildPictureArgs } from './encode-args.ts';
import type { OutputPlan } from './output-plan.ts';
import type { SoundGraph } from './sound-args.ts';

const TWO_HOURS_MS = 2 * 60 * 60 * 1000;

export interface FilmArgsOptions {
  readonly plan: OutputPlan;
  /** Of the frames that come by pipe. */
  readonly format: FrameFormat;
  readonly frameCount: number;
  /** Null: no sound track. Its inputs follow those of the picture and the tags. */
  readonly sound: SoundGraph | null;
  /** A file with tags, or null. */
  readonly metadataPath: string | null;
  readonly path: string;
}

/** Inputs that stand before those of the sound. */
export const inputsBefore = (options: { hasPicture: boolean; hasMetadata: boolean }): number =>
  (options.hasPicture ? 1 : 0) + (options.hasMetadata ? 1 : 0);

const QUIET = ['-hide_banner', '-loglevel', 'error', '-nostats', '-y', '-protocol_whitelist', 'file,pipe'] as const;

/** One command: raw frames come by pipe, sound from its files, the film goes to `path`. Nothing lies in between. */
export const buildFilmArgs = ({ plan, format, frameCount, sound, metadataPath, path }: FilmArgsOptions): string[] => {
  const { width, height } = plan.output;
  const picture = buildPictureArgs(plan, frameCount, format);
  return [
    ...[...QUIET, '-f', 'rawvideo', '-pix_fmt', format, '-s:v', `${width}x${height}`],
    ...['-framerate', formatFrameRate(plan.frameRate), '-i', 'pipe:0'],
    ...metadataInput(metadataPath),
    ...(sound?.inputArgs ?? []),
    ...['-filter_complex', [picture.filter, ...(sound === null ? [] : [sound.filter])].join(';'), '-map', '[picture]'],
    ...(sound === null ? [] : ['-map', '[sound]']),
    ...picture.args,
    ...(sound === null ? ['-an'] : buildAudioArgs(plan)),
    ...['-map_metadata', metadataPath === null ? '-1' : '1'],
    ...[...buildMuxerArgs(plan), path],
  ];
};

/** Sound alone. */
export const buildSoundArgs = ({
  plan,
  sound,
  metadataPath,
  path,
}: Omit<FilmArgsOptions, 'frameCount' | 'sound' | 'format'> & { sound: SoundGraph }): string[] => [
  ...[...QUIET, '-nostdin', '-progress', 'pipe:1'],
  ...metadataInput(metadataPath),
  ...sound.inputArgs,
  ...['-filter_complex', sound.filter, '-map', '[sound]', '-vn', ...buildAudioArgs(plan)],
  ...['-map_metadata', metadataPath === null ? '-1' : '0'],
  ...[...buildMuxerArgs(plan), path],
];

const metadataInput = (path: string | null): string[] => (path === null ? [] : ['-f', 'ffmetadata', '-i', path]);

export interface FrameSink {
  /** Resolves when the bytes are taken; the array may be reused then. Throws StepError. */
  write(frame: Uint8Array): Promise<void>;
  /** Resolves when the file is whole. */
  finish(): Promise<void>;
  /** Ends the program and removes its file unless `finish` succeeded. Never throws. */
  discard(): Promise<void>;
}

/** Starts ffmpeg with `args`, whose first input is raw frames on standard input and whose last word is `path`. */
export const openFrameSink = (
  tools: MediaTools,
  options: { args: readonly string[]; path: string; canvas: Canvas; format: FrameFormat; signal: AbortSignal },
): FrameSink => {
  const encoder = startProcess({
    ...{ command: tools.ffmpegPath, args: options.args, stdin: 'pipe', signal: options.signal },
    ...{ timeoutMs: TWO_HOURS_MS, maxMemoryBytes: renderMemoryBytes(options.args) },
  });
  const bytes = frameBytes(options.format, options.canvas);
  let isDone = false;
  return {
    async write(frame) {
      if (frame.byteLength !== bytes) throw encoderMisuse(`a frame has ${frame.byteLength} bytes, expected ${bytes}`);
      await writeToEncoder(encoder, frame);
    },
    async finish() {
      encoder.stdin?.end();
      await encoder.finished;
      isDone = true;
    },
    async discard() {
      if (isDone) return;
      encoder.stop();
      await encoder.finished.catch(() => undefined);
      await rm(options.path, { force: true }).catch(() => undefined);
    },
  };
};

/** Writes one frame as a JPEG, at a share of its size. */
export const writeStill = async (
  tools: MediaTools,
  options: { frame: Uint8Array; canvas: Canvas; format: FrameFormat; scale: number; path: string; signal: AbortSignal },
): Promise<void> => {
  const { canvas, format, scale } = options;
  const from = format === 'rgba' ? 'in_range=pc' : 'in_range=tv:in_color_matrix=bt709';
  const width = Math.max(2, Math.round(canvas.width * scale));
  const height = Math.max(2, Math.round(canvas.height * scale));
  const args = [
    ...[...QUIET, '-f', 'rawvideo', '-pix_fmt', format, '-s:v', `${canvas.width}x${canvas.height}`, '-i', 'pipe:0'],
    ...['-vf', `scale=${width}:${height}:flags=area:${from}:out_color_matrix=bt601:out_range=pc,format=yuvj420p`],
    ...[
      '-frames:v',
      '1',
      '-c:v',
      'mjpeg',
      '-q:v',
      '3',
      '-map_metadata',
      '-1',
      '-fflags',
      '+bitexact',
      '-f',
      'image2',
      '-update',
      '1',
    ],
    options.path,
  ];
  const sink = openFrameSink(tools, { args, path: options.path, canvas, format, signal: options.signal });
  try {
    await sink.write(options.frame);
    await sink.finish();
  } finally {
    await sink.discard();
  }
};
