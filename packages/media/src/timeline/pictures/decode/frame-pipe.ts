import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FramePipe {
  /** For a program to write into. */
  readonly input: Socket;
  /** Paused until `resume`, and again whenever `filled` says false. */
  readonly output: Socket;
}

/**
 * Two ends of a pipe whose reading end puts bytes where they belong: the usual stream makes a buffer for each read, and so much of it that
 * collecting it takes longer than to draw most frames. `room` is asked for the place of the next bytes, `filled` told how many came.
 */
export const openFramePipe = async (options: {
  room: () => Uint8Array;
  /** False: it takes no more for now. */
  filled: (bytes: number) => boolean;
}): Promise<FramePipe> => {
  // Its folder is closed to others, so nobody else connects.
  const folder = await mkdtemp(join(tmpdir(), 'polyreel-pipe-'));
  const server = createServer({ pauseOnConnect: true });
  try {
    const path = join(folder, 'frames');
    server.listen(path);
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    const output = connect({ path, onread: { buffer: options.room, callback: options.filled } });
    output.pause();
    const [input]: unknown[] = await accepted;
    if (!(input instanceof Socket)) throw new Error('a pipe has no end to write into');
    return { input, output };
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
};
