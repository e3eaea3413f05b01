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

export function createPool(options: PoolOptions): pg.Pool {
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
  // An idle connection that breaks must not end the process; the pool opens another.
  pool.on('error', options.onError);
  return pool;
}
