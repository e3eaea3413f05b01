import type { Worker } from 'node:worker_threads';
import type { Layer } from '../../scene-graph.ts';
import { unusableAsset } from '../decode/picture-errors.ts';
import { IdleThreads } from '../idle-threads.ts';
import type { PreparedContent } from '../prepared.ts';
import type { UserFont } from '../text/font-library.ts';
import type { PictureWarning, RasterAnswer, RasterRequest } from './raster-messages.ts';

export interface RasterWorker {
  /** Lays out or rasterises a text, caption, html or svg layer. Throws StepError `asset_unusable`. */
  prepare(layer: Layer, options: { density: number; sourcePath: string | null }): Promise<PreparedContent>;
  /** What is under way fails at once. A thread without any serves the next film. */
  close(): Promise<void>;
}

const idleThreads = new IdleThreads(new URL('./raster-thread.ts', import.meta.url), { name: 'timeline-raster', idleMax: 2 });

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
  let isSound = true;
  let nextKey = 0;
  const onMessage = (answer: RasterAnswer): void => {
    if (answer.type === 'warning') {
      options.onWarning(answer.warning);
      return;
    }
    const request = waiting.get(answer.key);
    waiting.delete(answer.key);
    if (answer.type === 'prepared') request?.resolve(answer.prepared);
    else request?.reject(unusableAsset(request.clip, 'it could not be drawn', new Error(answer.message)));
  };
  const onError = (error: unknown): void => {
    isSound = false;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const onExit = (): void => onError(new Error('the thread that lays out text has ended'));
  const tell = (thread: Worker, request: RasterRequest): void => thread.postMessage(request);
  const begin = (): Worker => {
    const thread = idleThreads.take();
    thread.on('message', onMessage).on('error', onError).on('exit', onExit);
    tell(thread, { type: 'begin', fonts: options.fonts });
    return thread;
  };
  return {
    prepare(layer, { density, sourcePath }) {
      worker ??= begin();
      const { promise, resolve, reject } = Promise.withResolvers<PreparedContent>();
      if (!isSound) reject(new Error('the thread that lays out text has ended'));
      waiting.set(nextKey, { clip: layer.path, resolve, reject });
      tell(worker, { type: 'prepare', key: nextKey, layer, density, sourcePath });
      nextKey += 1;
      return promise;
    },
    async close() {
      const thread = worker;
      worker = undefined;
      if (thread === undefined) return;
      if (!isSound || waiting.size > 0) {
        await thread.terminate();
        return;
      }
      thread.off('message', onMessage).off('error', onError).off('exit', onExit);
      tell(thread, { type: 'end' });
      idleThreads.giveBack(thread);
    },
  };
};
