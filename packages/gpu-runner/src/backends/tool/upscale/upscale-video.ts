import { join } from 'node:path';
import { type Canvas, type RunnerTaskOf, StepError } from '@polyreel/core';
import { type FrameEncoder, type FramePixelFormat, openFrameEncoder } from '@polyreel/media';
import sharp from 'sharp';
import type { RunContext } from '../../../runner.ts';
import type { ToolExecutor, ToolTools } from '../executor.ts';
import { openFilm, type ReadableFilm, readFrames } from '../frame-reader.ts';
import { mapInOrder } from '../in-order.ts';
import { requireInput } from '../inputs.ts';
import { openThreadPool } from '../thread-pool.ts';
import { REFINED_CRF, type WriteFilmOptions, writeFilm } from '../write-film.ts';
import { networkLimits, scaleOf } from './limits.ts';
import type { RgbPicture } from './network.ts';

/**
 * The same frames at a larger size: a short clip by the super-resolution network, frame by frame, a longer one by Lanczos with mild
 * sharpening, and then it says so.
 */
export const upscaleVideo: ToolExecutor<'upscale-video'> = async (task, context, tools) => {
  const { canvas, frameRate, frameCount } = task;
  const { signal } = context;
  const film = await openFilm(tools, requireInput(context, 'video'), { fallbackRate: frameRate, signal });
  const { size } = film;
  if (scaleOf(size, canvas) < 1)
    throw new StepError({
      code: 'upscale_not_larger',
      publicMessage: `${canvas.width} x ${canvas.height} is not larger than the video (${size.width} x ${size.height})`,
      permanent: true,
    });
  context.onProgress(0);
  const path = join(context.scratchDir, 'upscaled.mp4');
  const openEncoder =
    (pixelFormat: FramePixelFormat) =>
    (stop: AbortSignal): FrameEncoder =>
      openFrameEncoder({ ffmpegPath: tools.ffmpegPath, path, canvas, frameRate, pixelFormat, crf: REFINED_CRF, signal: stop });
  const target = { frameCount, signal, onProgress: context.onProgress };
  const work = size.width * size.height * frameCount;
  if (work > networkLimits.clipPixels) {
    const frames = readFrames(tools, {
      ...{ film, canvas, frameRate, maxFrames: frameCount, signal },
      ...{ pixelFormat: 'yuv420p', isSharpened: scaleOf(size, canvas) > 1 },
    });
    const warnings = await writeFilm(frames, { ...target, openEncoder: openEncoder('yuv420p') });
    const limit = { code: 'upscaled_by_filter', details: { megapixels: String(networkLimits.clipPixels / 1e6) } };
    return { path, mediaType: 'video/mp4', warnings: [...warnings, limit] };
  }
  const warnings = await throughNetwork({ film, task, context, tools, target: { ...target, openEncoder: openEncoder('rgba') } });
  return { path, mediaType: 'video/mp4', warnings };
};

async function throughNetwork(options: {
  film: ReadableFilm;
  task: RunnerTaskOf<'upscale-video'>;
  context: RunContext;
  tools: ToolTools;
  target: WriteFilmOptions;
}) {
  const { film, task, tools, target } = options;
  const { signal } = options.context;
  const pool = openThreadPool<RgbPicture, RgbPicture>(new URL('./upscale-thread.ts', import.meta.url), {
    threads: tools.threads,
    workerData: { factor: scaleOf(film.size, task.canvas) > 2 ? 4 : 2 },
    signal,
  });
  try {
    const frames = readFrames(tools, {
      ...{ film, canvas: film.size, frameRate: task.frameRate, maxFrames: task.frameCount, signal },
      ...{ pixelFormat: 'rgb24', isSharpened: false },
    });
    const enlarged = mapInOrder(frames, tools.threads + 1, async (data) => {
      const large = await pool.run({ ...film.size, data }, [data.buffer]);
      return toCanvas(large, task.canvas);
    });
    return await writeFilm(enlarged, target);
  } finally {
    await pool.close();
  }
}

const toCanvas = async ({ width, height, data }: RgbPicture, canvas: Canvas): Promise<Uint8Array> =>
  sharp(data, { raw: { width, height, channels: 3 } })
    .resize(canvas.width, canvas.height, { fit: 'cover', kernel: 'lanczos3' })
    .ensureAlpha()
    .raw()
    .toBuffer();
