import { parentPort, workerData } from 'node:worker_threads';
import { createPainter } from './painter.ts';

/**
 * Body of one drawing thread, started by `draw-frames.ts` with `{ kernels, canvas }`: takes `{ index, scene, uniforms }`, answers
 * `{ index, frame }`. Nothing but the painter is imported here, for a quick start.
 */
const { kernels, canvas } = workerData;
const painter = createPainter(kernels, canvas);

parentPort?.on('message', async ({ index, scene, uniforms }) => {
  const frame = (await painter).draw(scene, uniforms);
  parentPort?.postMessage({ index, frame }, [frame.buffer]);
});
