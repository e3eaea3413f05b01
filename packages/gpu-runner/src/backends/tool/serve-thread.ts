import { parentPort, type TransferListItem } from 'node:worker_threads';
import type { ThreadReply, ThreadRequest } from './thread-pool.ts';

/** The thread's side of a pool: answers one request after the other. `work` names what it hands over instead of copying. */
export const serveThread = <I, O>(work: (input: I) => Promise<{ output: O; transfer?: readonly TransferListItem[] }>): void => {
  if (parentPort === null) throw new Error('this module runs as a worker thread');
  parentPort.on('message', async ({ input, replyTo }: ThreadRequest<I>) => {
    try {
      const { output, transfer = [] } = await work(input);
      const reply: ThreadReply<O> = { output };
      replyTo.postMessage(reply, [...transfer]);
    } catch (error) {
      const reply: ThreadReply<O> = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      replyTo.postMessage(reply);
    }
    replyTo.close();
  });
};
