import { type RunningProcess, startProcess } from '../../../run-process.ts';
import { RENDER_MEMORY_BYTES } from '../../../tools.ts';
import { openFramePipe } from './frame-pipe.ts';

/** Frames of one size from the standard output of a decoder. */
export interface RawFrames {
  /** The next frame, in memory of its own; null at the end. Throws StepError when the decoder failed. */
  next(): Promise<ArrayBuffer | null>;
  stop(): void;
}

const TWO_HOURS_MS = 2 * 60 * 60 * 1000;

/** Starts a decoder. It runs ahead no further than its pipe and the one frame being read. */
export const startRawFrames = async (options: {
  ffmpegPath: string;
  args: readonly string[];
  frameBytes: number;
  signal: AbortSignal;
  takeBuffer: () => ArrayBuffer;
}): Promise<RawFrames> => {
  const { frameBytes } = options;
  let buffer = options.takeBuffer();
  let filled = 0;
  let isEnded = false;
  let waiting: (() => void) | null = null;
  const wake = (): void => {
    const resume = waiting;
    waiting = null;
    resume?.();
  };
  let full: ArrayBuffer | null = null;
  const { input, output } = await openFramePipe({
    room: () => new Uint8Array(buffer, filled),
    filled: (bytes) => {
      filled += bytes;
      if (filled < frameBytes) return true;
      full = buffer;
      buffer = options.takeBuffer();
      filled = 0;
      wake();
      return false;
    },
  });
  const decoder: RunningProcess = startProcess({
    command: options.ffmpegPath,
    args: options.args,
    stdout: input,
    signal: options.signal,
    timeoutMs: TWO_HOURS_MS,
    maxMemoryBytes: RENDER_MEMORY_BYTES,
  });
  input.destroy();
  const end = (): void => {
    isEnded = true;
    wake();
  };
  for (const event of ['end', 'close', 'error']) output.once(event, end);
  // A reader may be left where it stands; its end of the pipe must not stay open.
  const close = (): void => {
    output.destroy();
  };
  options.signal.addEventListener('abort', close, { once: true });
  if (options.signal.aborted) close();

  return {
    async next() {
      if (full === null && !isEnded) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
          output.resume();
        });
      }
      const frame = full;
      full = null;
      if (frame === null) await decoder.finished;
      return frame;
    },
    stop: () => {
      options.signal.removeEventListener('abort', close);
      decoder.stop();
      close();
    },
  };
};
