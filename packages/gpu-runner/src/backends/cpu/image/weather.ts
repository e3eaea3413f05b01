import { Worker } from 'node:worker_threads';
import type { Canvas } from '@polyreel/core';
import { compileWarpKernel, type WarpScene } from '../motion/kernel.ts';
import { MORPH_SLOTS, setParams } from '../motion/params.ts';
import type { PictureLife } from '../motion/picture-life.ts';
import type { FrameReply, FrameRequest } from '../motion/warp-worker.ts';
import { abortedError } from '../run-errors.ts';
import { toRgb } from './rgb.ts';

/** Lets it rain, snow, spark or be foggy in a picture (RGBA, both sides even) and returns RGB. */
export const drawWeather = async (
  picture: Canvas & { data: Uint8Array },
  options: { life: PictureLife; seed: number; signal: AbortSignal },
): Promise<Uint8Array<ArrayBuffer>> => {
  const { life, seed, signal } = options;
  const canvas = { width: picture.width, height: picture.height };
  const still = { width: 4, height: 2, data: new Uint8Array(4 * 2 * 4) };
  const scene: WarpScene = {
    module: await compileWarpKernel(),
    program: 'morph',
    canvas,
    layers: [picture, picture, still, still],
  };
  const params = setParams(MORPH_SLOTS, new Float32Array(MORPH_SLOTS.length), {
    ...{ LIFE_SEED: seed % 65_536, TIME: 1.7, WIND: life.wind, FOG_R: 206, FOG_G: 210, FOG_B: 216 },
    ...{ RAIN: life.rain, SNOW: life.snow, SPARKS: life.sparks, FOG: life.fog * 0.6 },
    ...{ RATIO: 0, MIX: 0, ZOOM_FIRST: 1, ZOOM_LAST: 1, KINSHIP: 1 },
  });
  const worker = new Worker(new URL('../motion/warp-worker.ts', import.meta.url), { workerData: scene });
  const { promise, resolve, reject } = Promise.withResolvers<FrameReply>();
  const onAbort = (): void => reject(abortedError(signal));
  worker.once('message', resolve);
  worker.once('error', reject);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const request: FrameRequest = { index: 0, params, buffer: undefined };
    worker.postMessage(request);
    return toRgb(new Uint8Array((await promise).buffer), canvas);
  } finally {
    signal.removeEventListener('abort', onAbort);
    promise.catch(() => undefined);
    await worker.terminate();
  }
};
