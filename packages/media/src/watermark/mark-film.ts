import { rm } from 'node:fs/promises';
import type { Canvas, FrameRate } from '@polyreel/core';
import { StepError } from '@polyreel/core';
import { frameSizeBytes, openFrameEncoder } from '../frame-encoder.ts';
import { trackTimescale } from '../frame-rate.ts';
import { CLEAN_MP4_ARGS } from '../h264.ts';
import { buildInputArgs } from '../foreign-input.ts';
import { runRender } from '../render.ts';
import { type MediaTools, RENDER_MEMORY_BYTES } from '../tools.ts';
import { type RawFramesOptions, readRawFrames } from './raw-frames.ts';
import { overlayFilters, type PreparedOverlay, prepareOverlay, type VisibleMark } from './visible/prepare-overlay.ts';
import type { WatermarkId, Watermarker } from './watermarker.ts';

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
  const path = `${output}.mark.png`;
  const overlay = options.visible && (await prepareOverlay(tools, { mark: options.visible, canvas, path, signal }));
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
      ...(overlay && { overlay: rawOverlay(overlay) }),
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
    await rm(path, { force: true });
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

/** Laid over the planes of a film: the mark comes down to them first. */
const rawOverlay = (overlay: PreparedOverlay): NonNullable<RawFramesOptions['overlay']> => ({
  path: overlay.path,
  filters: [...overlayFilters(overlay), 'scale=out_color_matrix=bt709:out_range=tv', 'format=yuva420p'],
  join: `overlay=x=${overlay.box.x}:y=${overlay.box.y}:eval=init:format=yuv420,format=yuv420p`,
});

const shortFilm = (found: number, wanted: number): StepError =>
  new StepError({
    code: 'film_too_short',
    publicMessage: 'The film could not be marked',
    permanent: true,
    cause: new Error(`${found} frames instead of ${wanted}`),
  });
