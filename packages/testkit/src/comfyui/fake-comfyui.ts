import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WebSocketServer } from 'ws';
import { executePrompt } from './execute-prompt.ts';
import { type FakeFaults, noFaults } from './fake-faults.ts';
import { createFakeFiles } from './fake-files.ts';
import { type FakeComfyOptions, type FakePost, isAllowed, type RouteContext, route } from './fake-routes.ts';
import { type FakePhase, type OutputFiles, PromptQueue } from './prompt-queue.ts';
import { renderPreview } from './render-output.ts';
import { createSockets } from './sockets.ts';

/**
 * A server that speaks ComfyUI's protocol, its bad habits included, and makes real small files of what a graph asks for. It knows no
 * models: sizes, numbers and rates are worked out along the links.
 */
export interface FakeComfy {
  readonly url: string;
  readonly faults: FakeFaults;
  /** Prompts that were taken, oldest first, over all lives. */
  readonly posts: readonly FakePost[];
  /** Method and path of every request. */
  readonly calls: readonly string[];
  /** Called when a prompt comes to a phase; the prompt waits for it. One at a time. */
  onPhase(handler: ((phase: FakePhase, promptId: string) => void | Promise<void>) | null): void;
  runningId(): string | null;
  /** Prompts that run or wait. */
  load(): number;
  socketCount(): number;
  /** Names of the files that were made. */
  outputs(): Promise<string[]>;
  /** The process dies: every line is cut; queue and history are gone, files stay. */
  kill(): Promise<void>;
  /** Comes back on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

interface Life {
  readonly queue: PromptQueue;
  readonly sockets: ReturnType<typeof createSockets>;
  readonly server: Server;
}

export async function startFakeComfy(options: FakeComfyOptions = {}): Promise<FakeComfy> {
  const tools = options.tools ?? { ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' };
  const root = await mkdtemp(path.join(tmpdir(), 'polyreel-fake-comfyui-'));
  const files = createFakeFiles(root, tools);
  const faults = noFaults();
  const posts: FakePost[] = [];
  const calls: string[] = [];
  const preview = await renderPreview(tools);
  const numbers = (options.version ?? '0.33.0').split('.').map(Number);
  const version = { text: options.version ?? '0.33.0', minor: numbers[1] ?? 0 };
  let handler: ((phase: FakePhase, promptId: string) => void | Promise<void>) | null = null;
  const phase = async (name: FakePhase, promptId: string): Promise<void> => handler?.(name, promptId);

  const live = (port: number): Promise<{ life: Life; port: number }> => {
    const sockets = createSockets({ isDeaf: () => faults.isSocketStuck });
    const cache = new Map<string, OutputFiles>();
    const queue = new PromptQueue({
      execute: (prompt, signal) =>
        executePrompt(
          { ...{ tools, files, sockets, faults, cache, preview, phase }, stepMs: options.stepMs ?? 0 },
          prompt,
          signal,
        ),
      tell: (event, clientId) => sockets.send(event, clientId),
      phase,
      historyLagMs: () => faults.historyLagMs,
      isDead: () => faults.isWorkerDead,
    });
    const context: RouteContext = { ...{ options, version, queue, files, faults, posts }, flags: { number: 0 } };
    const server = createServer((request, response) => {
      calls.push(`${request.method} ${request.url}`);
      route(request, response, context).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500);
        response.end(String(error));
      });
    });
    const upgrader = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '/', 'http://fake');
      if (url.pathname !== `${options.pathPrefix ?? ''}/ws` || !isAllowed(request, options)) return socket.destroy();
      upgrader.handleUpgrade(request, socket, head, (one) => sockets.add(url.searchParams.get('clientId') ?? randomUUID(), one));
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve({ life: { queue, sockets, server }, port: address.port });
      });
    });
  };

  const first = await live(0);
  let life: Life | null = first.life;
  const kill = async (): Promise<void> => {
    const last = life;
    life = null;
    if (!last) return;
    last.queue.kill();
    last.sockets.closeAll();
    const closed = new Promise((resolve) => last.server.close(resolve));
    last.server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${first.port}${options.pathPrefix ?? ''}`,
    faults,
    posts,
    calls,
    onPhase(next) {
      handler = next;
    },
    runningId: () => life?.queue.running?.id ?? null,
    load: () => (life ? life.queue.pending.length + (life.queue.running ? 1 : 0) : 0),
    socketCount: () => life?.sockets.count() ?? 0,
    outputs: () => files.outputs(),
    kill,
    async restart() {
      await kill();
      life = (await live(first.port)).life;
    },
    async close() {
      handler = null;
      await kill();
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
