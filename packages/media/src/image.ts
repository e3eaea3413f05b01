import { rm } from 'node:fs/promises';
import type { Canvas } from '@polyreel/core';
import { DomainError } from '@polyreel/core';
import { buildForeignInputArgs, isAboutInput, MAX_FOREIGN_PIXELS, runOnForeignInput } from './foreign-input.ts';
import { type ImageHeader, type ImageOrientation, readImageHeader } from './image-header.ts';
import { mediaKinds } from './media-kinds.ts';
import type { MediaTools } from './tools.ts';

/** WebP's own limit; no coder of ours takes more. */
const MAX_SIDE = 16_384;
/**
 * Bytes of one decoded picture, tried: with more, flattening and turning would not fit into the memory for foreign input.
 * 30 megapixels with transparency, all 50 without; half of that at 16 bits a channel.
 */
const MAX_DECODED_BYTES = { opaque: 150_000_000, transparent: 120_000_000 } as const;
const CPU_SECONDS = 30;

export interface ImageFacts {
  readonly mediaType: string;
  /** Upright: after orientation. */
  readonly width: number;
  readonly height: number;
  readonly orientation: ImageOrientation;
}

const undecodable = (message: string, cause?: unknown): DomainError =>
  new DomainError('unsupported_media', message, { code: 'image_undecodable', cause });

/** Fails on the first flaw: a picture cut short must not pass. */
const STRICT_ARGS = ['-xerror', '-err_detect', 'crccheck+explode', '-noautorotate'] as const;

/** Decodes the first picture of a file to nothing. */
export const buildDecodeImageArgs = (kind: ImageHeader['kind'], path: string): string[] => [
  ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats'],
  ...STRICT_ARGS,
  ...buildForeignInputArgs(kind, path),
  ...['-map', '0:v:0', '-frames:v', '1', '-f', 'null', '-'],
];

/**
 * Checks that a JPEG, PNG or WebP picture can be decoded whole. Size is judged from the header first, so a bomb costs milliseconds.
 * Throws DomainError `unsupported_media` with code `image_undecodable`; StepError when the check itself could not run.
 */
export const inspectImage = async (tools: MediaTools, path: string, options: { signal: AbortSignal }): Promise<ImageFacts> => {
  const header = await readCheckedHeader(path);
  try {
    await runOnForeignInput({
      command: tools.ffmpegPath,
      args: buildDecodeImageArgs(header.kind, path),
      signal: options.signal,
      cpuSeconds: CPU_SECONDS,
    });
  } catch (error) {
    if (isAboutInput(error)) throw undecodable('image could not be decoded', error);
    throw error;
  }
  const isTurned = header.orientation >= 5;
  return {
    mediaType: mediaKinds[header.kind].mediaType,
    width: isTurned ? header.height : header.width,
    height: isTurned ? header.width : header.height,
    orientation: header.orientation,
  };
};

const readCheckedHeader = async (path: string): Promise<ImageHeader> => {
  const header = await readImageHeader(path);
  if (header === undefined) throw undecodable('image could not be decoded');
  const { width, height } = header;
  if (width === 0 || height === 0) throw undecodable(`image of ${width} x ${height} pixels is empty`);
  if (width > MAX_SIDE || height > MAX_SIDE) {
    throw undecodable(`image of ${width} x ${height} pixels exceeds ${MAX_SIDE} pixels a side`);
  }
  if (width * height > MAX_FOREIGN_PIXELS) {
    throw undecodable(`image of ${width} x ${height} pixels exceeds ${MAX_FOREIGN_PIXELS / 1e6} megapixels`);
  }
  const bytesPerPixel = (header.hasAlpha ? 4 : 3) * (header.bitsPerChannel / 8);
  const limitBytes = header.hasAlpha ? MAX_DECODED_BYTES.transparent : MAX_DECODED_BYTES.opaque;
  if (width * height * bytesPerPixel > limitBytes) {
    const depth = `${header.hasAlpha ? 'with' : 'without'} transparency at ${header.bitsPerChannel} bits a channel`;
    throw undecodable(`image of ${width} x ${height} pixels exceeds ${limitBytes / bytesPerPixel / 1e6} megapixels ${depth}`);
  }
  if (header.isAnimated && header.kind === 'webp') throw undecodable('animated WebP images are not supported');
  return header;
};

/** Filters that turn a stored picture upright. */
const uprightFilters: Readonly<Record<ImageOrientation, readonly string[]>> = {
  1: [],
  2: ['hflip'],
  3: ['hflip', 'vflip'],
  4: ['vflip'],
  5: ['transpose=cclock_flip'],
  6: ['transpose=clock'],
  7: ['transpose=clock_flip'],
  8: ['transpose=cclock'],
};

/** How a picture meets a canvas: `cover` fills it and cuts what sticks out, evenly on both sides; `contain` shows all on black. */
export type ImageFit = 'cover' | 'contain';

export const buildNormaliseImageArgs = (options: {
  header: Pick<ImageHeader, 'kind' | 'orientation' | 'hasAlpha'>;
  input: string;
  output: string;
  canvas?: Canvas;
  fit: ImageFit;
}): string[] => {
  const { kind, orientation, hasAlpha } = options.header;
  // Flattened on black before scaling: colours hidden under full transparency must not bleed in.
  const flatten = hasAlpha ? ['format=gbrap', 'premultiply=inplace=1', 'format=gbrp'] : ['format=rgb24'];
  const fit = options.canvas === undefined ? [] : fitFilters(options.canvas, options.fit);
  const filters = [...flatten, ...uprightFilters[orientation], ...fit, 'format=rgb24'];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats', '-y', '-filter_threads', '1'],
    ...STRICT_ARGS,
    ...buildForeignInputArgs(kind, options.input),
    ...['-map', '0:v:0', '-frames:v', '1', '-vf', filters.join(','), '-c:v', 'png', '-threads', '1'],
    ...['-map_metadata', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact', '-f', 'image2', '-update', '1'],
    options.output,
  ];
};

/** Filters that bring any picture onto a canvas, without distortion, square pixels. */
export const fitFilters = (canvas: Canvas, fit: ImageFit): string[] => {
  const size = `${canvas.width}:${canvas.height}`;
  const scale = `scale=${size}:force_original_aspect_ratio=${fit === 'cover' ? 'increase' : 'decrease'}:flags=lanczos+accurate_rnd`;
  return fit === 'cover' ? [scale, `crop=${size}`, 'setsar=1'] : [scale, `pad=${size}:-1:-1:color=black`, 'setsar=1'];
};

/**
 * Writes a picture as an upright, opaque RGB PNG without metadata, on a canvas if one is given. Throws as `inspectImage`; a failure
 * leaves no file.
 */
export const normaliseImage = async (
  tools: MediaTools,
  options: { input: string; output: string; canvas?: Canvas; fit?: ImageFit; signal: AbortSignal },
): Promise<Canvas> => {
  const header = await readCheckedHeader(options.input);
  const { canvas } = options;
  try {
    await runOnForeignInput({
      command: tools.ffmpegPath,
      args: buildNormaliseImageArgs({
        header,
        input: options.input,
        output: options.output,
        fit: options.fit ?? 'cover',
        ...(canvas === undefined ? {} : { canvas }),
      }),
      signal: options.signal,
      cpuSeconds: CPU_SECONDS,
    });
  } catch (error) {
    await rm(options.output, { force: true });
    if (isAboutInput(error)) throw undecodable('image could not be decoded', error);
    throw error;
  }
  const isTurned = header.orientation >= 5;
  return canvas ?? { width: isTurned ? header.height : header.width, height: isTurned ? header.width : header.height };
};
