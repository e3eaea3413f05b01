import pg from 'pg';

export interface PoolOptions {
  readonly url: string;
  /** Connections at most. */
  readonly size: number;
  readonly onError: (error: unknown) => void;
}

/** A statement that runs longer is given up, by the server and by us. */
const statementSeconds = 30;
const connectSeconds = 10;
const closeMs = 5000;

/** `close` waits until the server has seen every connection end. */
export function createPool(options: PoolOptions): { pool: pg.Pool; close(): Promise<void> } {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.size,
    connectionTimeoutMillis: connectSeconds * 1000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'polyreel',
    statement_timeout: statementSeconds * 1000,
    query_timeout: (statementSeconds + 5) * 1000,
    idle_in_transaction_session_timeout: 60_000,
  });
  const open = new Map<pg.PoolClient, Promise<void>>();
  pool.on('connect', (client) => {
    // The pool listens to idle connections only: one that breaks in the middle of a transaction would end the process. Its
    // next statement fails, which is report enough.
    client.on('error', () => undefined);
    open.set(client, new Promise((resolve) => client.once('end', () => resolve())));
    client.once('end', () => open.delete(client));
  });
  // An idle connection that breaks must not end the process; the pool opens another.
  pool.on('error', options.onError);
  return {
    pool,
    async close() {
      await pool.end();
      const timer = AbortSignal.timeout(closeMs);
      const tooLate = new Promise<void>((resolve) => timer.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.race([Promise.all(open.values()), tooLate]);
    },
  };
}
