import { buildInputArgs } from '../foreign-input.ts';
import type { MediaKind } from '../media-kinds.ts';
import { startProcess } from '../run-process.ts';
import type { MediaTools } from '../tools.ts';

export interface RawFramesOptions {
  readonly input: string;
  readonly kind: MediaKind;
  /** Filters over the first picture stream; they must end in `frameBytes` bytes a frame. */
  readonly filters: readonly string[];
  readonly pixelFormat: 'gray' | 'yuv420p';
  readonly frameBytes: number;
  /** Of the input; the rest is not looked at. */
  readonly maxSeconds?: number;
  /** A picture laid over, as `[over]` in the filters. */
  readonly overlay?: { readonly path: string; readonly filters: readonly string[]; readonly join: string };
  readonly memoryBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export const buildRawFramesArgs = (
  options: Omit<RawFramesOptions, 'frameBytes' | 'memoryBytes' | 'timeoutMs' | 'signal'>,
): string[] => {
  const { overlay } = options;
  const base = options.filters.join(',');
  const graph =
    overlay === undefined
      ? ['-map', '0:v:0', '-vf', base]
      : ['-filter_complex', `[0:v:0]${base}[base];[1:v:0]${overlay.filters.join(',')}[over];[base][over]${overlay.join}`];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats'],
    ...(options.maxSeconds === undefined ? [] : ['-t', String(options.maxSeconds)]),
    ...buildInputArgs(options.kind, options.input, { threads: 2 }),
    ...(overlay === undefined ? [] : buildInputArgs('png', overlay.path, { threads: 1 })),
    ...graph,
    ...['-fps_mode', 'passthrough', '-pix_fmt', options.pixelFormat, '-f', 'rawvideo', 'pipe:1'],
  ];
};

/** Frames one after the other; a frame's bytes are good until the next one is asked for. A reader that stops early ends the decoder. */
export async function* readRawFrames(tools: MediaTools, options: RawFramesOptions): AsyncGenerator<Uint8Array> {
  const decoder = startProcess({
    command: tools.ffmpegPath,
    args: buildRawFramesArgs(options),
    stdout: 'stream',
    signal: options.signal,
    timeoutMs: options.timeoutMs,
    maxMemoryBytes: options.memoryBytes,
  });
  const frame = new Uint8Array(options.frameBytes);
  let filled = 0;
  let isRead = false;
  try {
    for await (const piece of decoder.stdout ?? []) {
      const chunk: Uint8Array = piece;
      for (let offset = 0; offset < chunk.length; ) {
        const taken = Math.min(chunk.length - offset, frame.length - filled);
        frame.set(chunk.subarray(offset, offset + taken), filled);
        offset += taken;
        filled += taken;
        if (filled < frame.length) continue;
        filled = 0;
        yield frame;
      }
    }
    isRead = true;
  } finally {
    if (!isRead) decoder.stop();
    // Stopped by us, its end is no failure; read to its end, it must have succeeded.
    await decoder.finished.catch((error: unknown) => {
      if (isRead) throw error;
    });
  }
}
