import { Worker } from 'node:worker_threads';
import type { Layer } from '../../scene-graph.ts';
import { unusableAsset } from '../decode/picture-errors.ts';
import type { PreparedContent } from '../prepared.ts';
import type { UserFont } from '../text/font-library.ts';
import type { PictureWarning, RasterAnswer, RasterRequest, RasterThreadData } from './raster-messages.ts';

export interface RasterWorker {
  /** Lays out or rasterises a text, caption, html or svg layer. Throws StepError `asset_unusable`. */
  prepare(layer: Layer, options: { density: number; sourcePath: string | null }): Promise<PreparedContent>;
  /** Ends the thread at once; what is under way fails. */
  close(): Promise<void>;
}

/** The thread starts when the first layer needs it. */
export const openRasterWorker = (options: {
  fonts: readonly UserFont[];
  onWarning: (warning: PictureWarning) => void;
}): RasterWorker => {
  const waiting = new Map<
    number,
    { clip: string; resolve: (prepared: PreparedContent) => void; reject: (error: unknown) => void }
  >();
  let worker: Worker | undefined;
  let nextKey = 0;
  const failAll = (error: unknown): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const start = (): Worker => {
    const workerData: RasterThreadData = { fonts: options.fonts };
    const thread = new Worker(new URL('./raster-thread.ts', import.meta.url), { workerData, name: 'timeline-raster' });
    thread.on('message', (answer: RasterAnswer) => {
      if (answer.type === 'warning') {
        options.onWarning(answer.warning);
        return;
      }
      const request = waiting.get(answer.key);
      waiting.delete(answer.key);
      if (answer.type === 'prepared') request?.resolve(answer.prepared);
      else request?.reject(unusableAsset(request.clip, 'it could not be drawn', new Error(answer.message)));
    });
    thread.on('error', failAll);
    thread.on('exit', () => failAll(new Error('the thread that lays out text has ended')));
    return thread;
  };
  return {
    prepare(layer, { density, sourcePath }) {
      worker ??= start();
      const request: RasterRequest = { key: nextKey, layer, density, sourcePath };
      nextKey += 1;
      const { promise, resolve, reject } = Promise.withResolvers<PreparedContent>();
      waiting.set(request.key, { clip: layer.path, resolve, reject });
      worker.postMessage(request);
      return promise;
    },
    async close() {
      await worker?.terminate();
    },
  };
};
