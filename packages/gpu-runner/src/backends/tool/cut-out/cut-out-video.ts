import { join } from 'node:path';
import type { FrameRate, RunnerTaskOf } from '@polyreel/core';
import type { ToolExecutor, ToolTools } from '../executor.ts';
import { openFilm, type ReadableFilm, readFrames } from '../frame-reader.ts';
import { mapInOrder } from '../in-order.ts';
import { requireInput } from '../inputs.ts';
import type { RgbaPicture } from '../rgba.ts';
import { writeFilm } from '../write-film.ts';
import { type CutOutWork, guessWarning, openCutOutWork, type Prepared, prepare } from './cut-out.ts';
import type { CutOutMethod } from './cut-out-thread.ts';
import { assertWebmCanvas, openWebmEncoder } from './webm-encoder.ts';

/**
 * A WebM in which only the person or the object is left. One method for the whole film, and masks that are smoothed over their neighbours
 * in time, so that edges do not flicker. The decoder reads the film twice: a few frames to choose the method, then all.
 */
export const cutOutVideo: ToolExecutor<'cut-out-video'> = async (task, context, tools) => {
  const { canvas, frameRate, frameCount } = task;
  const { signal } = context;
  assertWebmCanvas(canvas);
  const film = await openFilm(tools, requireInput(context, 'video'), { fallbackRate: frameRate, signal });
  context.onProgress(0);
  const path = join(context.scratchDir, 'cut-out.webm');
  const work = openCutOutWork({ threads: tools.threads, signal });
  try {
    const method = await chooseForFilm({ film, task, tools, work, signal });
    const frames = readFrames(tools, { film, canvas, frameRate, pixelFormat: 'rgb24', maxFrames: frameCount, signal });
    const masked = mapInOrder(frames, tools.threads + 1, async (rgb) => {
      const prepared = await prepare({ ...canvas, data: toRgba(rgb) });
      return { prepared, mask: await work.mask(prepared, method) };
    });
    const cut = mapInOrder(
      steadied(masked),
      tools.threads + 1,
      async ({ prepared, mask }) => (await work.matte(prepared, mask)).data,
    );
    const warnings = await writeFilm(cut, {
      openEncoder: (stop) => openWebmEncoder({ ffmpegPath: tools.ffmpegPath, path, canvas, frameRate, signal: stop }),
      ...{ frameCount, signal, onProgress: context.onProgress },
    });
    return { path, mediaType: 'video/webm', warnings: method === 'guess' ? [...warnings, guessWarning] : warnings };
  } finally {
    await work.close();
  }
};

const SAMPLES = 5;

async function chooseForFilm(options: {
  film: ReadableFilm;
  task: RunnerTaskOf<'cut-out-video'>;
  tools: ToolTools;
  work: CutOutWork;
  signal: AbortSignal;
}): Promise<CutOutMethod> {
  const { film, task, tools, work, signal } = options;
  const { canvas, frameCount } = task;
  const samples = Math.min(SAMPLES, frameCount);
  const frameRate: FrameRate = {
    numerator: task.frameRate.numerator * samples,
    denominator: task.frameRate.denominator * frameCount,
  };
  const votes: CutOutMethod[] = [];
  for await (const rgb of readFrames(tools, { film, canvas, frameRate, pixelFormat: 'rgb24', maxFrames: samples, signal }))
    votes.push(await work.choose(await prepare({ ...canvas, data: toRgba(rgb) })));
  const count = (method: CutOutMethod): number => votes.filter((vote) => vote === method).length;
  const methods = ['plain-ground', 'subject', 'guess'] as const;
  return methods.toSorted((a, b) => count(b) - count(a))[0] ?? 'guess';
}

const toRgba = (rgb: Uint8Array): RgbaPicture['data'] => {
  const rgba = new Uint8Array((rgb.length / 3) * 4).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from] ?? 0;
    rgba[to + 1] = rgb[from + 1] ?? 0;
    rgba[to + 2] = rgb[from + 2] ?? 0;
  }
  return rgba;
};

interface MaskedFrame {
  readonly prepared: Prepared;
  readonly mask: Float32Array<ArrayBuffer>;
}

/** Each mask with a share of the ones before and after it. */
async function* steadied(frames: AsyncIterable<MaskedFrame>): AsyncGenerator<MaskedFrame> {
  let before: MaskedFrame | undefined;
  let here: MaskedFrame | undefined;
  for await (const after of frames) {
    if (here !== undefined) yield { prepared: here.prepared, mask: blended(here, before, after) };
    before = here;
    here = after;
  }
  if (here !== undefined) yield { prepared: here.prepared, mask: blended(here, before, undefined) };
}

const NEIGHBOUR_SHARE = 0.25;

const blended = (here: MaskedFrame, before: MaskedFrame | undefined, after: MaskedFrame | undefined): MaskedFrame['mask'] =>
  here.mask.map((value, at) => {
    const earlier = before?.mask[at] ?? value;
    const later = after?.mask[at] ?? value;
    return value * (1 - 2 * NEIGHBOUR_SHARE) + (earlier + later) * NEIGHBOUR_SHARE;
  });
