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
  // Node lets a program's output flow when it exits, asked or not: what comes early waits here. It is no more than a pipe holds.
  const rest: Buffer[] = [];
  let isEnded = stdout === null;
  let waiting: (() => void) | null = null;
  const wake = (): void => {
    const resume = waiting;
    waiting = null;
    resume?.();
  };
  /** Copies what fits into the frame; true when the frame is full. */
  const fill = (): boolean => {
    for (let chunk = rest.shift(); chunk !== undefined; chunk = rest.shift()) {
      buffer ??= options.takeBuffer();
      const part = chunk.subarray(0, frameBytes - filled);
      new Uint8Array(buffer).set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) rest.unshift(chunk.subarray(part.length));
      if (filled === frameBytes) return true;
    }
    return false;
  };
  stdout?.pause();
  stdout?.on('data', (chunk: Buffer) => {
    rest.push(chunk);
    if (filled < frameBytes && !fill()) return;
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
      if (filled < frameBytes && !fill() && !isEnded) {
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
