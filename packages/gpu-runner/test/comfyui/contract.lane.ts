import { describeComfyServer } from './contract.ts';
import { openLane } from './lane.ts';

describeComfyServer('the real ComfyUI', async () => {
  const lane = await openLane(1);
  const [server] = lane.servers;
  if (server === undefined) throw new Error('no server');
  return { url: server.url, close: () => lane.close() };
});
