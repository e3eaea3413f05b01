import { writeFile } from 'node:fs/promises';
import type { Canvas } from '@polyreel/core';
import { StepError } from '@polyreel/core';
import { buildInputArgs } from '../../foreign-input.ts';
import { readImageHeader } from '../../image-header.ts';
import { runRender } from '../../render.ts';
import type { MediaTools } from '../../tools.ts';
import { drawTextMark } from './draw-text-mark.ts';
import { type MarkBox, type MarkLook, placeMark } from './place-mark.ts';

/** A text or a picture that everybody sees. */
export type VisibleMark = MarkLook &
  ({ readonly text: string; readonly color: string } | { /** PNG, JPEG or WebP on local disk. */ readonly imagePath: string });

/** A PNG with transparency and the place where it goes. */
export interface PreparedOverlay {
  readonly path: string;
  readonly box: MarkBox;
  readonly opacity: number;
}

/** Writes the mark for a canvas to `path`. Throws StepError. */
export const prepareOverlay = async (
  tools: MediaTools,
  options: { mark: VisibleMark; canvas: Canvas; path: string; signal: AbortSignal },
): Promise<PreparedOverlay> => {
  const { mark, canvas, path, signal } = options;
  if ('text' in mark) {
    await writeFile(path, drawTextMark({ text: mark.text, color: mark.color, canvas, look: mark }));
    const shape = await shapeOf(path);
    // Drawn at its final size: placing it must not scale it again unless it would stick out.
    return { path, box: placeMark(canvas, shape, { ...mark, scale: shape.width / canvas.width }), opacity: mark.opacity };
  }
  // Through PNG whatever the caller's picture is: one demuxer, and transparency is kept.
  const shape = await shapeOf(mark.imagePath);
  const box = placeMark(canvas, shape, mark);
  await runRender(tools, { args: await buildMarkPictureArgs(mark.imagePath, box, path), output: path, signal });
  return { path, box, opacity: mark.opacity };
};

/** What the overlay goes through before it is laid over anything. */
export const overlayFilters = ({ box, opacity }: PreparedOverlay): string[] => [
  `scale=${box.width}:${box.height}:flags=lanczos`,
  'format=rgba',
  `colorchannelmixer=aa=${opacity.toFixed(4)}`,
];

const buildMarkPictureArgs = async (input: string, box: MarkBox, output: string): Promise<string[]> => {
  const header = await readImageHeader(input);
  if (header === undefined) throw unreadable();
  return [
    ...buildInputArgs(header.kind, input, { threads: 1 }),
    ...['-map', '0:v:0', '-frames:v', '1', '-vf', `scale=${box.width}:${box.height}:flags=lanczos,format=rgba`],
    ...['-c:v', 'png', '-f', 'image2', '-update', '1', output],
  ];
};

const shapeOf = async (path: string): Promise<Canvas> => {
  const header = await readImageHeader(path);
  if (header === undefined || header.width === 0 || header.height === 0) throw unreadable();
  return { width: header.width, height: header.height };
};

const unreadable = (): StepError =>
  new StepError({ code: 'watermark_unreadable', publicMessage: 'The watermark picture could not be read', permanent: true });
