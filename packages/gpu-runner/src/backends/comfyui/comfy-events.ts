import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { z } from 'zod';
import type { ComfyHttp } from './comfy-http.ts';

/** What a server tells of a prompt while it runs. Hints only: any of them may be late, missing or doubled. */
export type ComfyEvent =
  | { readonly type: 'executing'; readonly promptId: string; readonly nodeId: string }
  | { readonly type: 'cached'; readonly promptId: string; readonly nodeIds: readonly string[] }
  | { readonly type: 'progress'; readonly promptId: string; readonly nodeId: string; readonly ratio: number }
  /** The prompt is over, well or not: time to ask. */
  | { readonly type: 'over'; readonly promptId: string }
  | { readonly type: 'preview'; readonly promptId: string | null; readonly jpeg: Uint8Array };

export interface ComfyEvents {
  /** To be sent with a prompt whose events are wanted. New with every connection: events of older prompts do not come any more. */
  readonly clientId: string;
  /** False while nothing can be heard. */
  isOpen(): boolean;
  /** Resolves once connected or after `waitMs`, whatever comes first. */
  untilOpen(waitMs: number): Promise<void>;
  close(): void;
}

export interface ComfyEventsOptions {
  readonly http: Pick<ComfyHttp, 'socketUrl' | 'headers'>;
  hear(event: ComfyEvent): void;
  /** A connection that says nothing for so long, not even an answer to a ping, is made anew. Default 20 s. */
  readonly silenceMs?: number;
}

const reconnectMs = { first: 250, most: 5000 } as const;
const previewBytesMax = 4 * 1024 * 1024;

/**
 * A socket for progress. It never decides how a prompt ended and its loss is no failure: it is made anew under another client id, since a
 * server forgets the newer of two connections with one id when the older closes.
 */
export function openComfyEvents({ http, hear, silenceMs = 20_000 }: ComfyEventsOptions): ComfyEvents {
  let clientId = randomUUID();
  let socket: WebSocket | undefined;
  let isOpen = false;
  let isClosed = false;
  let heardAt = performance.now();
  let pause: number = reconnectMs.first;
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Set<() => void>();

  const connect = (): void => {
    clientId = randomUUID();
    heardAt = performance.now();
    const next = new WebSocket(http.socketUrl(clientId), {
      headers: http.headers,
      handshakeTimeout: 10_000,
      maxPayload: 64 * 1024 * 1024,
      followRedirects: false,
    });
    socket = next;
    next.on('open', () => {
      isOpen = true;
      pause = reconnectMs.first;
      // Must be the first message of the connection.
      next.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }));
      for (const release of waiting) release();
    });
    next.on('message', (data, isBinary) => {
      heardAt = performance.now();
      const bytes = toBuffer(data);
      const event = isBinary ? readPreview(bytes) : readEvent(bytes.toString('utf8'));
      if (event) hear(event);
    });
    next.on('pong', () => {
      heardAt = performance.now();
    });
    // Told by `close` too.
    next.on('error', () => undefined);
    next.on('close', () => {
      if (socket !== next) return;
      isOpen = false;
      if (isClosed) return;
      timer = setTimeout(connect, pause);
      pause = Math.min(pause * 2, reconnectMs.most);
    });
  };

  const watchdog = setInterval(() => {
    const silentMs = performance.now() - heardAt;
    if (silentMs > silenceMs) socket?.terminate();
    else if (isOpen && silentMs > silenceMs / 3) socket?.ping();
  }, silenceMs / 4);
  connect();

  return {
    get clientId() {
      return clientId;
    },
    isOpen: () => isOpen,
    async untilOpen(waitMs) {
      if (isOpen) return;
      await new Promise<void>((resolve) => {
        const release = (): void => {
          clearTimeout(limit);
          waiting.delete(release);
          resolve();
        };
        const limit = setTimeout(release, waitMs);
        waiting.add(release);
      });
    },
    close() {
      isClosed = true;
      isOpen = false;
      clearInterval(watchdog);
      clearTimeout(timer);
      for (const release of waiting) release();
      socket?.terminate();
    },
  };
}

const toBuffer = (data: WebSocket.RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data;

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('executing'), data: z.object({ node: z.string().nullable(), prompt_id: z.string() }) }),
  z.object({ type: z.literal('execution_cached'), data: z.object({ nodes: z.array(z.string()), prompt_id: z.string() }) }),
  z.object({
    type: z.literal('progress'),
    data: z.object({ value: z.number(), max: z.number().positive(), prompt_id: z.string(), node: z.string() }),
  }),
  ...(['execution_success', 'execution_error', 'execution_interrupted'] as const).map((type) =>
    z.object({ type: z.literal(type), data: z.object({ prompt_id: z.string() }) }),
  ),
]);

/** Null for messages that are not about a prompt, and for what cannot be read: the poll tells the truth anyway. */
function readEvent(text: string): ComfyEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const message = messageSchema.safeParse(value);
  if (!message.success) return null;
  const { type, data } = message.data;
  const promptId = data.prompt_id;
  switch (type) {
    case 'executing':
      return data.node === null ? { type: 'over', promptId } : { type: 'executing', promptId, nodeId: data.node };
    case 'execution_cached':
      return { type: 'cached', promptId, nodeIds: data.nodes };
    case 'progress':
      return { type: 'progress', promptId, nodeId: data.node, ratio: Math.min(1, Math.max(0, data.value / data.max)) };
    default:
      return { type: 'over', promptId };
  }
}

const previewMetaSchema = z.object({ prompt_id: z.string().optional() });
const imageTypes = { jpeg: 1 } as const;

/** Binary frames: kind 1 is a picture, kind 4 one with a JSON header. Only JPEGs are shown. */
function readPreview(bytes: Buffer): ComfyEvent | null {
  if (bytes.length < 12 || bytes.length > previewBytesMax) return null;
  const kind = bytes.readUInt32BE(0);
  const next = bytes.readUInt32BE(4);
  if (kind === 1 && next === imageTypes.jpeg) return toPreview(null, bytes.subarray(8));
  if (kind !== 4 || bytes.length < 8 + next) return null;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8', 8, 8 + next));
  } catch {
    return null;
  }
  const meta = previewMetaSchema.safeParse(value);
  return meta.success ? toPreview(meta.data.prompt_id ?? null, bytes.subarray(8 + next)) : null;
}

const toPreview = (promptId: string | null, jpeg: Uint8Array): ComfyEvent | null =>
  jpeg[0] === 0xff && jpeg[1] === 0xd8 ? { type: 'preview', promptId, jpeg } : null;
