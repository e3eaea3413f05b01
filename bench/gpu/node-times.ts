import WebSocket from 'ws';
import { z } from 'zod';

const eventSchema = z.object({
  type: z.string(),
  data: z.object({ node: z.string().nullable().optional(), prompt_id: z.string().optional() }).loose(),
});

export interface NodeTimes {
  /** Seconds in each node since the last call, by its id, and forgets them. */
  take(): ReadonlyMap<string, number>;
  /** Resolves when the server has said that it is in no node any more, or after five seconds: that comes a little after the job's end. */
  untilIdle(): Promise<void>;
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
  let tellIdle = (): void => undefined;
  const idle = new Promise<void>((resolve) => {
    tellIdle = resolve;
  });
  socket.on('message', (message, isBinary) => {
    if (isBinary) return;
    const parsed = eventSchema.safeParse(JSON.parse(message.toString()));
    if (!parsed.success || parsed.data.type !== 'executing') return;
    const now = performance.now();
    if (current) seconds.set(current.node, (seconds.get(current.node) ?? 0) + (now - current.since) / 1000);
    const { node } = parsed.data.data;
    current = node ? { node, since: now } : null;
    if (current === null) tellIdle();
  });
  return {
    take() {
      const taken = seconds;
      seconds = new Map();
      return taken;
    },
    async untilIdle() {
      const late = setTimeout(tellIdle, 5000);
      await idle;
      clearTimeout(late);
    },
    close: () => socket.close(),
  };
}
