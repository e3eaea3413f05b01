import type pg from 'pg';
import { codeOf, translateError } from './errors.ts';

export interface Statement {
  /** Prepared once a connection under this name; for hot paths. */
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** Statements on a pool, or inside one transaction. A database that does not answer throws DomainError `backend_unavailable`. */
export interface Sql {
  rows<R extends pg.QueryResultRow>(statement: Statement): Promise<R[]>;
  /** The first row, or null. */
  row<R extends pg.QueryResultRow>(statement: Statement): Promise<R | null>;
  /** Number of rows touched. */
  run(statement: Statement): Promise<number>;
}

export interface SqlPool extends Sql {
  /**
   * Runs `work` in a transaction and commits. A deadlock or a serialisation failure is tried again, so `work` must have no effect
   * outside its transaction.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
}

type Source = Pick<pg.Pool | pg.PoolClient, 'query'>;

function sqlOn(source: Source): Sql {
  const query = async <R extends pg.QueryResultRow>(statement: Statement) => {
    try {
      return await source.query<R>({ ...statement, values: statement.values === undefined ? [] : [...statement.values] });
    } catch (error) {
      throw translateError(error);
    }
  };
  return {
    rows: async <R extends pg.QueryResultRow>(statement: Statement) => (await query<R>(statement)).rows,
    row: async <R extends pg.QueryResultRow>(statement: Statement) => (await query<R>(statement)).rows[0] ?? null,
    run: async (statement) => (await query(statement)).rowCount ?? 0,
  };
}

const attemptsMax = 3;
const passing: readonly string[] = ['40P01', '40001'];

export function createSql(pool: pg.Pool): SqlPool {
  return {
    ...sqlOn(pool),
    async transaction(work) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await once(pool, work);
        } catch (error) {
          if (attempt >= attemptsMax || !passing.includes(codeOf(error) ?? '')) throw error;
        }
      }
    },
  };
}

async function once<T>(pool: pg.Pool, work: (tx: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translateError(error);
  });
  const tx = sqlOn(client);
  let fault: Error | undefined;
  try {
    await tx.run({ text: 'BEGIN' });
    const result = await work(tx);
    await tx.run({ text: 'COMMIT' });
    return result;
  } catch (error) {
    // A connection that cannot even roll back is not given back to the pool.
    await tx.run({ text: 'ROLLBACK' }).catch((cause: unknown) => {
      fault = cause instanceof Error ? cause : new Error('rollback failed', { cause });
    });
    throw error;
  } finally {
    client.release(fault);
  }
}
