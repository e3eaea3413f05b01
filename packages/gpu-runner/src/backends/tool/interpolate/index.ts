import { join } from 'node:path';
import type { FrameRate } from '@polyreel/core';
import { openFrameEncoder } from '@polyreel/media';
import type { ToolExecutor } from '../executor.ts';
import { openFilm, readFrames } from '../frame-reader.ts';
import { mapInOrder } from '../in-order.ts';
import { requireInput } from '../inputs.ts';
import { openThreadPool } from '../thread-pool.ts';
import { REFINED_CRF, writeFilm } from '../write-film.ts';
import type { YuvFrame } from './between.ts';
import type { PairReply, PairRequest } from './interpolate-thread.ts';
import { ratiosBetween } from './schedule.ts';

/**
 * The same time at another rate. Frames that fall on given ones are those; the others are made by moving both neighbours along the optical
 * flow. A scene cut inside the film stays a cut.
 */
export const interpolate: ToolExecutor<'interpolate'> = async (task, context, tools) => {
  const { canvas, frameRate, frameCount } = task;
  const { signal } = context;
  const film = await openFilm(tools, requireInput(context, 'video'), { fallbackRate: frameRate, signal });
  context.onProgress(0);
  const path = join(context.scratchDir, 'interpolated.mp4');
  const pool = openThreadPool<PairRequest, PairReply>(new URL('./interpolate-thread.ts', import.meta.url), {
    threads: tools.threads,
    signal,
  });
  try {
    const given = readFrames(tools, {
      ...{ film, canvas, frameRate: film.frameRate, pixelFormat: 'yuv420p', signal },
    });
    const pairs = neighbours(given, canvas);
    const groups = mapInOrder(pairs, tools.threads + 1, async ({ index, first, second }) => {
      const { startsGiven, ratios } = ratiosBetween(index, film.frameRate, frameRate);
      const made = second === undefined || ratios.length === 0 ? [] : (await pool.run({ first, second, ratios })).frames;
      return [...(startsGiven ? [first] : []), ...made];
    });
    const warnings = await writeFilm(flattened(groups), {
      openEncoder: (stop) =>
        openFrameEncoder({
          ...{ ffmpegPath: tools.ffmpegPath, path, canvas, frameRate, pixelFormat: 'yuv420p', crf: REFINED_CRF, signal: stop },
        }),
      ...{ frameCount, signal },
      framesAfterLast: Math.ceil(ratioOf(frameRate, film.frameRate)),
      onProgress: context.onProgress,
    });
    return { path, mediaType: 'video/mp4', warnings };
  } finally {
    await pool.close();
  }
};

const ratioOf = (a: FrameRate, b: FrameRate): number => (a.numerator * b.denominator) / (a.denominator * b.numerator);

interface Pair {
  readonly index: number;
  readonly first: YuvFrame;
  /** Missing after the last frame. */
  readonly second: YuvFrame | undefined;
}

async function* neighbours(
  frames: AsyncIterable<Uint8Array<ArrayBuffer>>,
  { width, height }: { width: number; height: number },
): AsyncGenerator<Pair> {
  let first: YuvFrame | undefined;
  let index = 0;
  for await (const data of frames) {
    const second = { width, height, data };
    if (first !== undefined) yield { index: index++, first, second };
    first = second;
  }
  if (first !== undefined) yield { index, first, second: undefined };
}

async function* flattened(groups: AsyncIterable<readonly YuvFrame[]>): AsyncGenerator<Uint8Array> {
  for await (const group of groups) for (const { data } of group) yield data;
}
