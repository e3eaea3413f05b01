import path from 'node:path';
import { DomainError } from '@polyreel/core';
import { buildForeignInputArgs } from '../foreign-input.ts';
import { readImageHeader } from '../image-header.ts';
import { normaliseImage } from '../image.ts';
import { runRender } from '../render.ts';
import type { MediaTools } from '../tools.ts';

export interface MadeRendition {
  readonly path: string;
  readonly mediaType: string;
}

/** Fits into a square of `side`, never enlarged. */
const fitInto = (side: number): string =>
  `scale='min(iw,${side})':'min(ih,${side})':force_original_aspect_ratio=decrease:flags=lanczos+accurate_rnd`;

/** Arguments over a picture that is already upright. `isOpaque`: JPEG, else PNG. */
export const buildSmallImageArgs = (options: {
  kind: 'png' | 'webp' | 'jpeg';
  input: string;
  output: string;
  side: number;
  isOpaque: boolean;
}): string[] => [
  ...buildForeignInputArgs(options.kind, options.input),
  ...['-map', '0:v:0', '-frames:v', '1', '-map_metadata', '-1'],
  ...(options.isOpaque
    ? ['-vf', `${fitInto(options.side)}:out_color_matrix=bt601:out_range=pc,format=yuvj420p`, '-c:v', 'mjpeg', '-q:v', '3']
    : ['-vf', `${fitInto(options.side)},format=rgba`, '-c:v', 'png']),
  ...['-f', 'image2', '-update', '1', options.output],
];

/** Smaller forms of a JPEG, PNG or WebP picture: upright JPEG, or PNG where it is transparent. Throws as `inspectImage`. */
export const makeImageRenditions = async <const N extends string>(
  tools: MediaTools,
  options: { input: string; scratchDir: string; sides: Readonly<Record<N, number>>; signal: AbortSignal },
): Promise<readonly (MadeRendition & { readonly name: string })[]> => {
  const header = await readImageHeader(options.input);
  if (header === undefined)
    throw new DomainError('unsupported_media', 'image could not be decoded', { code: 'image_undecodable' });
  const isOpaque = !header.hasAlpha;
  const upright = isOpaque ? path.join(options.scratchDir, 'upright.png') : options.input;
  if (isOpaque) await normaliseImage(tools, { input: options.input, output: upright, signal: options.signal });
  const made: (MadeRendition & { name: string })[] = [];
  for (const [name, side] of Object.entries<number>(options.sides)) {
    const output = path.join(options.scratchDir, `${name}.${isOpaque ? 'jpg' : 'png'}`);
    const kind = isOpaque ? 'png' : header.kind;
    await runRender(tools, {
      args: buildSmallImageArgs({ kind, input: upright, output, side, isOpaque }),
      output,
      signal: options.signal,
    });
    made.push({ name, path: output, mediaType: isOpaque ? 'image/jpeg' : 'image/png' });
  }
  return made;
};
