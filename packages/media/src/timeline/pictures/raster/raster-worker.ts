import type { Layer } from '../../scene-graph.ts';
import { unusableAsset } from '../decode/picture-errors.ts';
import { type BorrowedThread, IdleThreads } from '../idle-threads.ts';
import type { PreparedContent } from '../prepared.ts';
import type { UserFont } from '../text/font-library.ts';
import type { PictureWarning, RasterAnswer, RasterRequest } from './raster-messages.ts';

export interface RasterWorker {
  /** Lays out or rasterises a text, caption, html or svg layer. Throws StepError `asset_unusable`. */
  prepare(layer: Layer, options: { density: number; sourcePath: string | null }): Promise<PreparedContent>;
  /** What is under way fails at once, and so does what comes later. A thread without any serves the next film. */
  close(): Promise<void>;
}

const idleThreads = new IdleThreads<RasterRequest, RasterAnswer>(new URL('./raster-thread.ts', import.meta.url), {
  ...{ name: 'timeline-raster', idleMax: 2, end: { type: 'end' } },
});

/** The thread starts when the first layer needs it. */
export const openRasterWorker = (options: {
  fonts: readonly UserFont[];
  onWarning: (warning: PictureWarning) => void;
}): RasterWorker => {
  const waiting = new Map<
    number,
    { clip: string; resolve: (prepared: PreparedContent) => void; reject: (error: unknown) => void }
  >();
  let thread: BorrowedThread<RasterRequest> | undefined;
  let isClosed = false;
  let nextKey = 0;
  const begin = (): BorrowedThread<RasterRequest> =>
    idleThreads.borrow({
      begin: { type: 'begin', fonts: options.fonts },
      onAnswer(answer) {
        if (answer.type === 'warning') {
          options.onWarning(answer.warning);
          return;
        }
        const request = waiting.get(answer.key);
        waiting.delete(answer.key);
        if (answer.type === 'prepared') request?.resolve(answer.prepared);
        else request?.reject(unusableAsset(request.clip, 'it could not be drawn', new Error(answer.message)));
      },
      onFault(error) {
        for (const { reject } of waiting.values()) reject(error);
        waiting.clear();
      },
    });
  return {
    async prepare(layer, { density, sourcePath }) {
      if (isClosed) throw new Error('the film is over');
      thread ??= begin();
      const { promise, resolve, reject } = Promise.withResolvers<PreparedContent>();
      if (!thread.isSound()) reject(new Error('the thread that lays out text has ended'));
      waiting.set(nextKey, { clip: layer.path, resolve, reject });
      thread.tell({ type: 'prepare', key: nextKey, layer, density, sourcePath });
      nextKey += 1;
      return promise;
    },
    async close() {
      isClosed = true;
      await thread?.leave(waiting.size > 0);
    },
  };
};
