import type { Canvas, FrameRate } from '@polyreel/core';
import { StepError } from '@polyreel/core';
import {
  buildInputArgs,
  formatFrameRate,
  type MediaKind,
  probe,
  RENDER_MEMORY_BYTES,
  sniffFile,
  startProcess,
  type VideoFacts,
} from '@polyreel/media';
import type { ToolTools } from './executor.ts';

export interface ReadableFilm {
  readonly path: string;
  readonly kind: MediaKind;
  readonly video: VideoFacts;
  /** As shown: turned upright. */
  readonly size: Canvas;
  /** Of the file; what it cannot tell is taken for `fallbackRate`. */
  readonly frameRate: FrameRate;
}

/** Reads what a film is before its frames are. Throws a permanent StepError when it shows nothing. */
export const openFilm = async (
  tools: ToolTools,
  path: string,
  options: { fallbackRate: FrameRate; signal: AbortSignal },
): Promise<ReadableFilm> => {
  const { kind } = await sniffFile(path);
  const { video } = await probe({ ffmpegPath: tools.ffmpegPath, ffprobePath: tools.ffprobePath }, path, {
    kind,
    signal: options.signal,
  });
  if (video === undefined)
    throw new StepError({ code: 'no_pictures', publicMessage: 'The video shows no pictures', permanent: true });
  const isTurned = Math.abs(video.rotation) % 180 === 90;
  const size = isTurned ? { width: video.height, height: video.width } : { width: video.width, height: video.height };
  return { path, kind, video, size, frameRate: video.frameRate ?? options.fallbackRate };
};

export interface FrameReaderOptions {
  readonly film: ReadableFilm;
  /** Frames are scaled to fill it; what sticks out is cut evenly. */
  readonly canvas: Canvas;
  /** Frames are chosen by time. */
  readonly frameRate: FrameRate;
  readonly pixelFormat: 'rgb24' | 'yuv420p';
  /** Absent: all. */
  readonly maxFrames?: number;
  /** A little sharper after scaling. Default: no. */
  readonly isSharpened?: boolean;
  readonly signal: AbortSignal;
}

export const buildFrameReaderArgs = (options: Omit<FrameReaderOptions, 'signal'>): string[] => {
  const { film, canvas } = options;
  const size = `${canvas.width}:${canvas.height}`;
  const isFitting = film.size.width === canvas.width && film.size.height === canvas.height;
  const range = options.pixelFormat === 'rgb24' ? 'out_range=pc' : 'out_color_matrix=bt709:out_range=tv';
  const scale = isFitting
    ? `scale=${range}`
    : `scale=${size}:force_original_aspect_ratio=increase:flags=lanczos+accurate_rnd:${range}`;
  const filters = [
    `fps=${formatFrameRate(options.frameRate)}`,
    scale,
    ...(isFitting ? [] : [`crop=${size}`]),
    ...(options.isSharpened === true ? ['unsharp=5:5:0.5:3:3:0'] : []),
  ];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats'],
    ...buildInputArgs(film.kind, film.path, { threads: 2 }),
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-vf', [...filters, `format=${options.pixelFormat}`].join(',')],
    ...(options.maxFrames === undefined ? [] : ['-frames:v', String(options.maxFrames)]),
    ...['-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
  ];
};

const TWO_HOURS_MS = 2 * 60 * 60 * 1000;

/** The frames of a film, one at a time, never more than one ahead. Leaving the loop ends the decoder. Throws StepError. */
export async function* readFrames(tools: ToolTools, options: FrameReaderOptions): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { canvas, pixelFormat } = options;
  const frameBytes = canvas.width * canvas.height * (pixelFormat === 'rgb24' ? 3 : 1.5);
  const decoder = startProcess({
    command: tools.ffmpegPath,
    args: buildFrameReaderArgs(options),
    stdout: 'stream',
    signal: options.signal,
    timeoutMs: TWO_HOURS_MS,
    maxMemoryBytes: RENDER_MEMORY_BYTES,
  });
  const ended = decoder.finished.then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    let frame = new Uint8Array(frameBytes);
    let filled = 0;
    for await (const chunk of decoder.stdout ?? []) {
      const bytes: Uint8Array = chunk;
      for (let from = 0; from < bytes.length; ) {
        const taken = Math.min(bytes.length - from, frameBytes - filled);
        frame.set(bytes.subarray(from, from + taken), filled);
        filled += taken;
        from += taken;
        if (filled < frameBytes) continue;
        yield frame;
        frame = new Uint8Array(frameBytes);
        filled = 0;
      }
    }
    const failure = await ended;
    if (failure !== undefined) throw failure;
  } finally {
    decoder.stop();
    await ended;
  }
}
