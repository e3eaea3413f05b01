import { parentPort, workerData } from 'node:worker_threads';
import type { DrawAnswer, DrawRequest, DrawThreadData } from './draw-messages.ts';
import { openColourKernel } from '../colour/colour-kernel.ts';
import { FramePainter } from './frame-painter.ts';

/** A thread that draws frames of one scene. What it must know for a frame has come before the frame is asked. */
const port = parentPort;
const data: DrawThreadData = workerData;
if (port === null) throw new Error('this module runs in a worker thread');
const painter = new FramePainter(data.scene, data.cubes, await openColourKernel());

port.on('message', (request: DrawRequest) => {
  if (request.type === 'open') painter.open(request.id, request.prepared, request.chromaKey);
  else if (request.type === 'drop') painter.drop(request.id);
  else {
    const { frame, inputs, target } = request;
    try {
      const pixels = new Uint8Array(target);
      const frameIn = data.format === 'yuv420p' ? painter.drawPlanes(frame, inputs, pixels) : null;
      if (data.format === 'rgba') pixels.set(painter.draw(frame, inputs));
      const answer: DrawAnswer = { type: 'drawn', frame, inputs, frameIn };
      port.postMessage(
        answer,
        [...inputs.values()].map((input) => input.pixels),
      );
    } catch (error) {
      const answer: DrawAnswer = {
        type: 'failed',
        frame,
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
      port.postMessage(answer);
    }
  }
});
