import { Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { type MessageQueue, type QueueBackend, workerTimes } from './backend.ts';

const connectTimeoutMs = 5000;
const commandTimeoutMs = 5000;
const retryMaxMs = 2000;

const options = {
  maxRetriesPerRequest: null,
  connectTimeout: connectTimeoutMs,
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 10), retryMaxMs),
} satisfies RedisOptions;

/** A connection for short commands: they fail at once while the server is away instead of waiting for it, and are never sent twice. */
export async function openCommandClient(redisUrl: string, onError: (error: Error) => void): Promise<Redis> {
  const client = new Redis(redisUrl, {
    ...options,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    lazyConnect: true,
  });
  client.on('error', onError);
  // A server that is away at boot is not fatal: the client goes on trying, and readiness checks tell.
  await client.connect().catch(() => undefined);
  return client;
}

export async function openRedisBackend({
  redisUrl,
  prefix,
  report,
}: {
  redisUrl: string;
  prefix: string;
  report: (where: string, error: unknown) => void;
}): Promise<QueueBackend> {
  const client = await openCommandClient(redisUrl, (error) => report('redis', error));
  return {
    openQueue: (name): MessageQueue =>
      new Queue(name, { connection: client, prefix, skipVersionCheck: true, streams: { events: { maxLen: 100 } } }),
    openWorker(name, handle, concurrency) {
      // Its commands may wait for a server that comes back; BullMQ makes a second, blocking connection from it.
      const connection = new Redis(redisUrl, options);
      connection.on('error', (error) => report(`listen ${name}`, error));
      const worker = new Worker(name, handle, { connection, prefix, concurrency, skipVersionCheck: true, ...workerTimes });
      return {
        worker: {
          on: (event, listener) => worker.on(event, listener),
          waitUntilReady: () => worker.waitUntilReady(),
          close: async () => {
            await worker.close();
            connection.disconnect();
          },
        },
        sever: () => {
          connection.disconnect();
          worker.disconnect().catch((error: unknown) => report(`listen ${name}`, error));
        },
      };
    },
    explainOutage: () => (client.status === 'ready' ? null : `redis is ${client.status}`),
    ping: async () => {
      await client.ping();
    },
    close: async () => client.disconnect(),
  };
}
