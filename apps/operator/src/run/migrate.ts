import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { repositoryRoot } from './repository.ts';

const run = promisify(execFile);

export interface MigrateOptions {
  readonly databaseUrl: string;
  readonly env: NodeJS.ProcessEnv;
  /** Folder of the migrations to apply; default: all of this version. */
  readonly migrationsFolder?: string;
}

/** Brings the database to this version's tables. Returns the names of all its migrations, oldest first. Throws when one fails. */
export async function migrateDatabase({ databaseUrl, env, migrationsFolder }: MigrateOptions): Promise<string[]> {
  const folder = migrationsFolder ?? path.join(repositoryRoot, 'prisma', 'migrations');
  const prisma = path.join(repositoryRoot, 'node_modules', 'prisma', 'build', 'index.js');
  const wanted = await listMigrations(folder);
  const before = await listApplied(databaseUrl);
  if (wanted.every((name) => before.includes(name))) return before;
  const output = await run(process.execPath, [prisma, 'migrate', 'deploy'], {
    cwd: repositoryRoot,
    env: { ...env, DATABASE_URL: databaseUrl, PRISMA_MIGRATIONS_FOLDER: folder, PRISMA_HIDE_UPDATE_MESSAGE: '1' },
  }).catch((error: unknown) => {
    const said = error instanceof Error && 'stdout' in error && 'stderr' in error ? `${error.stdout}\n${error.stderr}` : '';
    throw new Error(`The database could not be migrated:\n${said.trim()}`, { cause: error });
  });
  // Looked up in the database: a schema engine that dies can still end with code 0.
  const applied = await listApplied(databaseUrl);
  const missing = wanted.filter((name) => !applied.includes(name));
  if (missing.length > 0)
    throw new Error(`Migrations were not applied: ${missing.join(', ')}\n${output.stdout}\n${output.stderr}`);
  return applied;
}

export async function listMigrations(folder = path.join(repositoryRoot, 'prisma', 'migrations')): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

async function listApplied(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: book } = await client.query<{ found: string | null }>(
      "SELECT to_regclass('public._prisma_migrations')::text AS found",
    );
    if (book[0]?.found == null) return [];
    const { rows } = await client.query<{ migration_name: string }>(
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name',
    );
    return rows.map((row) => row.migration_name);
  } finally {
    await client.end();
  }
}
