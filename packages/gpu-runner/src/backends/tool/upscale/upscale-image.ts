import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Canvas, StepError } from '@polyreel/core';
import sharp from 'sharp';
import type { RunWarning } from '../../../runner.ts';
import type { ToolExecutor } from '../executor.ts';
import { requireInput } from '../inputs.ts';
import { type RgbaPicture, readRgba } from '../rgba.ts';
import { openThreadPool } from '../thread-pool.ts';
import { networkLimits, scaleOf } from './limits.ts';
import type { RgbPicture } from './network.ts';

/**
 * A larger picture by a super-resolution network; transparency by a classical filter. The network doubles or quadruples, the rest of the
 * way is Lanczos. A picture too large for the network is enlarged by Lanczos and sharpened, and says so.
 */
export const upscaleImage: ToolExecutor<'upscale-image'> = async (task, context, tools) => {
  const { canvas } = task;
  const picture = await readRgba(requireInput(context, 'image'));
  if (scaleOf(picture, canvas) < 1)
    throw new StepError({
      code: 'upscale_not_larger',
      publicMessage: `${canvas.width} x ${canvas.height} is not larger than the image (${picture.width} x ${picture.height})`,
      permanent: true,
    });
  context.onProgress(0);
  const path = join(context.scratchDir, 'upscaled.png');
  const isTooLarge = picture.width * picture.height > networkLimits.stillPixels;
  const isEqual = scaleOf(picture, canvas) === 1;
  const colours =
    isTooLarge || isEqual
      ? await sharpened(withoutAlpha(picture), canvas)
      : await throughNetwork(withoutAlpha(picture), canvas, {
          threads: tools.threads,
          signal: context.signal,
          onProgress: context.onProgress,
        });
  const alpha = await resizedAlpha(picture, canvas);
  try {
    const opaque = sharp(colours.data, { raw: { width: canvas.width, height: canvas.height, channels: 3 } });
    const whole = alpha === undefined ? opaque : opaque.joinChannel(alpha, { raw: { ...canvas, channels: 1 } });
    await whole.png({ compressionLevel: 6 }).toFile(path);
    context.signal.throwIfAborted();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  context.onProgress(1);
  const warnings: RunWarning[] = isTooLarge
    ? [{ code: 'upscaled_by_filter', details: { megapixels: String(networkLimits.stillPixels / 1e6) } }]
    : [];
  return { path, mediaType: 'image/png', warnings };
};

/** Strips of the picture go to the threads; each is cut with what lies round it, so no seam shows. */
async function throughNetwork(
  picture: RgbPicture,
  canvas: Canvas,
  options: { threads: number; signal: AbortSignal; onProgress(ratio: number): void },
): Promise<RgbPicture> {
  const factor = scaleOf(picture, canvas) > 2 ? 4 : 2;
  const large = {
    width: picture.width * factor,
    height: picture.height * factor,
    data: new Uint8Array(picture.width * picture.height * factor * factor * 3),
  };
  const strips = cutStrips(picture);
  const pool = openThreadPool<RgbPicture, RgbPicture>(new URL('./upscale-thread.ts', import.meta.url), {
    threads: Math.min(options.threads, strips.length),
    workerData: { factor },
    signal: options.signal,
  });
  try {
    let done = 0;
    await Promise.all(
      strips.map(async ({ strip, top, above, height }) => {
        const made = await pool.run(strip);
        const rowBytes = large.width * 3;
        large.data.set(
          made.data.subarray(above * factor * rowBytes, (above + height) * factor * rowBytes),
          top * factor * rowBytes,
        );
        done += 1;
        options.onProgress((done / strips.length) * 0.95);
      }),
    );
  } finally {
    await pool.close();
  }
  return large.width === canvas.width && large.height === canvas.height ? large : resized(large, canvas);
}

const STRIP_HEIGHT = 172;
const STRIP_REACH = 12;

const cutStrips = ({ width, height, data }: RgbPicture) =>
  Array.from({ length: Math.ceil(height / STRIP_HEIGHT) }, (_, index) => {
    const top = index * STRIP_HEIGHT;
    const bottom = Math.min(height, top + STRIP_HEIGHT);
    const from = Math.max(0, top - STRIP_REACH);
    const to = Math.min(height, bottom + STRIP_REACH);
    const strip = { width, height: to - from, data: data.slice(from * width * 3, to * width * 3) };
    return { strip, top, above: top - from, height: bottom - top };
  });

const withoutAlpha = ({ width, height, data }: RgbaPicture): RgbPicture => {
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = data[from] ?? 0;
    rgb[to + 1] = data[from + 1] ?? 0;
    rgb[to + 2] = data[from + 2] ?? 0;
  }
  return { width, height, data: rgb };
};

const resized = async (picture: RgbPicture, canvas: Canvas): Promise<RgbPicture> => {
  const { width, height, data } = picture;
  const pixels = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(canvas.width, canvas.height, { fit: 'cover', kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  return { ...canvas, data: Uint8Array.from(pixels) };
};

const sharpened = async (picture: RgbPicture, canvas: Canvas): Promise<RgbPicture> => {
  const { width, height, data } = picture;
  const enlarged = sharp(data, { raw: { width, height, channels: 3 } }).resize(canvas.width, canvas.height, {
    fit: 'cover',
    kernel: 'lanczos3',
  });
  const pixels = await (width === canvas.width ? enlarged : enlarged.sharpen({ sigma: 0.8, m1: 0.4, m2: 1 })).raw().toBuffer();
  return { ...canvas, data: Uint8Array.from(pixels) };
};

const resizedAlpha = async ({ width, height, data }: RgbaPicture, canvas: Canvas): Promise<Buffer | undefined> => {
  const alpha = Uint8Array.from({ length: width * height }, (_, at) => data[at * 4 + 3] ?? 255);
  if (alpha.every((value) => value === 255)) return undefined;
  return sharp(alpha, { raw: { width, height, channels: 1 } })
    .resize(canvas.width, canvas.height, { fit: 'cover', kernel: 'cubic' })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
};
