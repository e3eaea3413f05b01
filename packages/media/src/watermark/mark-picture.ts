import { rm } from 'node:fs/promises';
import type { Canvas } from '@polyreel/core';
import { buildInputArgs } from '../foreign-input.ts';
import { runRender } from '../render.ts';
import type { MediaTools } from '../tools.ts';
import { overlayFilters, type PreparedOverlay, prepareOverlay, type VisibleMark } from './visible/prepare-overlay.ts';

export interface MarkPictureOptions {
  /** PNG of ours; its transparency is kept. */
  readonly input: string;
  /** PNG. */
  readonly output: string;
  readonly canvas: Canvas;
  readonly visible: VisibleMark;
  readonly signal: AbortSignal;
}

/** Draws a mark on a picture that everybody sees. Throws StepError; a failure leaves no output. */
export const markPicture = async (tools: MediaTools, options: MarkPictureOptions): Promise<void> => {
  const { input, output, canvas, visible, signal } = options;
  const path = `${output}.mark.png`;
  try {
    const overlay = await prepareOverlay(tools, { mark: visible, canvas, path, signal });
    await runRender(tools, { args: buildMarkPictureArgs({ input, overlay, output }), output, signal });
  } finally {
    await rm(path, { force: true });
  }
};

export const buildMarkPictureArgs = (options: { input: string; overlay: PreparedOverlay; output: string }): string[] => {
  const { input, overlay, output } = options;
  const place = `overlay=x=${overlay.box.x}:y=${overlay.box.y}:eval=init:format=rgb`;
  return [
    ...buildInputArgs('png', input, { threads: 1 }),
    ...buildInputArgs('png', overlay.path, { threads: 1 }),
    ...['-filter_complex', `[1:v:0]${overlayFilters(overlay).join(',')}[over];[0:v:0][over]${place}`],
    ...['-frames:v', '1', '-c:v', 'png', '-map_metadata', '-1', '-fflags', '+bitexact', '-f', 'image2', '-update', '1', output],
  ];
};
