import { access } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, loadConfig } from '@polyreel/config';
import { openDatabase } from '@polyreel/db';
import { makeDataDir } from '@polyreel/db/embedded';
import { checkFfmpeg, UnusableFfmpeg } from '@polyreel/media';
import { bindSurfaces, surfaceSchemas } from '@polyreel/surfaces';
import { renderBanner } from './banner.ts';
import { DataDirInUse, type DataDirLock, lockDataDir } from './data-dir-lock.ts';
import { ensureFirstAccount } from './first-account.ts';
import { migrateDatabase } from './migrate.ts';
import { openPlace, type Place } from './place.ts';
import { checkPortFree, PortError } from './ports.ts';
import { repositoryRoot } from './repository.ts';
import { type Supervised, supervise } from './supervise.ts';

export interface RunServerOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly argv: readonly string[];
  readonly log: (line: string) => void;
  readonly isTerminal: boolean;
  /** Aborted: stop everything, children first, then the database. */
  readonly stop: AbortSignal;
  /** Aborted: the children are killed instead of waited for. */
  readonly force: AbortSignal;
}

const stopGraceMs = 25_000;
const talkingPath = '/api/jobs';

/** Runs a whole server until told to stop. Returns the exit code; what went wrong is logged. */
export async function runServer(options: RunServerOptions): Promise<number> {
  try {
    await runUntilStopped(options);
    return 0;
  } catch (error) {
    options.log(describeFault(error));
    return 1;
  }
}

async function runUntilStopped(options: RunServerOptions): Promise<void> {
  const { env, argv, log, stop } = options;
  const config = loadConfig(env, argv, surfaceSchemas);
  await makeDataDir(config.dataDir);
  const lock = await lockDataDir({ dataDir: config.dataDir, purpose: 'npm start', log });
  let place: Place | null = null;
  let children: Supervised[] = [];
  try {
    await checkPortFree({ host: config.host, port: config.port, setting: 'PORT' });
    await checkPortFree({ host: config.host, port: config.workerHttpPort, setting: 'WORKER_HTTP_PORT' });
    for (const program of [config.ffmpegPath, config.ffprobePath]) await checkFfmpeg(program);
    log(config.mode === 'embedded' ? 'Starting the database' : 'Using the database of DATABASE_URL');
    place = await openPlace(config, log);
    if (stop.aborted) return;
    await migrateDatabase({ databaseUrl: place.databaseUrl, env });
    const firstKey = await makeFirstAccount(place.databaseUrl, config.dataDir);
    if (stop.aborted) return;
    log('Starting api and worker');
    children = startChildren({ options, place, lock });
    await Promise.race([Promise.all(children.map((child) => child.ready)), aborted(stop)]);
    if (stop.aborted) return;
    const keyFile = path.join(config.dataDir, 'api-key');
    const surfaces = bindSurfaces(config.surfaceSettings, config.surfaces);
    log(
      renderBanner({
        config,
        firstKey,
        keyFile: (await exists(keyFile)) ? keyFile : null,
        database: place.embedded,
        isTerminal: options.isTerminal,
        talkingPath: surfaces.some((surface) => surface.owns(talkingPath)) ? talkingPath : null,
      }),
    );
    await aborted(stop);
  } finally {
    await takeDown({ options, children, place, lock });
  }
}

async function makeFirstAccount(databaseUrl: string, dataDir: string) {
  const database = await openDatabase({ url: databaseUrl, poolSize: 2, onError: () => undefined });
  try {
    return await ensureFirstAccount(database.accounts, dataDir);
  } finally {
    await database.close();
  }
}

function startChildren({ options, place, lock }: { options: RunServerOptions; place: Place; lock: DataDirLock }): Supervised[] {
  const pids = new Map<string, number>();
  const start = (name: string, entry: string) =>
    supervise({
      name,
      entry: path.join(repositoryRoot, entry),
      args: options.argv,
      env: { ...options.env, ...place.env },
      cwd: repositoryRoot,
      log: options.log,
      onSpawn: (pid) => {
        pids.set(name, pid);
        lock.noteChildren([...pids.values()]).catch((error: unknown) => options.log(describeFault(error)));
      },
    });
  return [start('api', 'apps/api/src/server.ts'), start('worker', 'apps/worker/src/main.ts')];
}

/** Children first, so that they can hand work back to the database; every part is taken down even if one before it fails. */
async function takeDown(parts: {
  options: RunServerOptions;
  children: Supervised[];
  place: Place | null;
  lock: DataDirLock;
}): Promise<void> {
  const { options, children, place, lock } = parts;
  const { log, force } = options;
  await lock.noteStopping().catch((error: unknown) => log(describeFault(error)));
  if (children.length > 0) log('Stopping: jobs that are running go on at the next start');
  const killAll = () => void Promise.all(children.map((child) => child.stop(0)));
  force.addEventListener('abort', killAll, { once: true });
  await Promise.all(children.map((child) => child.stop(force.aborted ? 0 : stopGraceMs)));
  await place?.embedded?.stop().catch((error: unknown) => log(describeFault(error)));
  await lock.release();
  if (children.length > 0) log('Stopped');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function describeFault(error: unknown): string {
  if (
    error instanceof ConfigError ||
    error instanceof DataDirInUse ||
    error instanceof PortError ||
    error instanceof UnusableFfmpeg
  )
    return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
