import { startTestPostgres } from '@polyreel/testkit/postgres';
import { startTestRedis } from '@polyreel/testkit/redis';
import { Redis } from 'ioredis';
import pg from 'pg';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A real server behind a proxy, as the options of `createWakeups` name it. */
export interface TestBackend {
  readonly name: 'redis' | 'postgres';
  readonly options: { readonly redisUrl: string | null; readonly databaseUrl: string };
  readonly proxy: TcpProxy;
  /** Forgets every message, behind everybody's back. */
  flush(): Promise<void>;
  /** Redis: kills the server and starts it anew. PostgreSQL: ends every session of the database, as a restart does. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedisBackend(): Promise<TestBackend> {
  const redis = await startTestRedis();
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: redis.port });
  return {
    name: 'redis',
    options: { redisUrl: `redis://127.0.0.1:${proxy.port}`, databaseUrl: 'postgres://nobody@127.0.0.1:1/none' },
    proxy,
    flush: async () => {
      const client = new Redis(redis.url);
      await client.flushall();
      client.disconnect();
    },
    restart: () => redis.restart(),
    stop: async () => {
      await proxy.cut();
      await redis.stop();
    },
  };
}

export async function startPostgresBackend(): Promise<TestBackend> {
  const server = await startTestPostgres();
  const database = await server.createDatabase({ isEmpty: true });
  const direct = new URL(database.url);
  const proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port) });
  const url = new URL(direct);
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  return {
    name: 'postgres',
    options: { redisUrl: null, databaseUrl: url.href },
    proxy,
    flush: async () => {
      const client = new pg.Client({ connectionString: direct.href });
      await client.connect();
      await client.query('TRUNCATE bullmq.job CASCADE');
      await client.end();
    },
    restart: async () => {
      const client = new pg.Client({ connectionString: direct.href });
      await client.connect();
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      await client.end();
    },
    stop: async () => {
      await proxy.cut();
      await database.drop();
      await server.stop();
    },
  };
}
