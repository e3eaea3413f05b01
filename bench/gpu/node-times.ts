import WebSocket from 'ws';
import { z } from 'zod';

const eventSchema = z.object({
  type: z.string(),
  data: z.object({ node: z.string().nullable().optional(), prompt_id: z.string().optional() }).loose(),
});

export interface NodeTimes {
  /** Seconds in each node since the last call, by its id, and forgets them. */
  take(): ReadonlyMap<string, number>;
  close(): void;
}

/** Hears which node a server is in, of the prompts that are posted under this client's id. */
export async function hearNodes(url: string, clientId: string): Promise<NodeTimes> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws?clientId=${clientId}`);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  let seconds = new Map<string, number>();
  let current: { node: string; since: number } | null = null;
  socket.on('message', (message, isBinary) => {
    if (isBinary) return;
    const parsed = eventSchema.safeParse(JSON.parse(message.toString()));
    if (!parsed.success || parsed.data.type !== 'executing') return;
    const now = performance.now();
    if (current) seconds.set(current.node, (seconds.get(current.node) ?? 0) + (now - current.since) / 1000);
    const { node } = parsed.data.data;
    current = node ? { node, since: now } : null;
  });
  return {
    take() {
      const taken = seconds;
      seconds = new Map();
      return taken;
    },
    close: () => socket.close(),
  };
}
