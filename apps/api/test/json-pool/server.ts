import { setInterval } from 'node:timers';
import { bindSurfaces, surfaceSchemas } from '@polyreel/surfaces';
import { buildSurfaceApp } from '@polyreel/testkit/surface-app';
import { createJsonBodyPool } from '../../src/json-pool/json-body-pool.ts';

/**
 * A process with one surface and the real pool, for measuring. Sends its URL, and on any message what it needed at most since:
 * memory, and processor time of the event loop's thread between two ticks of a timer. The latter is what a blocked loop is made of,
 * and unlike a delay it does not grow when other processes take the processor.
 */
const [surface] = bindSurfaces(
  {
    'vidgen-v1': surfaceSchemas['vidgen-v1'].parse({}),
    'vidgen-v2': surfaceSchemas['vidgen-v2'].parse({}),
    vividflow: surfaceSchemas.vividflow.parse({}),
  },
  ['vidgen-v2'],
);
if (!surface) throw new Error('no surface');
const jsonPool = createJsonBodyPool();
const app = await buildSurfaceApp(surface, { jsonPool });

const tickMs = 10;
let rssBytesMax = 0;
let loopBusyMsMax = 0;
let before = process.threadCpuUsage();
setInterval(() => {
  const used = process.threadCpuUsage(before);
  before = process.threadCpuUsage();
  loopBusyMsMax = Math.max(loopBusyMsMax, (used.user + used.system) / 1000);
  rssBytesMax = Math.max(rssBytesMax, process.memoryUsage.rss());
}, tickMs);

process.on('message', () => {
  process.send?.({ rssBytesMax, loopBusyMsMax });
  rssBytesMax = 0;
  loopBusyMsMax = 0;
});
process.on('disconnect', () => process.exit());
process.send?.({ url: await app.listen() });
