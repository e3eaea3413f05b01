import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase } from '@polyreel/db';
import { findEmbeddedPostgres, makeDataDir } from '@polyreel/db/embedded';
import { DataDirInUse, lockDataDir } from '../run/data-dir-lock.ts';
import { migrateDatabase } from '../run/migrate.ts';
import { openPlace } from '../run/place.ts';
import type { CommandContext } from './command.ts';

export type OperatorDatabase = Awaited<ReturnType<typeof openDatabase>>;

const waitForStartMs = 60_000;
const pollMs = 500;

/**
 * The database for one command: the one of DATABASE_URL, the embedded one that runs, or the embedded one started for the
 * command and stopped again. A server that is just starting is waited for.
 */
export async function withDatabaseUrl<T>(context: CommandContext, work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const { config } = context;
  if (config.mode === 'full') return work(config.databaseUrl);
  const deadline = Date.now() + waitForStartMs;
  for (;;) {
    const running = await findEmbeddedPostgres(config.dataDir);
    if (running !== null) return work(running.url);
    try {
      return await withStartedDatabase(context, work);
    } catch (error) {
      if (!(error instanceof DataDirInUse) || Date.now() > deadline) throw error;
      await delay(pollMs);
    }
  }
}

/** Starts the embedded database, which nobody else uses, for the time of `work`. Throws DataDirInUse while a server runs. */
export async function withStartedDatabase<T>(
  { config, env, say }: Pick<CommandContext, 'config' | 'env' | 'say'>,
  work: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  await makeDataDir(config.dataDir);
  const lock = await lockDataDir({ dataDir: config.dataDir, purpose: 'npm run polyreel', log: say });
  try {
    const place = await openPlace(config, say);
    try {
      await migrateDatabase({ databaseUrl: place.databaseUrl, env });
      return await work(place.databaseUrl);
    } finally {
      await place.embedded?.stop();
    }
  } finally {
    await lock.release();
  }
}

export function withDatabase<T>(context: CommandContext, work: (database: OperatorDatabase) => Promise<T>): Promise<T> {
  return withDatabaseUrl(context, async (url) => {
    const database = await openDatabase({ url, poolSize: 4, onError: () => undefined });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  });
}
