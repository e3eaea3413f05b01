import type { WebSocket } from 'ws';

/** The server's register of sockets, with its ways: one entry a client id, which goes when any socket of that id closes. */
export interface Sockets {
  add(clientId: string, socket: WebSocket): void;
  /** To one client; to all without an id, or of events that all get. */
  send(event: { type: string; data: unknown }, clientId: string | null): void;
  sendPreview(preview: { jpeg: Buffer; nodeId: string; promptId: string }, clientId: string | null): void;
  count(): number;
  closeAll(): void;
}

export function createSockets(faults: { readonly isDeaf: () => boolean }): Sockets {
  const register = new Map<string, WebSocket>();
  const all = new Set<WebSocket>();
  const withMetadata = new Set<WebSocket>();
  const receivers = (clientId: string | null): WebSocket[] => {
    if (clientId === null) return [...register.values()];
    const one = register.get(clientId);
    return one ? [one] : [];
  };
  return {
    add(clientId, socket) {
      register.set(clientId, socket);
      all.add(socket);
      let isFirst = true;
      socket.on('message', (data) => {
        if (isFirst && String(data).includes('"supports_preview_metadata":true')) withMetadata.add(socket);
        isFirst = false;
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        all.delete(socket);
        // The older of two sockets takes the newer one's entry away with it.
        register.delete(clientId);
      });
      socket.send(JSON.stringify({ type: 'status', data: { status: { exec_info: { queue_remaining: 0 } }, sid: clientId } }));
    },
    send(event, clientId) {
      if (faults.isDeaf()) return;
      for (const socket of receivers(clientId)) socket.send(JSON.stringify(event));
    },
    sendPreview({ jpeg, nodeId, promptId }, clientId) {
      if (faults.isDeaf()) return;
      for (const socket of receivers(clientId)) {
        const meta = Buffer.from(JSON.stringify({ node_id: nodeId, prompt_id: promptId, image_type: 'image/jpeg' }));
        const head = Buffer.alloc(8);
        const isRich = withMetadata.has(socket);
        head.writeUInt32BE(isRich ? 4 : 1, 0);
        head.writeUInt32BE(isRich ? meta.length : 1, 4);
        socket.send(Buffer.concat(isRich ? [head, meta, jpeg] : [head, jpeg]));
      }
    },
    count: () => all.size,
    closeAll() {
      for (const socket of all) socket.terminate();
      register.clear();
      all.clear();
    },
  };
}
