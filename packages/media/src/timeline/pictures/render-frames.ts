import { availableParallelism } from 'node:os';
import { StepError } from '@polyreel/core';
import type { MediaTools } from '../../tools.ts';
import type { Scene, SourceId } from '../scene-graph.ts';
import { type FrameFormat, frameBytes } from './colour/colour-kernel.ts';
import { unusableAsset } from './decode/picture-errors.ts';
import type { DrawnFrame } from './draw/draw-messages.ts';
import { DRAW_THREADS_MAX, openDrawPool } from './draw/draw-pool.ts';
import { type ColorCube, parseCube } from './draw/filters.ts';
import { LayerWindow, readLutTexts } from './layer-window.ts';
import type { PictureWarning } from './raster/raster-messages.ts';
import { openRasterWorker } from './raster/raster-worker.ts';
import { splitCaptions } from './split-captions.ts';

export interface RenderFramesOptions {
  readonly tools: MediaTools;
  /** The local file of every source of the scene. */
  readonly paths: ReadonlyMap<SourceId, string>;
  readonly signal: AbortSignal;
  /** `yuv420p` only for scenes without alpha and with even sides. Default `rgba`. */
  readonly format?: FrameFormat;
  /** Films whose stored frames need no change of colours to be frames of ours: opaque BT.709, 8 bits, limited range, 4:2:0. */
  readonly plainFilms?: ReadonlySet<SourceId>;
  /** Threads that draw. Default: one a core, at most 8. */
  readonly threads?: number;
  /** Called at most once for the same thing. */
  readonly onWarning?: (warning: PictureWarning) => void;
}

export interface RenderedFrame {
  /** In the timeline: from `scene.range.from` on, one after the other. */
  readonly index: number;
  /** Of `scene.output` in the wanted format; RGBA has straight alpha and is opaque unless `scene.hasAlpha`. Valid until the next is asked for. */
  readonly pixels: Uint8Array;
}

/**
 * Draws the frames of a scene, in order. Decoders and threads run only a few frames ahead of the caller. Leaving the loop, an abort or
 * a failure ends all of them at once. Throws StepError: `asset_unusable` names the clip, `aborted` follows the signal.
 */
export async function* renderFrames(given: Scene, options: RenderFramesOptions): AsyncGenerator<RenderedFrame, void, void> {
  const scene = splitCaptions(given);
  const threadCount = options.threads ?? Math.min(DRAW_THREADS_MAX, availableParallelism());
  const stopper = new AbortController();
  const signal = AbortSignal.any([options.signal, stopper.signal]);
  if (signal.aborted) throw abortedError(options.signal);
  const format = options.format ?? 'rgba';
  const pool = openDrawPool(threadCount, { scene, format, cubes: await readCubes(scene, options.paths) });
  const warned = new Set<string>();
  const raster = openRasterWorker({
    fonts: scene.fonts.flatMap((font) => {
      const path = options.paths.get(font.source);
      return path === undefined ? [] : [{ ...font, path }];
    }),
    onWarning: (warning) => {
      if (warned.has(warning.message)) return;
      warned.add(warning.message);
      options.onWarning?.(warning);
    },
  });
  const { tools, paths, plainFilms = new Set() } = options;
  const window = new LayerWindow({ scene, tools, paths, pool, raster, signal, format, plainFilms });
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined);
  const onAbort = (): void => {
    aborted.reject(abortedError(options.signal));
    void pool.close();
    void raster.close();
  };
  options.signal.addEventListener('abort', onAbort, { once: true });
  const orAbort = <T>(work: Promise<T>): Promise<T> => Promise.race([work, aborted.promise]);

  const bytes = frameBytes(format, scene.output);
  const idle: SharedArrayBuffer[] = [];
  const underWay: FrameUnderWay[] = [];
  const startFrame = async (index: number): Promise<FrameUnderWay> => {
    const inputs = await window.inputsAt(index);
    const whole = window.wholeFrame(index, inputs);
    if (whole !== null) return { index, drawn: Promise.resolve({ inputs, frameIn: whole }), target: null };
    const target = idle.pop() ?? new SharedArrayBuffer(bytes);
    return { index, drawn: pool.draw(index, inputs, target), target };
  };
  try {
    await orAbort(window.openBackground());
    for (let index = scene.range.from; index < scene.range.to || underWay.length > 0; index += 1) {
      if (index < scene.range.to) {
        underWay.push(await orAbort(startFrame(index)));
        if (underWay.length < threadCount * 2) continue;
      }
      const first = underWay.shift();
      if (first === undefined) break;
      const { inputs, frameIn } = await orAbort(first.drawn);
      const memory = frameIn === null ? first.target : inputs.get(frameIn)?.pixels;
      if (memory === undefined || memory === null) throw new Error(`frame ${first.index} lies nowhere`);
      yield { index: first.index, pixels: new Uint8Array(memory) };
      window.recycle(inputs);
      if (first.target !== null) idle.push(first.target);
    }
  } catch (error) {
    if (options.signal.aborted) throw abortedError(options.signal);
    throw error;
  } finally {
    options.signal.removeEventListener('abort', onAbort);
    stopper.abort(new Error('the pictures are done'));
    window.close();
    await Promise.all([pool.close(), raster.close()]);
  }
}

interface FrameUnderWay {
  readonly index: number;
  readonly drawn: Promise<DrawnFrame>;
  /** Null: the frame is a decoded picture as it is, and is not drawn. */
  readonly target: SharedArrayBuffer | null;
}

const readCubes = async (scene: Scene, paths: ReadonlyMap<SourceId, string>): Promise<Map<SourceId, ColorCube>> => {
  const cubes = new Map<SourceId, ColorCube>();
  for (const [id, text] of await readLutTexts(scene, paths)) {
    const cube = parseCube(text);
    if (cube === undefined) throw unusableAsset('filter', 'the look-up table is no .cube file');
    cubes.set(id, cube);
  }
  return cubes;
};

const abortedError = (signal: AbortSignal): StepError =>
  new StepError({ code: 'aborted', publicMessage: 'The work was stopped', permanent: false, cause: signal.reason });
