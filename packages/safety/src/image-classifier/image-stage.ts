import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PictureStage, SafetyFinding } from '@polyreel/core/safety';
import { z } from 'zod';

/** Shares of the five classes; they sum up to one. */
const scoresSchema = z.strictObject({
  Drawing: z.number(),
  Hentai: z.number(),
  Neutral: z.number(),
  Porn: z.number(),
  Sexy: z.number(),
});
export type PictureScores = z.infer<typeof scoresSchema>;

const answerSchema = z.union([z.object({ id: z.int(), scores: scoresSchema }), z.object({ id: z.int(), error: z.string() })]);

/**
 * Photographs and drawings of sex and nudity. The model takes a person in swimwear for `Sexy`, so that alone is low; it is sure of itself
 * where it is right, so what is medium asks for a high share.
 */
export function findingsOfScores({ Porn, Hentai, Sexy }: PictureScores): SafetyFinding[] {
  const share = Porn + Hentai;
  if (share >= 0.97) return [{ category: 'sexual', severity: 'high' }];
  if (share >= 0.85) return [{ category: 'sexual', severity: 'medium' }];
  return share + Sexy >= 0.8 ? [{ category: 'sexual', severity: 'low' }] : [];
}

export interface ImageClassifier {
  /** Throws where the picture cannot be read or the process ends; an abort ends the process, and the next question starts another. */
  classify(path: string, signal: AbortSignal): Promise<PictureScores>;
  close(): Promise<void>;
}

interface Asked {
  resolve(scores: PictureScores): void;
  reject(error: Error): void;
}

const memoryMb = 768;

/** A process of its own that holds the model: it starts with the first picture and never keeps its parent alive. */
export function createImageClassifier(
  entry: string = fileURLToPath(new URL('./classifier-process.ts', import.meta.url)),
): ImageClassifier {
  const waiting = new Map<number, Asked>();
  let child: ChildProcess | undefined;
  let lastId = 0;

  const fail = (error: Error): void => {
    child = undefined;
    for (const asked of waiting.values()) asked.reject(error);
    waiting.clear();
  };
  const start = (): ChildProcess => {
    const started = fork(entry, { execArgv: [`--max-old-space-size=${memoryMb}`], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const onEnd = (error: Error): void => {
      if (child === started) fail(error);
    };
    started.on('error', onEnd);
    started.on('exit', (code, signal) => onEnd(new Error(`the classifier ended with ${signal ?? code}`)));
    started.on('message', (message) => {
      const answer = answerSchema.safeParse(message);
      if (!answer.success) {
        started.kill('SIGKILL');
        onEnd(new Error('the classifier answered with something else than scores', { cause: answer.error }));
        return;
      }
      const asked = waiting.get(answer.data.id);
      waiting.delete(answer.data.id);
      if (waiting.size === 0) rest(started);
      if ('scores' in answer.data) asked?.resolve(answer.data.scores);
      else asked?.reject(new Error(answer.data.error));
    });
    return started;
  };

  return {
    async classify(path, signal) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<PictureScores>();
      lastId += 1;
      const id = lastId;
      child ??= start();
      const current = child;
      current.ref();
      current.channel?.ref();
      waiting.set(id, { resolve, reject });
      const onAbort = (): void => {
        // Whether it hangs or only waits in line cannot be told from here.
        current.kill('SIGKILL');
        if (child === current) fail(new Error('the classifier was stopped', { cause: signal.reason }));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      current.send({ id, path }, (error) => {
        if (error && child === current) fail(error);
      });
      try {
        return await promise;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
    async close() {
      const last = child;
      fail(new Error('the classifier was closed'));
      last?.kill('SIGKILL');
    },
  };
}

/** Nothing is asked: the process may end without waiting for it. */
function rest(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

export const createImageStage = (classifier: Pick<ImageClassifier, 'classify'>): PictureStage => ({
  name: 'images',
  judgePicture: async (path, { signal }) => findingsOfScores(await classifier.classify(path, signal)),
});
