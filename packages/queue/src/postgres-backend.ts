import { setTimeout as delay } from 'node:timers/promises';
import {
  type BackendFactory,
  PostgresConnection,
  type PostgresConnectionOptions,
  PostgresQueueBackend,
  Queue,
  runMigrations,
  Worker,
} from 'bullmq';
import pg from 'pg';
import { type MessageQueue, type QueueBackend, workerTimes } from './backend.ts';

const schema = 'bullmq';
const failedFetchDelayMs = 250;

/** The schema is migrated before any queue is opened; BullMQ's own check would remember one failure for ever. */
class ReadyConnection extends PostgresConnection {
  override async waitUntilReady(): Promise<void> {
    // Nothing to wait for.
  }
}

/**
 * BullMQ repeats a failed fetch at once unless the error says ECONNREFUSED, which a server that is starting up or full does not say.
 * Telling it a little late keeps that loop from taking a whole core.
 */
class PatientBackend extends PostgresQueueBackend {
  override moveToActive(token: string, name?: string) {
    return super.moveToActive(token, name).catch(async (error: unknown) => {
      await delay(failedFetchDelayMs);
      throw error;
    });
  }
}

const createBackend: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (name, options, factoryOptions = {}) =>
  new PatientBackend(
    new ReadyConnection(options.connection),
    name,
    options,
    true,
    factoryOptions.withBlockingConnection === true ? name : undefined,
  );

export async function openPostgresBackend({
  databaseUrl,
  prefix,
  report,
}: {
  databaseUrl: string;
  prefix: string;
  report: (where: string, error: unknown) => void;
}): Promise<QueueBackend> {
  const shared = {
    connectionString: databaseUrl,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 5000,
    query_timeout: 10_000,
    keepAlive: true,
    application_name: 'polyreel-queue',
  };
  // Queues and workers have small pools of their own (a worker: one connection more for LISTEN), closed with them.
  const pool = new pg.Pool({ ...shared, max: 1 });
  pool.on('error', (error) => report('postgres', error));
  try {
    await migrate(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const fullName = (name: string) => `${prefix}-${name}`;
  return {
    openQueue: (name): MessageQueue => new Queue(fullName(name), { connection: { ...shared, max: 2 } }, createBackend),
    openWorker(name, handle, concurrency) {
      const worker = new Worker(
        fullName(name),
        handle,
        { connection: { ...shared, max: 2 }, concurrency, ...workerTimes },
        createBackend,
      );
      return {
        worker,
        sever: () => {
          worker.disconnect().catch((error: unknown) => report(`listen ${name}`, error));
        },
      };
    },
    explainOutage: () => null,
    ping: async () => {
      await pool.query('SELECT 1');
    },
    close: () => pool.end(),
  };
}

async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, schema);
  } finally {
    client.release();
  }
}
