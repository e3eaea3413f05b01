import { rm } from 'node:fs/promises';
import { runProcess } from './run-process.ts';
import { type MediaTools, RENDER_MEMORY_BYTES } from './tools.ts';

/** The longest that one of our own renders may take; a step's own deadline is usually nearer and comes by its signal. */
const RENDER_TIMEOUT_MS = 2 * 60 * 60 * 1000;

export interface RenderOptions {
  /** What comes after the options common to all renders; its last word is `output`. */
  readonly args: readonly string[];
  readonly output: string;
  readonly signal: AbortSignal;
  /** For progress. */
  readonly frameCount?: number;
  /** Ratio 0..1, never falling. */
  readonly onProgress?: ((ratio: number) => void) | undefined;
}

/** Runs ffmpeg over files of ours. A failure removes the output. Throws StepError. */
export const runRender = async (tools: MediaTools, options: RenderOptions): Promise<void> => {
  const { frameCount, onProgress } = options;
  let best = 0;
  try {
    await runProcess({
      command: tools.ffmpegPath,
      args: ['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats', '-y', '-progress', 'pipe:1', ...options.args],
      signal: options.signal,
      timeoutMs: RENDER_TIMEOUT_MS,
      maxMemoryBytes: RENDER_MEMORY_BYTES,
      onStdoutLine: (line) => {
        const frame = /^frame=\s*(\d+)$/.exec(line)?.[1];
        if (frame === undefined || frameCount === undefined || onProgress === undefined) return;
        best = Math.max(best, Math.min(1, Number(frame) / frameCount));
        onProgress(best);
      },
    });
  } catch (error) {
    await rm(options.output, { force: true });
    throw error;
  }
};
