import { type RunningProcess, startProcess } from '../../../run-process.ts';
import { RENDER_MEMORY_BYTES } from '../../../tools.ts';

/** Frames of one size from the standard output of a decoder. */
export interface RawFrames {
  /** The next frame, in memory of its own; null at the end. Throws StepError when the decoder failed. */
  next(): Promise<ArrayBuffer | null>;
  stop(): void;
}

const TWO_HOURS_MS = 2 * 60 * 60 * 1000;

/** Starts a decoder. It runs ahead no further than its pipe and the one frame being read. */
export const startRawFrames = (options: {
  ffmpegPath: string;
  args: readonly string[];
  frameBytes: number;
  signal: AbortSignal;
  takeBuffer: () => ArrayBuffer;
}): RawFrames => {
  const { frameBytes } = options;
  const decoder: RunningProcess = startProcess({
    command: options.ffmpegPath,
    args: options.args,
    stdout: 'stream',
    signal: options.signal,
    timeoutMs: TWO_HOURS_MS,
    maxMemoryBytes: RENDER_MEMORY_BYTES,
  });
  const { stdout } = decoder;
  let buffer: ArrayBuffer | null = null;
  let filled = 0;
  let rest: Buffer | null = null;
  let isEnded = stdout === null;
  let waiting: (() => void) | null = null;
  const wake = (): void => {
    const resume = waiting;
    waiting = null;
    resume?.();
  };
  /** Copies what fits into the frame; true when the frame is full. */
  const fill = (chunk: Buffer): boolean => {
    buffer ??= options.takeBuffer();
    const part = chunk.subarray(0, frameBytes - filled);
    new Uint8Array(buffer).set(part, filled);
    filled += part.length;
    rest = part.length < chunk.length ? chunk.subarray(part.length) : null;
    return filled === frameBytes;
  };
  stdout?.pause();
  stdout?.on('data', (chunk: Buffer) => {
    if (!fill(chunk)) return;
    stdout.pause();
    wake();
  });
  const end = (): void => {
    isEnded = true;
    wake();
  };
  stdout?.once('end', end);
  stdout?.once('close', end);
  stdout?.once('error', end);

  return {
    async next() {
      let isFull = filled === frameBytes;
      while (!isFull && rest !== null) isFull = fill(rest);
      if (!isFull && !isEnded) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
          stdout?.resume();
        });
      }
      if (filled === frameBytes && buffer !== null) {
        const frame = buffer;
        buffer = null;
        filled = 0;
        return frame;
      }
      await decoder.finished;
      return null;
    },
    stop: () => decoder.stop(),
  };
};
