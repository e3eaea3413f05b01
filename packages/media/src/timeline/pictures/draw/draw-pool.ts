import { StepError } from '@polyreel/core';
import type { ChromaKey } from '../../scene-graph.ts';
import { type BorrowedThread, IdleThreads } from '../idle-threads.ts';
import type { InputsById, PreparedContent } from '../prepared.ts';
import type { DrawAnswer, DrawnFilm, DrawnFrame, DrawRequest } from './draw-messages.ts';

export interface DrawPool {
  /** Hands what was prepared for a layer to every thread. */
  open(id: string, prepared: PreparedContent, chromaKey: ChromaKey | null): void;
  drop(id: string): void;
  /** Draws a frame into `target` or over an input. Throws StepError. */
  draw(frame: number, inputs: InputsById, target: SharedArrayBuffer): Promise<DrawnFrame>;
  /** Frames under way fail at once, and so do later ones. Threads without any serve the next film. */
  close(): Promise<void>;
}

export const DRAW_THREADS_MAX = 8;
const idleThreads = new IdleThreads<DrawRequest, DrawAnswer>(new URL('./draw-thread.ts', import.meta.url), {
  ...{ name: 'timeline-draw', idleMax: DRAW_THREADS_MAX, end: { type: 'end' } },
});

interface Drawer {
  readonly thread: BorrowedThread<DrawRequest>;
  readonly waiting: Map<number, { resolve: (drawn: DrawnFrame) => void; reject: (error: unknown) => void }>;
}

/** Threads that draw frames of a scene side by side. */
export const openDrawPool = (threadCount: number, film: DrawnFilm): DrawPool => {
  const drawers = Array.from({ length: threadCount }, () => startDrawer(film));
  const broadcast = (request: DrawRequest): void => {
    for (const { thread } of drawers) thread.tell(request);
  };
  return {
    open: (id, prepared, chromaKey) => broadcast({ type: 'open', id, prepared, chromaKey }),
    drop: (id) => broadcast({ type: 'drop', id }),
    draw(frame, inputs, target) {
      const { thread, waiting } = drawers.reduce((idlest, other) => (other.waiting.size < idlest.waiting.size ? other : idlest));
      const { promise, resolve, reject } = Promise.withResolvers<DrawnFrame>();
      if (!thread.isSound()) reject(notDrawn('the thread that draws has ended'));
      waiting.set(frame, { resolve, reject });
      thread.tell(
        { type: 'draw', frame, inputs, target },
        [...inputs.values()].map((input) => input.pixels),
      );
      // A frame that nobody waits for any more must not be an unhandled rejection.
      promise.catch(() => undefined);
      return promise;
    },
    async close() {
      await Promise.all(drawers.map(({ thread, waiting }) => thread.leave(waiting.size > 0)));
    },
  };
};

const startDrawer = (film: DrawnFilm): Drawer => {
  const waiting: Drawer['waiting'] = new Map();
  const thread = idleThreads.borrow({
    begin: { type: 'begin', ...film },
    onAnswer(answer) {
      const request = waiting.get(answer.frame);
      waiting.delete(answer.frame);
      if (answer.type === 'drawn') {
        request?.resolve(answer);
        return;
      }
      thread.distrust();
      request?.reject(notDrawn(`frame ${answer.frame}: ${answer.message}`));
    },
    onFault(error) {
      for (const { reject } of waiting.values()) reject(notDrawn(String(error)));
      waiting.clear();
    },
  });
  return { thread, waiting };
};

const notDrawn = (detail: string): StepError =>
  new StepError({
    code: 'frame_not_drawn',
    publicMessage: 'A frame could not be drawn',
    permanent: false,
    cause: new Error(detail),
  });
