import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildInputArgs } from './foreign-input.ts';
import { runProcess } from './run-process.ts';
import { sniffFile } from './sniff.ts';
import { type MediaTools, RENDER_MEMORY_BYTES } from './tools.ts';

export interface SampleFramesOptions {
  readonly input: string;
  /** An empty folder of the caller's. */
  readonly folder: string;
  /** Of the film, in seconds. */
  readonly seconds: number;
  /** Frames at even distances, the first one among them; a shorter film has fewer. */
  readonly count: number;
  readonly longestSidePixels: number;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 10 * 60_000;

/** Writes JPEGs of a film, spread over its length, and answers their paths in order: at least one. Throws StepError. */
export const sampleFrames = async (tools: MediaTools, options: SampleFramesOptions): Promise<string[]> => {
  const { kind } = await sniffFile(options.input);
  const { folder, seconds, count, longestSidePixels: side } = options;
  const scale = `scale=w='min(${side},iw)':h='min(${side},ih)':force_original_aspect_ratio=decrease:out_color_matrix=bt601:out_range=pc`;
  const gap = Math.max(0.001, seconds / count);
  await runProcess({
    command: tools.ffmpegPath,
    args: [
      ...[
        '-hide_banner',
        '-loglevel',
        'error',
        '-nostdin',
        '-nostats',
        '-y',
        ...buildInputArgs(kind, options.input, { threads: 2 }),
      ],
      ...[
        '-map',
        '0:v:0',
        '-vf',
        `select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,${gap.toFixed(4)}),${scale},format=yuvj420p`,
      ],
      ...[
        '-fps_mode',
        'passthrough',
        '-frames:v',
        String(count),
        '-c:v',
        'mjpeg',
        '-q:v',
        '4',
        '-f',
        'image2',
        join(folder, 'frame-%05d.jpg'),
      ],
    ],
    signal: options.signal,
    timeoutMs: TIMEOUT_MS,
    maxMemoryBytes: RENDER_MEMORY_BYTES,
  });
  return (await readdir(folder)).sort().map((name) => join(folder, name));
};
