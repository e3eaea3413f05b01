import type { FrameRate } from '@polyreel/core';
import { splitIntoRuns, type TimeRun } from '../media-time.ts';
import { type FrameFormat, frameBytes } from '../colour/colour-kernel.ts';
import { unusableAsset } from './picture-errors.ts';
import { type RawFrames, startRawFrames } from './raw-frames.ts';
import type { SourcePart } from './source-part.ts';
import { buildVideoArgs, type VideoFile } from './video-args.ts';

export interface VideoReaderOptions {
  readonly ffmpegPath: string;
  readonly file: VideoFile;
  readonly part: SourcePart;
  readonly format: FrameFormat;
  readonly frameRate: FrameRate;
  /** Source time for each output frame in order; null: nothing shows. */
  readonly moments: Iterable<number | null>;
  /** The clip, for messages. */
  readonly clipPath: string;
  readonly signal: AbortSignal;
}

/** The frames of a video for one clip, one an output frame. */
export interface VideoReader {
  /** Memory of its own; null where the clip shows nothing. Throws StepError. */
  next(): Promise<ArrayBuffer | null>;
  /** Gives a frame's memory back for another. */
  recycle(buffer: ArrayBuffer): void;
  close(): void;
}

/** Memory that the frames of a stretch played backwards may take. */
const REVERSE_BYTES = 64 * 1024 * 1024;
const MAX_IDLE_BUFFERS = 6;

/** Opens a video for one pass over a clip. One decoder runs at a time: one for each even run of moments. */
export const openVideoReader = (options: VideoReaderOptions): VideoReader => {
  const stopper = new AbortController();
  const signal = AbortSignal.any([options.signal, stopper.signal]);
  const bytes = frameBytes(options.format, { width: options.part.pixelWidth, height: options.part.pixelHeight });
  const idle: ArrayBuffer[] = [];
  const takeBuffer = (): ArrayBuffer => idle.pop() ?? new ArrayBuffer(bytes);
  const recycle = (buffer: ArrayBuffer): void => {
    if (buffer.byteLength === bytes && idle.length < MAX_IDLE_BUFFERS) idle.push(buffer);
  };
  const frames = readRuns({ ...options, signal }, { frameBytes: bytes, takeBuffer, recycle });
  const read = async (): Promise<ArrayBuffer | null> => {
    const { value, done } = await frames.next();
    return done === true ? null : value;
  };
  let ahead: Promise<ArrayBuffer | null> | null = null;
  const readAhead = (): Promise<ArrayBuffer | null> => {
    const reading = read();
    // Looked at by the next call; until then a failure is no stray rejection.
    reading.catch(() => undefined);
    return reading;
  };
  ahead = readAhead();
  return {
    async next() {
      const frame = await (ahead ?? readAhead());
      ahead = readAhead();
      return frame;
    },
    recycle,
    close: () => stopper.abort(new Error('the clip is over')),
  };
};

interface Buffers {
  readonly frameBytes: number;
  takeBuffer(): ArrayBuffer;
  recycle(buffer: ArrayBuffer): void;
}

async function* readRuns(options: VideoReaderOptions, buffers: Buffers): AsyncGenerator<ArrayBuffer | null> {
  for (const run of splitIntoRuns(options.moments)) {
    if (run === null) yield null;
    else if (run.stepSeconds < 0) yield* readBackwards(options, run, buffers);
    else yield* readForwards(options, run, buffers);
  }
}

const start = (options: VideoReaderOptions, run: TimeRun, buffers: Buffers): Promise<RawFrames> => {
  const { numerator, denominator } = options.frameRate;
  const isStill = run.stepSeconds === 0;
  const args = buildVideoArgs({
    ...options,
    startSeconds: run.startSeconds,
    stepSeconds: isStill ? denominator / numerator : run.stepSeconds,
    count: isStill ? 1 : run.count,
  });
  return startRawFrames({ ...options, args, frameBytes: buffers.frameBytes, takeBuffer: buffers.takeBuffer });
};

async function* readForwards(options: VideoReaderOptions, run: TimeRun, buffers: Buffers): AsyncGenerator<ArrayBuffer> {
  const frames = await start(options, run, buffers);
  try {
    let shown = await frames.next();
    if (shown === null) throw unusableAsset(options.clipPath, 'the video has no picture at this time');
    for (let index = 0; index < run.count; index += 1) {
      // The caller takes what it is given: a copy is made only of a frame that is shown again.
      const isLast = index === run.count - 1;
      const next: ArrayBuffer | null = isLast || run.stepSeconds === 0 ? null : await frames.next();
      const following: ArrayBuffer = isLast ? shown : (next ?? copyOf(shown, buffers));
      yield shown;
      shown = following;
    }
  } finally {
    frames.stop();
  }
}

const copyOf = (frame: ArrayBuffer, buffers: Buffers): ArrayBuffer => {
  const copy = buffers.takeBuffer();
  new Uint8Array(copy).set(new Uint8Array(frame));
  return copy;
};

/** Stretches are decoded forwards and given out from their end. */
async function* readBackwards(options: VideoReaderOptions, run: TimeRun, buffers: Buffers): AsyncGenerator<ArrayBuffer> {
  const perStretch = Math.max(1, Math.min(90, Math.floor(REVERSE_BYTES / buffers.frameBytes)));
  for (let from = 0; from < run.count; from += perStretch) {
    const count = Math.min(perStretch, run.count - from);
    const startSeconds = Math.max(0, run.startSeconds + (from + count - 1) * run.stepSeconds);
    const stretch: ArrayBuffer[] = [];
    for await (const frame of readForwards(options, { startSeconds, stepSeconds: -run.stepSeconds, count }, buffers))
      stretch.push(frame);
    while (stretch.length > 0) {
      const frame = stretch.pop();
      if (frame !== undefined) yield frame;
    }
  }
}
