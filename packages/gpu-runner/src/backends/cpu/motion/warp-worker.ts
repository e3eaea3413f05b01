import { parentPort, workerData } from 'node:worker_threads';
import { createWarpKernel, type WarpScene } from './kernel.ts';

/** To the thread: draw frame `index`. `buffer` is one the thread gave out before, to be filled again. */
export interface FrameRequest {
  readonly index: number;
  readonly params: Float32Array;
  readonly buffer: ArrayBuffer | undefined;
}

/** From the thread. */
export interface FrameReply {
  readonly index: number;
  readonly buffer: ArrayBuffer;
}

const scene: WarpScene = workerData;
const draw = await createWarpKernel(scene);
const port = parentPort;
if (port === null) throw new Error('the renderer runs as a worker thread');

port.on('message', (request: FrameRequest) => {
  const frame = draw(request.params);
  const buffer = request.buffer ?? new ArrayBuffer(frame.byteLength);
  new Uint8Array(buffer).set(frame);
  const reply: FrameReply = { index: request.index, buffer };
  port.postMessage(reply, [buffer]);
});
