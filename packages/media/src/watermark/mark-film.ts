import { rm, writeFile } from 'node:fs/promises';
import type { Canvas, FrameRate } from '@polyreel/core';
import { StepError } from '@polyreel/core';
import { frameSizeBytes, openFrameEncoder } from '../frame-encoder.ts';
import { trackTimescale } from '../frame-rate.ts';
import { CLEAN_MP4_ARGS } from '../h264.ts';
import { buildInputArgs } from '../foreign-input.ts';
import { readImageHeader } from '../image-header.ts';
import { runRender } from '../render.ts';
import { type MediaTools, RENDER_MEMORY_BYTES } from '../tools.ts';
import { type RawFramesOptions, readRawFrames } from './raw-frames.ts';
import { drawTextMark } from './visible/draw-text-mark.ts';
import { type MarkBox, type MarkLook, placeMark } from './visible/place-mark.ts';
import type { WatermarkId, Watermarker } from './watermarker.ts';

/** A text or a picture that everybody sees. */
export type VisibleMark = MarkLook &
  ({ readonly text: string; readonly color: string } | { /** PNG, JPEG or WebP on local disk. */ readonly imagePath: string });

export interface MarkFilmOptions {
  /** A film as ours are; its sound is kept. */
  readonly input: string;
  readonly output: string;
  readonly canvas: Canvas;
  readonly frameRate: FrameRate;
  readonly frameCount: number;
  readonly visible?: VisibleMark | undefined;
  readonly invisible?: { readonly watermarker: Watermarker; readonly id: WatermarkId } | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: (ratio: number) => void;
}

const TIMEOUT_MS = 2 * 60 * 60_000;

/**
 * Draws the visible mark, then hides the id, then encodes once: what is hidden is hidden in the picture as it will be seen. Same frames,
 * same sound. Throws StepError; a failure leaves no output.
 */
export const markFilm = async (tools: MediaTools, options: MarkFilmOptions): Promise<void> => {
  const { canvas, frameRate, frameCount, signal, output } = options;
  const silent = `${output}.silent.mp4`;
  const overlay = options.visible && (await prepareOverlay(tools, options.visible, canvas, `${output}.mark.png`, signal));
  const marker = options.invisible?.watermarker.open({ id: options.invisible.id, canvas });
  const encoder = openFrameEncoder({
    ffmpegPath: tools.ffmpegPath,
    path: silent,
    canvas,
    frameRate,
    signal,
    pixelFormat: 'yuv420p',
  });
  try {
    const frames = readRawFrames(tools, {
      input: options.input,
      kind: 'mp4',
      filters: ['format=yuv420p'],
      pixelFormat: 'yuv420p',
      frameBytes: frameSizeBytes(canvas, 'yuv420p'),
      memoryBytes: RENDER_MEMORY_BYTES,
      timeoutMs: TIMEOUT_MS,
      signal,
      ...(overlay && { overlay }),
    });
    for await (const frame of frames) {
      if (encoder.framesWritten === frameCount) break;
      marker?.mark(frame);
      await encoder.write(frame);
      options.onProgress?.((encoder.framesWritten / frameCount) * 0.95);
    }
    if (encoder.framesWritten !== frameCount) throw shortFilm(encoder.framesWritten, frameCount);
    await encoder.finish();
    await runRender(tools, { args: buildKeepSoundArgs({ ...options, silent }), output, signal });
    options.onProgress?.(1);
  } finally {
    await encoder.discard();
    await rm(silent, { force: true });
    await rm(`${output}.mark.png`, { force: true });
  }
};

/** The new picture with the old sound, neither encoded again. */
export const buildKeepSoundArgs = (options: {
  silent: string;
  input: string;
  frameRate: FrameRate;
  output: string;
}): string[] => {
  const timescale = String(trackTimescale(options.frameRate));
  return [
    ...buildInputArgs('mp4', options.silent, { threads: 1 }),
    ...buildInputArgs('mp4', options.input, { threads: 1 }),
    ...['-map', '0:v:0', '-map', '1:a?', '-sn', '-dn', '-c', 'copy'],
    ...['-movflags', '+faststart', '-video_track_timescale', timescale, '-movie_timescale', timescale],
    ...CLEAN_MP4_ARGS,
    options.output,
  ];
};

const prepareOverlay = async (
  tools: MediaTools,
  mark: VisibleMark,
  canvas: Canvas,
  path: string,
  signal: AbortSignal,
): Promise<NonNullable<RawFramesOptions['overlay']>> => {
  if ('text' in mark) {
    await writeFile(path, drawTextMark({ text: mark.text, color: mark.color, canvas, look: mark }));
    const shape = await shapeOf(path);
    // Drawn at its final size: placing it must not scale it again unless it would stick out.
    return overlayOf(path, placeMark(canvas, shape, { ...mark, scale: shape.width / canvas.width }), mark.opacity);
  }
  // Through PNG whatever the caller's picture is: one demuxer, and transparency is kept.
  const shape = await shapeOf(mark.imagePath);
  const box = placeMark(canvas, shape, mark);
  await runRender(tools, { args: await buildMarkPictureArgs(mark.imagePath, box, path), output: path, signal });
  return overlayOf(path, box, mark.opacity);
};

const buildMarkPictureArgs = async (input: string, box: MarkBox, output: string): Promise<string[]> => {
  const header = await readImageHeader(input);
  if (header === undefined) throw unreadable();
  return [
    ...buildInputArgs(header.kind, input, { threads: 1 }),
    ...['-map', '0:v:0', '-frames:v', '1', '-vf', `scale=${box.width}:${box.height}:flags=lanczos,format=rgba`],
    ...['-c:v', 'png', '-f', 'image2', '-update', '1', output],
  ];
};

const overlayOf = (path: string, box: MarkBox, opacity: number): NonNullable<RawFramesOptions['overlay']> => ({
  path,
  filters: [
    `scale=${box.width}:${box.height}:flags=lanczos`,
    'format=rgba',
    `colorchannelmixer=aa=${opacity.toFixed(4)}`,
    'scale=out_color_matrix=bt709:out_range=tv',
    'format=yuva420p',
  ],
  join: `overlay=x=${box.x}:y=${box.y}:eval=init:format=yuv420,format=yuv420p`,
});

const shapeOf = async (path: string): Promise<Canvas> => {
  const header = await readImageHeader(path);
  if (header === undefined || header.width === 0 || header.height === 0) throw unreadable();
  return { width: header.width, height: header.height };
};

const unreadable = (): StepError =>
  new StepError({ code: 'watermark_unreadable', publicMessage: 'The watermark picture could not be read', permanent: true });

const shortFilm = (found: number, wanted: number): StepError =>
  new StepError({
    code: 'film_too_short',
    publicMessage: 'The film could not be marked',
    permanent: true,
    cause: new Error(`${found} frames instead of ${wanted}`),
  });
