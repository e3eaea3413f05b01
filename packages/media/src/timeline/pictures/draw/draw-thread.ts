import { parentPort } from 'node:worker_threads';
import type { DrawAnswer, DrawRequest } from './draw-messages.ts';
import { type FrameFormat, openColourKernel } from '../colour/colour-kernel.ts';
import { FramePainter } from './frame-painter.ts';

/** A thread that draws frames, of one film after the other. What it must know for a frame has come before the frame is asked. */
const port = parentPort;
if (port === null) throw new Error('this module runs in a worker thread');
const colours = await openColourKernel();
let film: { readonly painter: FramePainter; readonly format: FrameFormat } | null = null;

const drawFrame = ({ frame, inputs, target }: Extract<DrawRequest, { type: 'draw' }>): DrawAnswer => {
  try {
    if (film === null) throw new Error('no film has begun');
    const pixels = new Uint8Array(target);
    const frameIn = film.format === 'yuv420p' ? film.painter.drawPlanes(frame, inputs, pixels) : null;
    if (film.format === 'rgba') pixels.set(film.painter.draw(frame, inputs));
    return { type: 'drawn', frame, inputs, frameIn };
  } catch (error) {
    return { type: 'failed', frame, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};

port.on('message', (request: DrawRequest) => {
  switch (request.type) {
    case 'begin':
      film = { painter: new FramePainter(request.scene, request.cubes, colours), format: request.format };
      break;
    case 'end':
      film = null;
      break;
    case 'open':
      film?.painter.open(request.id, request.prepared, request.chromaKey);
      break;
    case 'drop':
      film?.painter.drop(request.id);
      break;
    case 'draw': {
      const answer = drawFrame(request);
      port.postMessage(answer, answer.type === 'drawn' ? [...answer.inputs.values()].map((input) => input.pixels) : []);
      break;
    }
  }
});
