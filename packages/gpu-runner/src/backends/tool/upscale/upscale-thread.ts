import { workerData } from 'node:worker_threads';
import { serveThread } from '../serve-thread.ts';
import { loadUpscaleNetwork, type RgbPicture, type UpscaleFactor } from './network.ts';

const { factor }: { factor: UpscaleFactor } = workerData;
const network = loadUpscaleNetwork(factor);

serveThread<RgbPicture, RgbPicture>(async (picture) => {
  const output = (await network)(picture);
  return { output, transfer: [output.data.buffer] };
});
